import { defineConfig } from 'vitest/config'
import { doors } from './vitest.relay.config.ts'

/** What foreign stacks and real browsers see and hear through relays; one file at a time, since they fill two cores. */
export default defineConfig({
  test: {
    name: 'relay-sfu (foreign)',
    include: ['src/**/*.relay.test.ts'],
    exclude: doors,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    silent: 'passed-only',
  },
})
