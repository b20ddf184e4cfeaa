/** How much later a packet arrives because it went through the relay: beside the same packets straight over loopback. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { makeNodeSrtp } from '../src/io/srtp-node.ts'
import type { SrtpKeys } from '../src/media/boundary.ts'
import { srtpOverheadBytes, type SrtpLink } from '../src/media/ports.ts'
import { closeRooms, openRooms, startRelay } from './load-room.ts'
import { packetBytes, Vp8Stream } from './vp8-stream.ts'

export interface DelayFigures {
  readonly packetsPerSecond: number
  /** From before the packet is sealed until it is opened. */
  readonly directMs: readonly number[]
  readonly relayMs: readonly number[]
}

const packetsPerSecond = 200
const warmUpPackets = 100

export async function measureHopDelay(packets: number): Promise<DelayFigures> {
  const direct = await openDirect()
  const relayed = await openRelayed()
  const gapMs = 1_000 / packetsPerSecond
  // In turns, so that whatever else the machine does falls on both.
  for (let packet = 0; packet < packets + warmUpPackets; packet += 1) {
    direct.send()
    await pause(gapMs / 2)
    relayed.send()
    await pause(gapMs / 2)
  }
  await pause(200)
  await direct.close()
  await relayed.close()
  return {
    packetsPerSecond,
    directMs: direct.delaysMs.slice(warmUpPackets).map(toMicroseconds),
    relayMs: relayed.delaysMs.slice(warmUpPackets).map(toMicroseconds),
  }
}

export const toMicroseconds = (ms: number): number => Math.round(ms * 1_000) / 1_000

export interface Path {
  readonly delaysMs: readonly number[]
  send(): void
  close(): Promise<void>
}

const streamOf = (): Vp8Stream => new Vp8Stream({ ssrc: 7, packetsPerSecond, framesPerKey: 10 })

/** Writes the time into the packet, where it will be encrypted. */
export function stampNext(stream: Vp8Stream): Uint8Array {
  stream.write()
  const packet = stream.packet.subarray(0, packetBytes)
  viewOf(packet).setFloat64(stream.freeOffset, performance.now())
  return packet
}

/** By its distance from the end, since the relay's header has another length. */
export function delayOf(srtp: SrtpLink, stream: Vp8Stream, bytes: Uint8Array): number {
  const length = srtp.unprotectRtp(bytes, bytes.length)
  if (length < 0) throw new Error('a packet could not be opened')
  const sentMs = viewOf(bytes).getFloat64(length - (packetBytes - stream.freeOffset))
  return performance.now() - sentMs
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** The same socket calls, the same SRTP; nothing in between. */
export async function openDirect(): Promise<Path> {
  const [sender, receiver] = [createSocket('udp4'), createSocket('udp4')]
  receiver.bind(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { port } = receiver.address()
  const one = { key: randomBytes(16), salt: randomBytes(12) }
  const other = { key: randomBytes(16), salt: randomBytes(12) }
  const keysOf = (local: typeof one, remote: typeof one): SrtpKeys => ({
    profile: 'aead-aes-128-gcm',
    localKey: local.key,
    localSalt: local.salt,
    remoteKey: remote.key,
    remoteSalt: remote.salt,
  })
  const seal = makeNodeSrtp(keysOf(one, other))
  const open = makeNodeSrtp(keysOf(other, one))
  const stream = streamOf()
  const delaysMs: number[] = []
  receiver.on('message', (bytes) => delaysMs.push(delayOf(open, stream, bytes)))
  return {
    delaysMs,
    send: () => {
      const bytes = Buffer.alloc(packetBytes + srtpOverheadBytes)
      bytes.set(stampNext(stream))
      sender.send(bytes, 0, seal.protectRtp(bytes, packetBytes), port, '127.0.0.1')
    },
    close: async () => {
      sender.close()
      receiver.close()
    },
  }
}

async function openRelayed(): Promise<Path> {
  const relay = await startRelay()
  const rooms = await openRooms(relay, { occupants: 2, publishers: 1 }, 1)
  const [publisher, viewer] = rooms[0]?.occupants ?? []
  if (!publisher || !viewer) throw new Error('a room of two')
  const stream = streamOf()
  const delaysMs: number[] = []
  viewer.onMedia = (bytes) => {
    if (viewer.guest.srtp) delaysMs.push(delayOf(viewer.guest.srtp, stream, bytes))
  }
  return {
    delaysMs,
    send: () => publisher.guest.sendRtp(stampNext(stream)),
    close: async () => {
      closeRooms(rooms)
      await relay.end()
    },
  }
}
