/**
 * A relay's media thread with occupants around it, on virtual time: the real engine and wire formats, SRTP that changes
 * nothing but, like the real one, refuses to protect a number twice.
 */
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { Source } from '@video-room/shared/source.ts'
import { readUint16, readUint32, readUint8 } from '../../wire/bytes.ts'
import { extendSequence, firstExtended } from '../../wire/sequence.ts'
import type {
  LinkIndex,
  MediaCommand,
  MediaEvent,
  MediaReport,
  PublicationRef,
  SrtpKeys,
} from '../boundary.ts'
import { MediaEngine } from '../engine.ts'
import { srtpOverheadBytes, type SrtpLink } from '../ports.ts'
import { fullSections } from './facts.ts'
import { goodPath, LossyPath } from './lossy-path.ts'
import { seededRandom } from './random.ts'
import { SyntheticPublisher, type PublisherOptions } from './synthetic-publisher.ts'
import { SyntheticViewer } from './synthetic-viewer.ts'

const noKeys: SrtpKeys = {
  profile: 'aead-aes-128-gcm',
  localKey: new Uint8Array(16),
  localSalt: new Uint8Array(12),
  remoteKey: new Uint8Array(16),
  remoteSalt: new Uint8Array(12),
}

/** Packets on their way out by SSRC and index; a repeated one would repeat a nonce. */
class IdentitySrtp implements SrtpLink {
  repeated = 0
  readonly #highest = new Map<number, number>()
  readonly #seen = new Set<string>()

  protectRtp(bytes: Uint8Array, length: number): number {
    const ssrc = readUint32(bytes, 8)
    const number = readUint16(bytes, 2)
    const before = this.#highest.get(ssrc)
    const index = before === undefined ? firstExtended(number) : extendSequence(before, number)
    if (this.#seen.has(`${ssrc}:${index}`)) this.repeated += 1
    this.#seen.add(`${ssrc}:${index}`)
    this.#highest.set(ssrc, Math.max(before ?? 0, index))
    if (length + srtpOverheadBytes > bytes.length) throw new Error('no room for the tag')
    return length
  }

  protectRtcp(_bytes: Uint8Array, length: number): number {
    return length
  }

  unprotectRtp(_bytes: Uint8Array, length: number): number {
    return length
  }

  unprotectRtcp(_bytes: Uint8Array, length: number): number {
    return length
  }
}

export interface RoomOccupant {
  readonly link: LinkIndex
  readonly publisher: SyntheticPublisher
  readonly viewer: SyntheticViewer
  readonly up: LossyPath
  readonly down: LossyPath
  sends: boolean
}

export class RelayRoom {
  nowMs = 0
  readonly events: MediaEvent[] = []
  readonly occupants: RoomOccupant[] = []
  /** Ways to other relays, by the link that is a trunk. */
  readonly trunks = new Map<LinkIndex, LossyPath>()
  /** How far this relay's wall clock is off. */
  clockOffsetMs = 0
  readonly srtp: IdentitySrtp[] = []
  readonly engine: MediaEngine
  readonly random: () => number
  /** Slots of the back end that are neither queued nor released. */
  heldSlots = 0

  constructor(seed = 1) {
    this.random = seededRandom(seed)
    this.engine = new MediaEngine({
      acquire: () => {
        this.heldSlots += 1
        return new Uint8Array(1_500)
      },
      queue: (slot, length, link) => {
        this.heldSlots -= 1
        const occupant = this.occupants.find((one) => one.link === link)
        const path = occupant?.down ?? this.trunks.get(link)
        path?.send(slot.subarray(0, length), this.nowMs)
      },
      release: () => {
        this.heldSlots -= 1
      },
      makeSrtp: () => {
        const srtp = new IdentitySrtp()
        this.srtp.push(srtp)
        return srtp
      },
      random32: () => Math.floor(this.random() * 0x1_00_00_00_00),
      wallClockMs: (nowMs) => 1_700_000_000_000 + nowMs + this.clockOffsetMs,
      emit: (event) => this.events.push(event),
    })
  }

  command(command: MediaCommand): void {
    this.engine.handle(command, this.nowMs)
  }

  /** An occupant with a link that is up and admitted. */
  enter(
    link: LinkIndex,
    options: Partial<PublisherOptions> & { readonly sections?: SectionFacts[] } = {},
  ): RoomOccupant {
    const up = new LossyPath(goodPath, this.random, (bytes, nowMs) => {
      this.engine.receive(link, bytes, bytes.length, nowMs)
    })
    const publisher = new SyntheticPublisher({
      id: link + 1,
      random: this.random,
      ...options,
      send: (bytes) => up.send(bytes, this.nowMs),
    })
    const viewer = new SyntheticViewer((bytes) => up.send(bytes, this.nowMs))
    // Both sides hear all RTCP, as in a browser; each takes what is its own.
    const down = new LossyPath(goodPath, this.random, (bytes, nowMs) => {
      if (isRtcp(bytes)) publisher.receive(bytes, nowMs)
      viewer.receive(bytes, nowMs)
    })
    const occupant = { link, publisher, viewer, up, down, sends: true }
    this.occupants.push(occupant)
    this.command({ type: 'open-link', link })
    this.command({ type: 'set-keys', link, keys: noKeys })
    this.command({ type: 'set-sections', link, sections: options.sections ?? fullSections() })
    this.command({ type: 'set-admitted', link, isAdmitted: true })
    return occupant
  }

  /** A link to another relay that is up and admitted; `path` leads there. */
  openTrunk(link: LinkIndex, path: LossyPath): void {
    this.trunks.set(link, path)
    this.command({ type: 'open-link', link, isTrunk: true })
    this.command({ type: 'set-keys', link, keys: noKeys })
    this.command({ type: 'set-admitted', link, isAdmitted: true })
  }

  leave(occupant: RoomOccupant): void {
    this.occupants.splice(this.occupants.indexOf(occupant), 1)
    this.command({ type: 'close-link', link: occupant.link })
  }

  show(viewer: RoomOccupant, slot: number, of: RoomOccupant, source: Source): void {
    this.point(viewer, slot, { link: of.link, source })
  }

  point(viewer: RoomOccupant, slot: number, publication: PublicationRef | null): void {
    this.command({ type: 'set-slot', link: viewer.link, slot, publication })
  }

  want(viewer: RoomOccupant, slot: number, widthPx: number): void {
    this.command({ type: 'set-want', link: viewer.link, slot, widthPx })
  }

  run(forMs: number): void {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs;) this.step()
  }

  /** A millisecond. */
  step(): void {
    this.nowMs += 1
    for (const { publisher, viewer, up, down, sends } of this.occupants) {
      if (sends) publisher.advance(this.nowMs)
      viewer.advance(this.nowMs)
      up.advance(this.nowMs)
      down.advance(this.nowMs)
    }
    for (const path of this.trunks.values()) path.advance(this.nowMs)
    if (this.engine.nextDeadlineMs() <= this.nowMs) this.engine.tick(this.nowMs)
  }

  report(): MediaReport {
    this.command({ type: 'ask-report' })
    const last = this.events.at(-1)
    if (last?.type !== 'report') throw new Error('a report was asked for')
    return last.report
  }
}

const isRtcp = (bytes: Uint8Array): boolean => readUint8(bytes, 1) >= 192 && readUint8(bytes, 1) <= 223
