import { defineConfig } from 'vitest/config'

/** Real browsers against the real thing: one file at a time, since two Chromiums and a worker fill two cores. */
export default defineConfig({
  test: {
    name: 'e2e',
    root: import.meta.dirname,
    include: ['src/**/*.e2e.test.ts', 'src/harness/*.test.ts', 'bench/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
