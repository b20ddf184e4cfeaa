/** For stories that shorter ones, the worker's own tests or the simulation tell as well: only `npm run test:long` plays them. */
import { test } from 'vitest'

type Story = (name: string, play: () => Promise<void>, deadlineMs?: number) => void

const notNow: Story = () => {}

/** A test that is left out is not there: one that is skipped counts as one that did not run. */
export const longTest: Story = process.env['LONG'] === '1' ? test : notNow
