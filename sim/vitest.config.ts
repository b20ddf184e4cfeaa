import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'sim',
    include: ['src/**/*.sim.test.ts'],
    /** One test is dozens of whole rooms; on a busy machine that is ten times slower than on a quiet one. */
    testTimeout: 60_000,
  },
})
