/**
 * The least that sealing and sending a packet costs by Node's public API: one GCM cipher and one datagram for each, nothing
 * received, read or decided. The same packets at the same pace to as many sockets as the relay has viewers.
 */
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import { serveOrders } from '../src/io/testing/child-process.ts'
import { Pacer } from './pacer.ts'
import { packetBytes } from './vp8-stream.ts'

export interface FloorOrder {
  /** One sender for each list of viewers' ports. */
  readonly rooms: readonly (readonly number[])[]
  readonly packetsPerSecond: number
  readonly warmUpMs: number
  readonly windowMs: number
}

export interface FloorAnswer {
  readonly cpuUs: number
  readonly packets: number
}

const headerBytes = 12
const tagBytes = 16
const key = createSecretKey(randomBytes(16))
const iv = Buffer.alloc(12)
const packet = randomBytes(packetBytes)
const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) })
let packets = 0

function sendTo(port: number): void {
  iv.writeUInt32BE(packets, 8)
  const slot = Buffer.allocUnsafe(packetBytes + tagBytes)
  packet.copy(slot, 0, 0, headerBytes)
  const cipher = createCipheriv('aes-128-gcm', key, iv)
  cipher.setAAD(slot.subarray(0, headerBytes))
  slot.set(cipher.update(packet.subarray(headerBytes)), headerBytes)
  cipher.final()
  slot.set(cipher.getAuthTag(), packetBytes)
  packets += 1
  socket.send(slot, port, '127.0.0.1')
}

serveOrders('ready', async (order: FloorOrder): Promise<FloorAnswer> => {
  const senders = order.rooms.map((ports) => () => {
    for (const port of ports) sendTo(port)
  })
  const pacer = new Pacer(senders, order.packetsPerSecond)
  pacer.start()
  await pause(order.warmUpMs)
  const before = { ...process.cpuUsage(), packets }
  await pause(order.windowMs)
  const { user, system } = process.cpuUsage(before)
  const sent = packets - before.packets
  pacer.stop()
  return { cpuUs: user + system, packets: sent }
})
