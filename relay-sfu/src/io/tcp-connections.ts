/**
 * ICE-TCP, passive end (RFC 6544): accepted connections, each a socket number of its own, packets framed by RFC 4571.
 * A connection that does not show a verified STUN request in time is closed; so is one that frames badly. A far end that
 * reads too slowly loses packets instead of memory.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { relayLimits } from '../limits.ts'
import { datagramMaxBytes, type BackEndEvents } from './back-end.ts'
import { FrameReader, writeFrame } from './tcp-framing.ts'

interface Connection {
  readonly socket: Socket
  readonly address: string
  readonly unverifiedTimer: NodeJS.Timeout
}

export class TcpConnections {
  readonly #events: BackEndEvents
  readonly #servers: Server[] = []
  readonly #connections = new Map<number, Connection>()
  readonly #perAddress = new Map<string, number>()
  #nextNumber: number

  /** Numbers below `firstNumber` are taken by UDP. */
  constructor(firstNumber: number, events: BackEndEvents) {
    this.#nextNumber = firstNumber
    this.#events = events
  }

  async listen(address: string, port: number): Promise<number> {
    // The address of a socket would come as ::ffff:… over a socket of both families.
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: address, port, ipv6Only: true }, resolve)
    })
    server.on('error', () => {})
    this.#servers.push(server)
    const bound = server.address()
    return isAddressInfo(bound) ? bound.port : port
  }

  has(number: number): boolean {
    return this.#connections.has(number)
  }

  /** False: not sent, since the far end reads too slowly. */
  send(number: number, packet: Uint8Array, length: number): boolean {
    const socket = this.#connections.get(number)?.socket
    if (!socket || socket.writableLength > relayLimits.tcpQueueMaxBytes) return false
    socket.write(writeFrame(packet, length))
    return true
  }

  keep(number: number): void {
    clearTimeout(this.#connections.get(number)?.unverifiedTimer)
  }

  drop(number: number): void {
    // What was said last (an alert of DTLS) should still arrive; a far end that does not read is not waited for.
    const socket = this.#connections.get(number)?.socket
    socket?.end()
    socket?.setTimeout(relayLimits.tcpUnverifiedMs, () => socket.destroy())
  }

  async close(): Promise<void> {
    for (const { socket } of this.#connections.values()) socket.destroy()
    await Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    )
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress
    const port = socket.remotePort
    const fromThere = this.#perAddress.get(address ?? '') ?? 0
    const isFull =
      this.#connections.size >= relayLimits.tcpConnectionsMax ||
      fromThere >= relayLimits.tcpConnectionsPerAddressMax
    if (address === undefined || port === undefined || isFull) {
      socket.destroy()
      return
    }
    const number = this.#nextNumber
    this.#nextNumber += 1
    const unverifiedTimer = setTimeout(() => socket.destroy(), relayLimits.tcpUnverifiedMs)
    this.#connections.set(number, { socket, address, unverifiedTimer })
    this.#perAddress.set(address, fromThere + 1)
    const from = { socket: number, address, port }
    const reader = new FrameReader(datagramMaxBytes)
    const onFrame = (packet: Uint8Array): void => this.#events.onDatagram(packet, from)
    socket.on('data', (chunk) => {
      if (!reader.push(chunk, onFrame)) socket.destroy()
    })
    // Connections break all the time; `close` follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#forget(number))
  }

  #forget(number: number): void {
    const connection = this.#connections.get(number)
    if (!connection) return
    clearTimeout(connection.unverifiedTimer)
    this.#connections.delete(number)
    const left = (this.#perAddress.get(connection.address) ?? 1) - 1
    if (left > 0) this.#perAddress.set(connection.address, left)
    else this.#perAddress.delete(connection.address)
    this.#events.onSocketGone(number)
  }
}

export const isAddressInfo = (value: AddressInfo | string | null): value is AddressInfo =>
  typeof value === 'object' && value !== null
