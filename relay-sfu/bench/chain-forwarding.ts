/** What a trunk costs the relays at its ends for each packet, beside a single relay that sends the same; and what far viewers add to it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Window } from './forwarding.ts'
import { LoadChain, type LoadStream } from './load-chain.ts'
import { Pacer } from './pacer.ts'
import { Vp8Stream } from './vp8-stream.ts'

export interface TrunkFigures {
  readonly streams: number
  /** Of each stream. */
  readonly viewers: number
  readonly offeredPerSecond: number
  /** By the relay that puts them on the trunk. */
  readonly crossedPerSecond: number
  readonly crossedKbps: number
  /** Of what viewers should have got, after the warm-up. */
  readonly lostShare: number
  /** Of the relay before the trunk, for each packet that it puts there. */
  readonly nearCpuUsPerPacket: number
  /** Of the relay behind it, for each packet that a viewer gets. */
  readonly farCpuUsPerPacket: number
}

const framesPerKey = 125
const settleMs = 300
const firstSsrc = 1_000

export async function measureTrunk(
  shape: Pick<TrunkFigures, 'streams' | 'viewers'>,
  packetsPerSecond: number,
  window: Window,
): Promise<TrunkFigures> {
  const chain = await LoadChain.start(2)
  const wishes = Array.from({ length: shape.streams }, () => ({ to: 1, viewers: shape.viewers }))
  const streams = await chain.open(wishes)
  const senders = streams.map(({ publisher }, at) => {
    const stream = new Vp8Stream({ ssrc: firstSsrc + at, packetsPerSecond, framesPerKey })
    return () => publisher.send(stream)
  })
  const look = async () => {
    const atMs = performance.now()
    const [near, far] = await Promise.all([0, 1].map((at) => chain.relay(at).ask({ type: 'look' })))
    if (!near || !far) throw new Error('two relays')
    return { atMs, near, far, ...tallyOf(streams) }
  }
  const pacer = new Pacer(senders, packetsPerSecond)
  pacer.start()
  await pause(window.warmUpMs)
  const before = await look()
  await pause(window.windowMs)
  const after = await look()
  pacer.stop()
  await pause(settleMs)
  const atEnd = tallyOf(streams)
  await chain.end()
  if (atEnd.broken > 0) throw new Error(`${atEnd.broken} packets could not be opened`)
  const seconds = (after.atMs - before.atMs) / 1_000
  const crossed = after.near.report.forwardedPackets - before.near.report.forwardedPackets
  const shown = after.far.report.forwardedPackets - before.far.report.forwardedPackets
  const expected = atEnd.expected - before.expected
  return {
    ...shape,
    offeredPerSecond: (after.sent - before.sent) / seconds,
    crossedPerSecond: crossed / seconds,
    crossedKbps:
      ((after.near.report.forwardedBytes - before.near.report.forwardedBytes) * 8) / seconds / 1_000,
    // What was lost while all was warming up, and came again after that, is no gain.
    lostShare: expected === 0 ? 1 : Math.max(0, 1 - (atEnd.received - before.received) / expected),
    nearCpuUsPerPacket: (after.near.cpuUs - before.near.cpuUs) / crossed,
    farCpuUsPerPacket: (after.far.cpuUs - before.far.cpuUs) / shown,
  }
}

function tallyOf(streams: readonly LoadStream[]) {
  const sum = { sent: 0, received: 0, expected: 0, broken: 0 }
  for (const { publisher, viewers } of streams) {
    sum.sent += publisher.sent
    for (const viewer of viewers) {
      const { received, expected, broken } = viewer.tally()
      sum.received += received
      sum.expected += expected
      sum.broken += broken
    }
  }
  return sum
}
