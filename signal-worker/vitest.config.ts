import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'signal-worker',
    include: ['src/**/*.test.ts'],
    exclude: ['src/**/*.workers.test.ts', 'src/**/*.redis.test.ts'],
    /** A property runs hundreds of cases; on a busy machine that is ten times slower than on a quiet one. */
    testTimeout: 30_000,
    // Nothing here keeps anything in its modules: a process for each file would cost more than its tests.
    isolate: false,
  },
})
