/** `npm run relays -- 3`: several relays on this machine beside a running worker, as if they stood in several places. */
import './node-version.ts'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { askedToEnd } from './start/asked-to-end.ts'
import { relayAddresses, runRelays, type RunningRelay } from './start/relay.ts'
import { parseRelaysOptions, relaysHelp } from './start/relays-options.ts'
import { allStarted, workerOf, type Worker } from './start/started.ts'

const logDirectory = fileURLToPath(new URL('../.wrangler/logs', import.meta.url))

/** Rooms move within a second; the guard's own patience ends soon after (start/guard.ts). */
const drainSeconds = 1

const columns = (relay: RunningRelay): string =>
  `relay ${relay.region.padEnd(12)} ${relay.shownId() ?? '?'}   port ${relay.udpPort}/udp`

async function runAll(worker: Worker, regions: readonly string[]): Promise<readonly RunningRelay[]> {
  const isSelfSigned = worker.isOurs && worker.origin.startsWith('https:')
  return runRelays(regions, {
    key: worker.relayKey,
    origin: worker.origin,
    // A worker for others in the network has relays for them as well.
    addresses: relayAddresses(isSelfSigned, networkInterfaces()),
    isSelfSigned,
    drainSeconds,
    logFileOf: (at) => join(logDirectory, `relays-${process.pid}-${at + 1}.log`),
  })
}

/** A line for each when the worker knows it. Rejects when one is not there: whoever asked for three wants three. */
async function greet(relays: readonly RunningRelay[], worker: Worker): Promise<void> {
  await Promise.all(
    relays.map(async (relay) => {
      const problem = await relay.ready()
      if (problem !== null) throw new Error(`relay ${relay.region}: ${problem}`)
      console.log(columns(relay))
    }),
  )
  console.log(`${relays.length} for ${worker.origin}   Ctrl-C drains and ends them`)
}

async function main(): Promise<number> {
  const options = parseRelaysOptions(process.argv.slice(2))
  if (options.help) {
    console.log(relaysHelp)
    return 0
  }
  const worker = workerOf(options.url, await allStarted(), process.env['RELAY_KEY'])
  const ending = askedToEnd()
  const relays = await runAll(worker, options.regions)
  try {
    const greeted = await Promise.race([greet(relays, worker), ending])
    if (greeted === 'asked') return 0
    const ends = relays.map(
      async (relay) => `relay ${relay.region} ended by itself with code ${await relay.ended}`,
    )
    const how = await Promise.race([...ends, ending])
    if (how === 'asked') return 0
    throw new Error(how)
  } finally {
    await Promise.all(relays.map((relay) => relay.end()))
  }
}

try {
  process.exit(await main())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
