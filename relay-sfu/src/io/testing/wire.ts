/** What carries a test's packets to a relay: a UDP socket, or a TCP connection with the framing of RFC 4571. */
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { FrameReader, writeFrame } from '../tcp-framing.ts'

export interface TestWire {
  readonly localPort: number
  send(bytes: Uint8Array): void
  close(): void
  readonly closed: Promise<void>
}

/** A test that is busy for a moment loses nothing; systems that allow less give less. */
export const receiveBufferBytes = 1_024 * 1_024

export async function openWire(
  relay: RelayCandidate,
  onPacket: (bytes: Uint8Array) => void,
): Promise<TestWire> {
  return relay.protocol === 'udp' ? openUdp(relay, onPacket) : openTcp(relay, onPacket)
}

async function openUdp(relay: RelayCandidate, onPacket: (bytes: Uint8Array) => void): Promise<TestWire> {
  const type = isIPv6(relay.address) ? 'udp6' : 'udp4'
  const socket = createSocket({ type, recvBufferSize: receiveBufferBytes })
  socket.on('message', onPacket)
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.bind(0, relay.address, resolve))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  let isOpen = true
  return {
    localPort: socket.address().port,
    closed,
    send: (bytes) => {
      if (isOpen) socket.send(bytes, relay.port, relay.address)
    },
    close: () => {
      if (isOpen) socket.close()
      isOpen = false
    },
  }
}

async function openTcp(relay: RelayCandidate, onPacket: (bytes: Uint8Array) => void): Promise<TestWire> {
  const socket = connect({ host: relay.address, port: relay.port, noDelay: true })
  const reader = new FrameReader(2_000)
  socket.on('data', (chunk) => reader.push(chunk, onPacket))
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await Promise.race([new Promise<void>((resolve) => socket.once('connect', () => resolve())), closed])
  return {
    localPort: socket.localPort ?? 0,
    closed,
    send: (bytes) => socket.write(writeFrame(bytes, bytes.length)),
    close: () => socket.destroy(),
  }
}

/** Every wait has an end. */
export async function within<T>(waitMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${waitMs} ms`)), waitMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
