/** One occupant of a benchmark's room: a real handshake, then media that is counted more often than it is opened. */
import type { LinkId } from '@video-room/shared/ids.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import type { DtlsIdentity } from '../src/io/dtls-identity.ts'
import { Guest } from '../src/io/testing/guest.ts'
import { mintTicket } from '../src/io/testing/tickets.ts'
import type { SrtpProfile } from '../src/media/boundary.ts'
import { readUint16, readUint32 } from '../src/wire/bytes.ts'
import { extendSequence } from '../src/wire/sequence.ts'
import { packetBytes, type Vp8Stream } from './vp8-stream.ts'

/** Opening every packet would make the load heavier than what it loads. */
const openEvery = 64
/** As browsers do (RFC 7675, section 5.1, on an idle path). */
const consentMs = 2_500

/** What came of one SSRC. */
interface Arrivals {
  first: number
  highest: number
  count: number
}

export interface Tally {
  readonly received: number
  /** By the sequence numbers that the relay gave: from the first to the last that came. */
  readonly expected: number
  readonly broken: number
}

export class LoadLink {
  readonly linkId: LinkId
  readonly guest: Guest
  /** Told of every packet of media, sealed as it is. */
  onMedia: ((bytes: Uint8Array) => void) | null = null
  /** Told of every report of the relay, sealed as it is. */
  onReport: ((bytes: Uint8Array) => void) | null = null
  sent = 0
  #received = 0
  #broken = 0
  readonly #arrivals = new Map<number, Arrivals>()
  #consent: NodeJS.Timeout | null = null

  private constructor(linkId: LinkId, guest: Guest) {
    this.linkId = linkId
    this.guest = guest
    const receive = guest.receive.bind(guest)
    guest.receive = (bytes) => {
      if ((bytes[0] ?? 0) < 128) receive(bytes)
      else this.#receiveMedia(bytes)
    }
  }

  static async connect(
    relay: RelayCandidate,
    iceKey: Uint8Array,
    linkId: LinkId,
    identity: DtlsIdentity,
    profile: SrtpProfile,
  ): Promise<LoadLink> {
    const guest = await Guest.open(relay, mintTicket(iceKey, linkId), { identity, profiles: [profile] })
    const link = new LoadLink(linkId, guest)
    await guest.connect()
    link.#consent = setInterval(() => guest.wire.send(guest.request()), consentMs)
    return link
  }

  send(stream: Vp8Stream): void {
    stream.write()
    this.guest.sendRtp(stream.packet.subarray(0, packetBytes))
    this.sent += 1
  }

  tally(): Tally {
    let expected = 0
    for (const { first, highest } of this.#arrivals.values()) expected += highest - first + 1
    return { received: this.#received, expected, broken: this.#broken }
  }

  close(): void {
    if (this.#consent !== null) clearInterval(this.#consent)
    this.guest.close()
  }

  #receiveMedia(bytes: Uint8Array): void {
    const type = bytes[1] ?? 0
    // Reports of the relay (RFC 5761, section 4).
    if (type >= 192 && type <= 223) return this.onReport?.(bytes)
    this.#received += 1
    this.#count(readUint32(bytes, 8), readUint16(bytes, 2))
    if (this.onMedia !== null) this.onMedia(bytes)
    else if (
      this.#received % openEvery === 0 &&
      (this.guest.srtp?.unprotectRtp(bytes, bytes.length) ?? -1) < 0
    )
      this.#broken += 1
  }

  #count(ssrc: number, sequenceNumber: number): void {
    const arrivals = this.#arrivals.get(ssrc | 0)
    if (arrivals === undefined) {
      this.#arrivals.set(ssrc | 0, { first: sequenceNumber, highest: sequenceNumber, count: 1 })
      return
    }
    arrivals.count += 1
    arrivals.highest = Math.max(arrivals.highest, extendSequence(arrivals.highest, sequenceNumber))
  }
}
