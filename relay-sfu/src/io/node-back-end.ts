/**
 * The network by Node's public API alone: works wherever Node does. One system call for each packet, since dgram does not
 * batch; what it saves is the look-up of names and every closure per packet.
 */
import type { Socket } from 'node:dgram'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import {
  datagramMaxBytes,
  type BackEnd,
  type BackEndEvents,
  type BackEndOptions,
  type BoundPort,
} from './back-end.ts'
import { DialSockets, isDialSocket } from './dial-sockets.ts'
import { TcpConnections } from './tcp-connections.ts'
import { makeUdp, serveUdp } from './udp-socket.ts'

export async function openNodeBackEnd(options: BackEndOptions, events: BackEndEvents): Promise<BackEnd> {
  const udpSockets: Socket[] = []
  const tcp = new TcpConnections(options.bindAddresses.length, events)
  const ports: BoundPort[] = []
  try {
    for (const [number, address] of options.bindAddresses.entries()) {
      const socket = await openUdp(address, options.udpPort)
      udpSockets.push(socket)
      serveUdp(socket, number, events)
      ports.push({ protocol: 'udp', port: socket.address().port })
    }
    if (options.tcpPort !== null) {
      for (const address of options.bindAddresses) {
        ports.push({ protocol: 'tcp', port: await tcp.listen(address, options.tcpPort) })
      }
    }
  } catch (error) {
    for (const socket of udpSockets) socket.close()
    await tcp.close()
    throw error
  }
  return new NodeBackEnd(udpSockets, new DialSockets(options.bindAddresses, events), tcp, ports)
}

async function openUdp(address: string, port: number): Promise<Socket> {
  const socket = makeUdp(address)
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, address, resolve)
  })
  return socket
}

/** Room for one packet, and what happens when the system is done with it. */
interface Slot {
  readonly bytes: Buffer
  readonly onSent: (error: Error | null) => void
}

class NodeBackEnd implements BackEnd {
  readonly name = 'node'
  readonly ports: readonly BoundPort[]
  readonly drops: Record<string, number> = { 'no-slot': 0, 'send-failed': 0, 'tcp-slow': 0 }
  readonly #udpSockets: readonly Socket[]
  readonly #dialSockets: DialSockets
  readonly #tcp: TcpConnections
  readonly #slots = new Map<Uint8Array, Slot>()
  readonly #free: Slot[] = []
  /** Handed out when there is no other; what is queued in it is dropped. */
  readonly #spare = Buffer.allocUnsafeSlow(datagramMaxBytes)
  readonly #queuedSlots: Slot[] = []
  readonly #queuedLengths: number[] = []
  readonly #queuedTo: RemoteAddress[] = []
  #isClosed = false

  constructor(
    udpSockets: readonly Socket[],
    dialSockets: DialSockets,
    tcp: TcpConnections,
    ports: readonly BoundPort[],
  ) {
    this.#udpSockets = udpSockets
    this.#dialSockets = dialSockets
    this.#tcp = tcp
    this.ports = ports
  }

  acquire(): Uint8Array {
    const slot = this.#free.pop() ?? this.#makeSlot()
    return slot?.bytes ?? this.#spare
  }

  queue(bytes: Uint8Array, length: number, to: RemoteAddress): void {
    const slot = this.#slots.get(bytes)
    if (!slot) {
      this.#count('no-slot')
      return
    }
    this.#queuedSlots.push(slot)
    this.#queuedLengths.push(length)
    this.#queuedTo.push(to)
  }

  release(bytes: Uint8Array): void {
    const slot = this.#slots.get(bytes)
    if (slot) this.#free.push(slot)
  }

  flush(): void {
    for (let at = 0; at < this.#queuedSlots.length; at += 1) {
      const slot = this.#queuedSlots[at]
      const to = this.#queuedTo[at]
      if (slot && to) this.#send(slot, this.#queuedLengths[at] ?? 0, to)
    }
    this.#queuedSlots.length = 0
    this.#queuedLengths.length = 0
    this.#queuedTo.length = 0
  }

  keep(socket: number): void {
    this.#tcp.keep(socket)
  }

  drop(socket: number): void {
    this.#tcp.drop(socket)
    this.#dialSockets.drop(socket)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all([
      this.#tcp.close(),
      this.#dialSockets.close(),
      ...this.#udpSockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))),
    ])
  }

  #send(slot: Slot, length: number, to: RemoteAddress): void {
    const isDialled = isDialSocket(to.socket)
    const socket = isDialled ? this.#dialSockets.get(to.socket) : this.#udpSockets[to.socket]
    if (!socket) {
      if (isDialled) this.#count('send-failed')
      else if (!this.#tcp.send(to.socket, slot.bytes, length)) this.#count('tcp-slow')
      this.#free.push(slot)
      return
    }
    try {
      socket.send(slot.bytes, 0, length, to.port, to.address, slot.onSent)
    } catch (error) {
      // A port or an address that no datagram can go to, or a socket that is closed already.
      slot.onSent(error instanceof Error ? error : null)
      if (!(error instanceof Error)) throw error
    }
  }

  #makeSlot(): Slot | null {
    if (this.#slots.size >= relayLimits.sendSlotsMax) return null
    const slot: Slot = {
      bytes: Buffer.allocUnsafeSlow(datagramMaxBytes),
      onSent: (error) => {
        if (error !== null) this.#count('send-failed')
        this.#free.push(slot)
      },
    }
    this.#slots.set(slot.bytes, slot)
    return slot
  }

  #count(reason: string): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + 1
  }
}
