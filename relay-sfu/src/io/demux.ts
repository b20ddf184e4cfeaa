/**
 * Decides: what a datagram is by its first byte (RFC 7983), and which link an address belongs to.
 * Does not decide: whether an address may be added; control does after a verified STUN request (RFC 8445).
 * Invariants: no allocation on the way of a packet; at most `linkAddressesMax` addresses for a link, the oldest goes first, but not
 * the one that is in use.
 */
import { relayLimits } from '../limits.ts'
import type { LinkIndex, RemoteAddress } from '../media/boundary.ts'

export type DatagramKind = 'stun' | 'dtls' | 'media' | 'other'

export function kindOf(firstByte: number): DatagramKind {
  if (firstByte <= 3) return 'stun'
  if (firstByte >= 128 && firstByte <= 191) return 'media'
  return firstByte >= 20 && firstByte <= 63 ? 'dtls' : 'other'
}

export const isSameAddress = (one: RemoteAddress, other: RemoteAddress): boolean =>
  one.socket === other.socket && one.address === other.address && one.port === other.port

export class AddressTable {
  /** By socket, address and port. Three small steps cost less than one key made of three. */
  readonly #links = new Map<number, Map<string, Map<number, LinkIndex>>>()
  readonly #addresses = new Map<LinkIndex, RemoteAddress[]>()

  get(socket: number, address: string, port: number): LinkIndex | undefined {
    return this.#links.get(socket)?.get(address)?.get(port)
  }

  /**
   * An address that belonged to another link belongs to this one now: ports are used again behind NATs. Answers the address that
   * had to go for it. `inUse`: where the link is sent to.
   */
  add(link: LinkIndex, from: RemoteAddress, inUse: RemoteAddress | null = null): RemoteAddress | null {
    const before = this.get(from.socket, from.address, from.port)
    if (before === link) return null
    if (before !== undefined) this.#unlist(before, from)
    const own = this.#addresses.get(link) ?? []
    own.push(from)
    this.#addresses.set(link, own)
    const ofSocket = this.#links.get(from.socket) ?? new Map<string, Map<number, LinkIndex>>()
    const ofAddress = ofSocket.get(from.address) ?? new Map<number, LinkIndex>()
    this.#links.set(from.socket, ofSocket)
    ofSocket.set(from.address, ofAddress)
    ofAddress.set(from.port, link)
    if (own.length <= relayLimits.linkAddressesMax) return null
    const oldest = own.findIndex((one) => inUse === null || !isSameAddress(one, inUse))
    const [gone = null] = own.splice(oldest, 1)
    if (gone !== null) this.#erase(gone)
    return gone
  }

  /** Forgets the link; answers what its addresses were. */
  removeLink(link: LinkIndex): readonly RemoteAddress[] {
    const own = this.#addresses.get(link) ?? []
    this.#addresses.delete(link)
    for (const address of own) this.#erase(address)
    return own
  }

  removeSocket(socket: number): void {
    const ofSocket = this.#links.get(socket)
    this.#links.delete(socket)
    for (const ofAddress of ofSocket?.values() ?? []) {
      for (const link of ofAddress.values()) {
        const rest = (this.#addresses.get(link) ?? []).filter((one) => one.socket !== socket)
        this.#addresses.set(link, rest)
      }
    }
  }

  #unlist(link: LinkIndex, from: RemoteAddress): void {
    const rest = (this.#addresses.get(link) ?? []).filter((one) => !isSameAddress(one, from))
    this.#addresses.set(link, rest)
  }

  #erase(from: RemoteAddress): void {
    const ofSocket = this.#links.get(from.socket)
    const ofAddress = ofSocket?.get(from.address)
    ofAddress?.delete(from.port)
    if (ofAddress?.size === 0) ofSocket?.delete(from.address)
    if (ofSocket?.size === 0) this.#links.delete(from.socket)
  }
}
