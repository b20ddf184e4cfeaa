/** CPU of the relay's process for each packet that reached a viewer, and of the floor for the same packets at the same pace. */
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import { receiveBufferBytes } from '../src/io/testing/wire.ts'
import type { SrtpProfile } from '../src/media/boundary.ts'
import type { TestChild } from '../src/io/testing/child-process.ts'
import type { FloorAnswer, FloorOrder } from './floor-process.ts'
import type { LoadLink } from './load-link.ts'
import { closeRooms, openRooms, startRelay, type LoadRoom, type RoomShape } from './load-room.ts'
import { Pacer } from './pacer.ts'
import { Vp8Stream } from './vp8-stream.ts'

export interface Stage {
  readonly name: string
  readonly shape: RoomShape
  readonly rooms: number
  /** Of each publisher: at most 1,000, which is 9.6 of the 12 Mbit/s that the relay takes from one. */
  readonly packetsPerSecond: number
  readonly profile: SrtpProfile
  /** Media threads of the relay. Absent: one. */
  readonly threads?: number
}

export interface Window {
  readonly warmUpMs: number
  readonly windowMs: number
}

export interface ForwardingFigures {
  readonly name: string
  readonly profile: SrtpProfile
  readonly offeredPerSecond: number
  readonly forwardedPerSecond: number
  /** Of what viewers should have got by the relay's numbers, after the warm-up. */
  readonly lostShare: number
  /** Of those that arrived. */
  readonly cpuUsPerPacket: number
  /** Of the process, 1 = one core. */
  readonly cpuShare: number
  readonly rssMegabytes: number
  /** What the relay itself dropped, by reason, as far as it did. */
  readonly drops: Readonly<Record<string, number>>
}

export interface FloorFigures {
  readonly offeredPerSecond: number
  readonly cpuUsPerPacket: number
}

const framesPerKey = 125
/** What is on its way when the senders stop has arrived by then. */
const settleMs = 300
const firstSsrc = 1_000

export async function measureForwarding(stage: Stage, window: Window): Promise<ForwardingFigures> {
  const relay = await startRelay([], stage.threads)
  const rooms = await openRooms(relay, stage.shape, stage.rooms, stage.profile)
  const pacer = new Pacer(sendersOf(rooms, stage.packetsPerSecond), stage.packetsPerSecond)
  const occupants = rooms.flatMap((room) => room.occupants)
  pacer.start()
  await pause(window.warmUpMs)
  const before = { look: await relay.ask({ type: 'look' }), ...countOf(occupants), atMs: performance.now() }
  await pause(window.windowMs)
  const after = { look: await relay.ask({ type: 'look' }), ...countOf(occupants), atMs: performance.now() }
  pacer.stop()
  await pause(settleMs)
  const atEnd = countOf(occupants)
  closeRooms(rooms)
  await relay.end()
  if (atEnd.broken > 0) throw new Error(`${atEnd.broken} packets could not be opened`)
  const seconds = (after.atMs - before.atMs) / 1_000
  // Counted by the relay at the very moment at which its CPU is read: what waits in a viewer's socket blurs no window.
  const forwarded = after.look.report.forwardedPackets - before.look.report.forwardedPackets
  const expected = atEnd.expected - before.expected
  const lostShare = expected === 0 ? 1 : 1 - (atEnd.received - before.received) / expected
  const cpuUs = after.look.cpuUs - before.look.cpuUs
  return {
    name: stage.name,
    profile: stage.profile,
    offeredPerSecond: ((after.sent - before.sent) * viewersOf(stage.shape)) / seconds,
    forwardedPerSecond: forwarded / seconds,
    lostShare,
    cpuUsPerPacket: cpuUs / forwarded / (1 - lostShare),
    cpuShare: cpuUs / seconds / 1e6,
    rssMegabytes: after.look.rssBytes / 2 ** 20,
    drops: Object.fromEntries(
      Object.entries(after.look.report.droppedPackets).filter(([, count]) => count > 0),
    ),
  }
}

/** Of each publisher. */
const viewersOf = ({ occupants }: RoomShape): number => occupants - 1

function sendersOf(rooms: readonly LoadRoom[], packetsPerSecond: number): (() => void)[] {
  const publishers = rooms.flatMap((room) => room.publishers)
  return publishers.map((link, at) => {
    const stream = new Vp8Stream({ ssrc: firstSsrc + at, packetsPerSecond, framesPerKey })
    return () => link.send(stream)
  })
}

function countOf(links: readonly LoadLink[]): {
  sent: number
  received: number
  expected: number
  broken: number
} {
  const sum = { sent: 0, received: 0, expected: 0, broken: 0 }
  for (const link of links) {
    const { received, expected, broken } = link.tally()
    sum.sent += link.sent
    sum.received += received
    sum.expected += expected
    sum.broken += broken
  }
  return sum
}

/** The sinks are read, as viewers read: a full socket would take packets for less. */
export async function measureFloor(
  floor: TestChild<unknown, FloorOrder, FloorAnswer>,
  stage: Stage,
  window: Window,
): Promise<FloorFigures> {
  const publishers = stage.rooms * stage.shape.publishers
  const sinks = Array.from({ length: publishers }, () =>
    Array.from({ length: viewersOf(stage.shape) }, () =>
      createSocket({ type: 'udp4', recvBufferSize: receiveBufferBytes }).bind(0, '127.0.0.1'),
    ),
  )
  await Promise.all(sinks.flat().map((sink) => once(sink, 'listening')))
  for (const sink of sinks.flat()) sink.on('message', () => {})
  const rooms = sinks.map((room) => room.map((sink) => sink.address().port))
  const answer = await floor.ask({ rooms, packetsPerSecond: stage.packetsPerSecond, ...window })
  for (const sink of sinks.flat()) sink.close()
  return {
    offeredPerSecond: (answer.packets * 1_000) / window.windowMs,
    cpuUsPerPacket: answer.cpuUs / answer.packets,
  }
}
