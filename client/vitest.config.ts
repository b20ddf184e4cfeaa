import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** What runs without a browser: the pure core, the drivers over fakes, and the proof that Node can hold a session (N1). */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    name: 'client-node',
    environment: 'node',
    include: ['src/**/*.test.ts'],
    exclude: ['src/**/*.browser.test.ts'],
    /** A property runs hundreds of cases; on a busy machine that is ten times slower than on a quiet one. */
    testTimeout: 30_000,
    // Nothing here keeps anything in its modules: a process for each file would cost more than its tests.
    isolate: false,
  },
})
