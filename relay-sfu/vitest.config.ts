import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'relay-sfu',
    include: ['src/**/*.test.ts'],
    exclude: ['src/**/*.relay.test.ts'],
    testTimeout: 30_000,
    // Nothing here keeps anything in its modules: a process for each file would cost more than its tests.
    isolate: false,
  },
})
