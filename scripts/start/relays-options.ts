/**
 * Decides: what the words after `npm run relays --` mean.
 * Does not decide: anything that happens because of them.
 * Invariants: an unknown word or a bad number is an error that names it, never a guess.
 */
import { parseArgs } from 'node:util'
import { placesOf, regionsOf, relayCountOf } from './regions.ts'

export interface RelaysOptions {
  /** One relay for each. */
  readonly regions: readonly string[]
  /** An origin; null: the worker that `npm start` runs here. */
  readonly url: string | null
  readonly help: boolean
}

export const relaysHelp = `
npm run relays -- [N] [options]   N relays (1 to 8, default 3) on this machine, beside a running worker

  --regions A,B,C  what their places are called; default one, two, three …
  --url ORIGIN     the worker; default the one that npm start runs here.
                   Elsewhere than here the environment has RELAY_KEY, whose hash that worker knows
  --help           this text

Ctrl-C drains them and ends them all.
`.trim()

const countDefault = 3

function originOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new Error(`--url ${text}: expected an address such as http://localhost:8787`)
  return new URL(text).origin
}

/** Throws with one plain line when the words make no sense. */
export function parseRelaysOptions(words: readonly string[]): RelaysOptions {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      regions: { type: 'string' },
      url: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [countText, ...rest] = positionals
  if (rest.length > 0) throw new Error(`${rest.join(' ')}: expected one number of relays`)
  const named = values.regions === undefined ? null : regionsOf(values.regions)
  const count = countText === undefined ? null : relayCountOf(countText, 'npm run relays --')
  if (named !== null && count !== null && named.length !== count)
    throw new Error(`--regions names ${named.length}, but ${count} relays were asked for`)
  return {
    regions: named ?? placesOf(count ?? countDefault),
    url: values.url === undefined ? null : originOf(values.url),
    help: values.help,
  }
}
