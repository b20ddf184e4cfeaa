import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'relay-sfu',
    include: ['src/**/*.test.ts'],
    exclude: ['src/**/*.relay.test.ts'],
    testTimeout: 30_000,
  },
})
