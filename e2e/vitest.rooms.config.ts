import { defineConfig } from 'vitest/config'

/** Who gets into a room and what may be done there, in real browsers: what need not know how media flows. */
export default defineConfig({
  test: {
    name: 'e2e (rooms)',
    root: import.meta.dirname,
    include: ['src/rooms/*.e2e.test.ts'],
    globalSetup: ['src/harness/shared-deployment.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
