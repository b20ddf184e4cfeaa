/**
 * Decides: what the words after `npm start --` mean.
 * Does not decide: anything that happens because of them.
 * Invariants: an unknown word or a bad number is an error that names it, never a guess.
 */
import { parseArgs } from 'node:util'
import { relayCountOf } from './regions.ts'

export interface StartOptions {
  /** Null: 8787, or the next free one. 0: any free one. Otherwise exactly this one. */
  readonly port: number | null
  readonly lan: boolean
  readonly json: boolean
  /** How many relays it runs, too. */
  readonly relays: number
  readonly watch: boolean
  readonly help: boolean
  /** Where rooms are kept between starts. */
  readonly stateDirectory: string
  /** `KEY:VALUE` pairs for the worker, over those of wrangler.toml. */
  readonly vars: readonly string[]
}

export const startHelp = `
npm start -- [options]     the page and the signalling worker, built once, on one port, and a relay; offline
npm run dev -- [options]   the same, rebuilt and reloaded when a file changes

  --port N        the port; default 8787 or the next free one, 0 for any free one
  --lan           HTTPS with a self-signed certificate on every address of this machine,
                  so that a phone in the same network can join
  --relays N      so many relays in place of one, 1 to 8, to try chains of them
  --no-relay      without a relay: every room is a mesh
  --state DIR     where rooms are kept; default .wrangler/state
  --var KEY:VALUE a setting of the worker (signal-worker/src/config.ts), may be repeated
  --json          prints one line {"url","creatorKey","operatorKey","log","relays"} when ready, nothing else;
                  for programs. "relays" is a list of {"region","udpPort"}
  --help          this text

REDIS_URL=redis://… npm start keeps room info in that Redis (7.0 or later), as a deployment would.

Ctrl-C ends everything.
`.trim()

function portOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new Error(`--port ${text}: expected a number from 0 to 65535`)
  return port
}

/** Throws with one plain line when the words make no sense. */
export function parseStartOptions(words: readonly string[]): StartOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      port: { type: 'string' },
      lan: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      relays: { type: 'string' },
      'no-relay': { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      state: { type: 'string', default: '.wrangler/state' },
      var: { type: 'string', multiple: true, default: [] },
    },
  })
  if (values['no-relay'] && values.relays !== undefined)
    throw new Error('--no-relay and --relays: choose one')
  for (const pair of values.var) {
    if (!/^\w+:/.test(pair)) throw new Error(`--var ${pair}: expected KEY:VALUE`)
  }
  return {
    port: portOf(values.port),
    lan: values.lan,
    json: values.json,
    relays: values['no-relay'] ? 0 : relayCountOf(values.relays ?? '1', '--relays'),
    watch: values.watch,
    help: values.help,
    stateDirectory: values.state,
    vars: values.var,
  }
}
