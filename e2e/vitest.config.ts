import { defineConfig } from 'vitest/config'

/** Real browsers against the real thing: one file at a time, since two Chromiums and a worker fill two cores. */
export default defineConfig({
  test: {
    name: 'e2e',
    root: import.meta.dirname,
    include: ['src/**/*.e2e.test.ts', 'src/harness/*.test.ts', 'bench/*.test.ts'],
    exclude: [
      // vitest.rooms.config.ts
      'src/rooms/**',
      // Longer stories of what others cover in short: `npm run test:long`.
      ...(process.env['LONG'] === '1' ? [] : ['src/**/*.long.e2e.test.ts']),
      // Who is not root may not make networks; scripts/test.ts says so.
      ...(process.getuid?.() === 0 ? [] : ['src/nat.e2e.test.ts']),
    ],
    globalSetup: ['src/harness/shared-deployment.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
