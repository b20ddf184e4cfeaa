/**
 * UDP sockets of links that this relay dials. Packets are told apart by the addresses they go between, and every room has a trunk
 * of its own: two of them between the same two relays would be one if both left from the relay's one port. So each dialled
 * link leaves from a free port, as that of a browser does: a socket is opened when something is first sent from it.
 */
import type { Socket } from 'node:dgram'
import type { LinkIndex } from '../media/boundary.ts'
import type { BackEndEvents } from './back-end.ts'
import { makeUdp, serveUdp } from './udp-socket.ts'

/** Sockets that are bound at the start and TCP connections are numbered from 0 on: they never come as far. */
const firstNumber = 2 ** 40

/** The number of a link's own socket at the `at`th bound address. */
export const dialSocketOf = (link: LinkIndex, bindAddresses: readonly string[], at: number): number =>
  firstNumber + link * bindAddresses.length + at

export const isDialSocket = (number: number): boolean => number >= firstNumber

export class DialSockets {
  readonly #bindAddresses: readonly string[]
  readonly #events: BackEndEvents
  readonly #sockets = new Map<number, Socket>()

  constructor(bindAddresses: readonly string[], events: BackEndEvents) {
    this.#bindAddresses = bindAddresses
    this.#events = events
  }

  /** Null: the system has none left. */
  get(number: number): Socket | null {
    return this.#sockets.get(number) ?? this.#open(number)
  }

  drop(number: number): void {
    this.#sockets.get(number)?.close()
    this.#sockets.delete(number)
  }

  async close(): Promise<void> {
    const open = [...this.#sockets.values()]
    this.#sockets.clear()
    await Promise.all(open.map((socket) => new Promise<void>((resolve) => socket.close(resolve))))
  }

  #open(number: number): Socket | null {
    const address = this.#bindAddresses[(number - firstNumber) % this.#bindAddresses.length] ?? ''
    const socket = makeUdp(address)
    let isBound = true
    socket.once('error', () => {
      isBound = false
    })
    socket.bind(0, address)
    if (!isBound) {
      socket.close()
      return null
    }
    serveUdp(socket, number, this.#events)
    this.#sockets.set(number, socket)
    return socket
  }
}
