import { defineConfig } from 'vitest/config'

/** Real sockets, real DTLS-SRTP, foreign stacks and real browsers; one file at a time, since they fill two cores. */
export default defineConfig({
  test: {
    name: 'relay-sfu (sockets)',
    include: ['src/**/*.relay.test.ts', 'bench/*.relay.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    silent: 'passed-only',
  },
})
