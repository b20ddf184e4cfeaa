import { defineConfig } from 'vitest/config'

/** Who is let in, and what a relay is as a process: real sockets and real DTLS-SRTP, and no picture that could stand still. */
export const doors = [
  'src/*.relay.test.ts',
  'src/io/**/*.relay.test.ts',
  'src/foreign/{admission,trunk-security}.relay.test.ts',
  'bench/*.relay.test.ts',
]

export default defineConfig({
  test: {
    name: 'relay-sfu (sockets)',
    include: doors,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    silent: 'passed-only',
  },
})
