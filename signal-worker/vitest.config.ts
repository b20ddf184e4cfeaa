import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'signal-worker',
    include: ['src/**/*.test.ts'],
    exclude: ['src/**/*.workers.test.ts'],
  },
})
