import { defineConfig } from 'vitest/config'

/** What needs a real redis-server; each file starts its own. */
export default defineConfig({
  test: {
    name: 'signal-worker (Redis)',
    include: ['src/**/*.redis.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 30_000,
    silent: 'passed-only',
  },
})
