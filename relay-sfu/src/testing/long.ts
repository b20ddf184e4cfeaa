import { it } from 'vitest'

/** `npm run test:long`: the whole time that a statement is about, on a machine that does nothing else. */
export const isLong = process.env['LONG'] === '1'

type Test = (name: string, run: () => Promise<void>, timeoutMs?: number) => void

/** A test that is left out is not there: one that is skipped counts as one that did not run. */
export const longIt: Test = isLong ? it : () => {}
