/**
 * What the relay costs on real sockets, beside floors measured in the same run; one line of JSON for each measurement.
 * `npm run bench -- relay` runs it and says what it means.
 *
 *     node relay-sfu/bench/network.ts [--quick]
 */
import { parseArgs } from 'node:util'
import { startChild } from '../src/io/testing/child-process.ts'
import type { FloorAnswer, FloorOrder } from './floor-process.ts'
import { measureFloor, measureForwarding, type Stage, type Window } from './forwarding.ts'
import { measureHopDelay } from './hop-delay.ts'
import { measureJoining } from './joining.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const isQuick = values.quick

const gcm = 'aead-aes-128-gcm'
const toFour = { occupants: 5, publishers: 1 }
const toSixteen = { occupants: 17, publishers: 1 }
const ofFour = { occupants: 4, publishers: 4 }
/** Rates are those of one publisher; in all, each stage offers 8,000 or 32,000 packets a second, or a little more. */
const stages: readonly Stage[] = [
  { name: '1 → 4', shape: toFour, rooms: 2, packetsPerSecond: 1_000, profile: gcm },
  { name: '1 → 4', shape: toFour, rooms: 8, packetsPerSecond: 1_000, profile: gcm },
  { name: '1 → 16', shape: toSixteen, rooms: 1, packetsPerSecond: 500, profile: gcm },
  { name: '1 → 16', shape: toSixteen, rooms: 2, packetsPerSecond: 1_000, profile: gcm },
  // Where sender, viewers and relay have two cores between them it shows what a second thread costs, not what it carries.
  {
    name: '1 → 16, 2 threads',
    shape: toSixteen,
    rooms: 2,
    packetsPerSecond: 1_000,
    profile: gcm,
    threads: 2,
  },
  {
    name: '1 → 16',
    shape: toSixteen,
    rooms: 2,
    packetsPerSecond: 1_000,
    profile: 'aes128-cm-hmac-sha1-80',
  },
  { name: 'rooms of 4', shape: ofFour, rooms: 2, packetsPerSecond: 340, profile: gcm },
  { name: 'rooms of 4', shape: ofFour, rooms: 9, packetsPerSecond: 300, profile: gcm },
]
const quickStages = stages.filter(({ name, profile }) => name.startsWith('1 → 16') && profile === gcm)
const window: Window = isQuick ? { warmUpMs: 1_000, windowMs: 1_500 } : { warmUpMs: 2_500, windowMs: 5_000 }

const say = (line: object): void => console.log(JSON.stringify(line))

say({ type: 'joining', figures: await measureJoining(8, 64) })
say({ type: 'delay', figures: await measureHopDelay(isQuick ? 300 : 1_500) })
const floor = await startChild<string, FloorOrder, FloorAnswer>(new URL('floor-process.ts', import.meta.url))
for (const stage of isQuick ? quickStages : stages) {
  const figures = await measureForwarding(stage, window)
  say({ type: 'forwarding', figures, floor: await measureFloor(floor, stage, window) })
}
await floor.end()
