/**
 * Decides: how a packet of a slot leaves: payload types and extensions of the far end, the slot's SSRCs, the row of its repairs.
 * Does not decide: which packets leave, and under which numbers (egress.ts).
 * Invariants: a codec the far end does not have is never sent; repairs have their own SSRC and row (RFC 4588, section 4).
 */
import type { CodecName, SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { writeUint16 } from '../wire/bytes.ts'
import { sequenceNumberOf } from '../wire/sequence.ts'
import type { Layer } from './layer.ts'
import type { LinkSender } from './link-sender.ts'
import type { MediaPacket } from './media-packet.ts'
import type { Epoch } from './rtp-munger.ts'
import {
  fitsSlot,
  slotExtensions,
  writeSlotHeader,
  writeSlotPayload,
  type SlotExtensions,
} from './slot-packet.ts'

/** What a slot is on its link. */
export interface SlotShape {
  /** Its RTX has the next one. */
  readonly ssrc: number
  readonly section: SectionFacts
  /** The one layer that a stream of a trunk carries; null: a viewer's slot shows what suits. */
  readonly pinned: number | null
}

export class SlotOutput {
  readonly ssrc: number
  section: SectionFacts
  sentPackets = 0
  /** Of payload, as sender reports count them. */
  sentOctets = 0
  readonly #sender: LinkSender
  #extensions: SlotExtensions
  #repairExtensions: SlotExtensions
  #codecName: CodecName | null = null
  /** −1: the viewer has no such codec, or no RTX for it. */
  #payloadType = -1
  #rtxPayloadType = -1
  #rtxSequence: number
  readonly #pinned: number | null

  constructor({ ssrc, section, pinned }: SlotShape, sender: LinkSender, random32: () => number) {
    this.ssrc = ssrc
    this.section = section
    this.#pinned = pinned
    this.#extensions = this.#extensionsOf(section, false)
    this.#repairExtensions = this.#extensionsOf(section, true)
    this.#sender = sender
    // Below 2^15 at first, so that early losses do not confuse the roll-over count of SRTP (RFC 3711, section 3.3.1).
    this.#rtxSequence = random32() & 0x7f_ff
  }

  get isOpen(): boolean {
    return this.#payloadType !== -1 && this.#sender.isOpen
  }

  get canRepair(): boolean {
    return this.#rtxPayloadType !== -1 && this.#sender.isOpen
  }

  setSection(section: SectionFacts): void {
    this.section = section
    this.#extensions = this.#extensionsOf(section, false)
    this.#repairExtensions = this.#extensionsOf(section, true)
    this.setCodec(this.#codecName)
  }

  setCodec(name: CodecName | null): void {
    this.#codecName = name
    const codec = this.section.codecs.find((one) => one.name === name)
    this.#payloadType = codec?.payloadType ?? -1
    this.#rtxPayloadType = codec?.rtxPayloadType ?? -1
  }

  /** False: the packet does not fit. */
  send(packet: MediaPacket, epoch: Epoch<Layer>, outgoing: number, marker: boolean, nowMs: number): boolean {
    const slot = this.#sender.acquire()
    if (!fitsSlot(packet, slot)) return this.#abandon(slot)
    const payloadStart = writeSlotHeader(
      slot,
      packet,
      this.#extensions,
      this.#takeTransportSequence(),
      marker,
      this.#payloadType,
      sequenceNumberOf(outgoing),
      (packet.timestamp + epoch.timestampOffset) >>> 0,
      this.ssrc,
      nowMs,
    )
    const end = writeSlotPayload(slot, payloadStart, packet, epoch.vp8)
    this.sentPackets += 1
    this.sentOctets += end - payloadStart
    this.#sender.sendRtp(slot, end, false, this.#isTimed, nowMs)
    return true
  }

  /** The original number stands before the payload. */
  sendRepair(packet: MediaPacket, epoch: Epoch<Layer>, outgoing: number, nowMs: number): boolean {
    const slot = this.#sender.acquire()
    if (!fitsSlot(packet, slot)) return this.#abandon(slot)
    const payloadStart = writeSlotHeader(
      slot,
      packet,
      this.#repairExtensions,
      this.#takeTransportSequence(),
      packet.marker,
      this.#rtxPayloadType,
      this.#rtxSequence,
      (packet.timestamp + epoch.timestampOffset) >>> 0,
      this.ssrc + 1,
      nowMs,
    )
    writeUint16(slot, payloadStart, sequenceNumberOf(outgoing))
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xff_ff
    const end = writeSlotPayload(slot, payloadStart + 2, packet, epoch.vp8)
    this.#sender.sendRtp(slot, end, true, this.#isTimed, nowMs)
    return true
  }

  #extensionsOf(section: SectionFacts, isRepair: boolean): SlotExtensions {
    const rid = this.#pinned === null ? null : (section.rids[this.#pinned] ?? '')
    return slotExtensions(section, rid, isRepair)
  }

  /** The viewer's estimate (REMB) counts what carries a time of sending. */
  get #isTimed(): boolean {
    return this.#extensions.sendTimeId !== 0
  }

  #takeTransportSequence(): number {
    return this.#extensions.transportId === 0 ? 0 : this.#sender.takeTransportSequence()
  }

  #abandon(slot: Uint8Array): boolean {
    this.#sender.abandon(slot)
    return false
  }
}
