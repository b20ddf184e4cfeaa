import { defineConfig } from 'vitest/config'

/** Who gets into a room and what may be done there, in real browsers: more waiting than work, so that it runs beside other projects. */
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
