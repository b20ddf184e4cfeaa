/**
 * The one interface to the network for a media thread. It fits batching: packets are written into slots that the back end
 * owns, queued, and handed to the system together by `flush` (sendmmsg and GSO fit behind it; `node` sends one by one).
 */
import type { RemoteAddress } from '../media/boundary.ts'

/** The largest datagram there is room for: an Ethernet MTU, and nothing of WebRTC is larger. Bytes. */
export const datagramMaxBytes = 1_500

export interface BackEndEvents {
  /** `bytes` is valid only during the call. */
  readonly onDatagram: (bytes: Uint8Array, from: RemoteAddress) => void
}

export interface BackEnd {
  readonly name: string
  /** A free slot of `datagramMaxBytes`, the caller's until `queue`. */
  acquire(): Uint8Array
  /** The first `length` bytes of the slot go to `to` with the next `flush`; the slot is the back end's again. */
  queue(slot: Uint8Array, length: number, to: RemoteAddress): void
  /** A slot that is not sent after all. */
  release(slot: Uint8Array): void
  flush(): void
  close(): Promise<void>
}
