/**
 * The one interface to the network for a media thread. It fits batching: packets are written into slots that the back end
 * owns, queued, and handed to the system together by `flush` (sendmmsg and GSO fit behind it; `node` sends one by one).
 */
import type { RemoteAddress } from '../media/boundary.ts'

/** The largest datagram there is room for: an Ethernet MTU, and nothing of WebRTC is larger. Bytes. */
export const datagramMaxBytes = 1_500

export interface BackEndEvents {
  /** Both are valid only during the call; `bytes` may be changed in place. */
  readonly onDatagram: (bytes: Uint8Array, from: RemoteAddress) => void
  /** This TCP connection is closed; its number names nothing any more. */
  readonly onSocketGone: (socket: number) => void
}

export interface BackEndOptions {
  /** 0: any free one. */
  readonly udpPort: number
  /** For ICE-TCP; null: none, 0: any free one. */
  readonly tcpPort: number | null
  /** Each gets a socket of its own, numbered from 0 in this order. */
  readonly bindAddresses: readonly string[]
}

export interface BoundPort {
  readonly protocol: 'udp' | 'tcp'
  readonly port: number
}

export interface BackEnd {
  readonly name: string
  /** First those of UDP, then those of TCP, each in the order of the addresses. */
  readonly ports: readonly BoundPort[]
  /** What was not sent, by reason. */
  readonly drops: Readonly<Record<string, number>>
  /** A free slot of `datagramMaxBytes`, the caller's until `queue`. */
  acquire(): Uint8Array
  /** The first `length` bytes of the slot go to `to` with the next `flush`; the slot is the back end's again. */
  queue(slot: Uint8Array, length: number, to: RemoteAddress): void
  /** A slot that is not sent after all. */
  release(slot: Uint8Array): void
  flush(): void
  /** The far end of this TCP connection proved itself; others are closed after a while. Of no effect on UDP. */
  keep(socket: number): void
  /** Nobody is served over this TCP connection, or this socket of a dialled link, any more. Of no effect on what others use. */
  drop(socket: number): void
  close(): Promise<void>
}
