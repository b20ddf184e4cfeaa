/**
 * Decides: how many relays are run on one machine, and what their places are called.
 * Does not decide: where they really are: all on this machine.
 * Invariants: a bad number or name is an error that names it; no place twice.
 */

/** Each is a process with two threads; more than this and they measure each other. */
export const relaysMax = 8

/** As relay-sfu/src/config.ts has it. */
const regionMaxLength = 64

const numbered = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']

/** Of a single relay nobody wants to know which one it is. */
export const placesOf = (count: number): readonly string[] =>
  count === 1 ? ['this machine'] : numbered.slice(0, count)

/** Throws one plain line when `text` is no count from 1 to 8. `option` is how it was asked for. */
export function relayCountOf(text: string, option: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > relaysMax)
    throw new Error(`${option} ${text}: expected a number from 1 to ${relaysMax}`)
  return count
}

/** Names between commas. */
export function regionsOf(text: string): readonly string[] {
  const regions = text.split(',').map((region) => region.trim())
  const isGood = regions.every((region) => region !== '' && region.length <= regionMaxLength)
  if (!isGood || regions.length > relaysMax || new Set(regions).size < regions.length)
    throw new Error(`--regions ${text}: expected up to ${relaysMax} different names between commas`)
  return regions
}
