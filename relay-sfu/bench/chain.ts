/**
 * What a chain of relays costs and how quick it is, beside a single relay in the same run; one line of JSON for each measurement.
 * `npm run bench -- chain` runs it and says what it means.
 *
 *     node relay-sfu/bench/chain.ts [--quick]
 */
import { parseArgs } from 'node:util'
import { startChild } from '../src/io/testing/child-process.ts'
import { measureChainDelay } from './chain-delay.ts'
import { measureTrunk } from './chain-forwarding.ts'
import { measureLayers } from './chain-layers.ts'
import type { FloorAnswer, FloorOrder } from './floor-process.ts'
import { measureFloor, measureForwarding, type Stage, type Window } from './forwarding.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const isQuick = values.quick

const window: Window = isQuick ? { warmUpMs: 1_000, windowMs: 1_500 } : { warmUpMs: 2_500, windowMs: 5_000 }
/** Of each stream: 4.8 Mbit/s, so that sixteen of them are as many packets as a full room sends. */
const packetsPerSecond = 500
const counts = [1, 4, 16]

const say = (line: object): void => console.log(JSON.stringify(line))

say({ type: 'delay', figures: await measureChainDelay(isQuick ? 200 : 1_500) })
const floor = await startChild<string, FloorOrder, FloorAnswer>(new URL('floor-process.ts', import.meta.url))
for (const streams of counts) {
  // Each of as many publishers has one viewer: what a trunk carries, sent on by a relay that has both.
  const stage: Stage = {
    name: `${streams} × 1 → 1`,
    shape: { occupants: 2, publishers: 1 },
    rooms: streams,
    packetsPerSecond,
    profile: 'aead-aes-128-gcm',
  }
  const trunk = await measureTrunk({ streams, viewers: 1 }, packetsPerSecond, window)
  const alone = await measureForwarding(stage, window)
  say({ type: 'trunk', trunk, alone, floor: await measureFloor(floor, stage, window) })
}
await floor.end()
for (const viewers of counts) {
  say({ type: 'viewers', trunk: await measureTrunk({ streams: 1, viewers }, packetsPerSecond, window) })
}
say({ type: 'layers', figures: await measureLayers(isQuick ? 3 : 20) })
