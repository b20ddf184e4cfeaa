/**
 * An occupant's receiving side: asks again for what is missing, takes repairs out of RTX, reports loss, and keeps all that
 * came, so that a test can say whether a decoder would have been content.
 */
import { slotSsrc } from '@video-room/shared/sdp/facts.ts'
import { readAudioLevel } from '../../wire/header-extensions.ts'
import { readRtcp } from '../../wire/rtcp.ts'
import { writeNack, writePli, writeReceiverReport, writeReportBlock } from '../../wire/rtcp-write.ts'
import { RtpView } from '../../wire/rtp.ts'
import { unwrapRtx } from '../../wire/rtx.ts'
import { sequenceNumberOf } from '../../wire/sequence.ts'
import { MissingPackets } from '../missing-packets.ts'
import { arrivals, ReceptionStats } from '../reception-stats.ts'
import { viewerTypes } from './facts.ts'

export interface SeenPacket {
  readonly sequence: number
  readonly timestamp: number
  readonly marker: boolean
  readonly payload: Uint8Array
  readonly atMs: number
  readonly isRepair: boolean
  readonly audioLevel: number
}

export interface SeenReport {
  readonly ntpSeconds: number
  readonly ntpFraction: number
  readonly rtpTimestamp: number
  readonly packetCount: number
}

class SeenSlot {
  readonly packets = new Map<number, SeenPacket>()
  readonly reports: SeenReport[] = []
  readonly missing = new MissingPackets()
  readonly stats: ReceptionStats
  lastSr = 0
  lastSrMs = 0

  constructor(clockRateHz: number) {
    this.stats = new ReceptionStats(clockRateHz)
  }

  /** In the order of their numbers. */
  get row(): readonly SeenPacket[] {
    return [...this.packets.values()].sort((a, b) => a.sequence - b.sequence)
  }
}

const ownSsrc = 77

export class SyntheticViewer {
  readonly slots = new Map<number, SeenSlot>()
  readonly cnames = new Set<string>()
  repeatsRefused = 0
  asksForRepairs = true
  #nextReportMs = 250
  readonly #send: (bytes: Uint8Array) => void
  readonly #view = new RtpView()

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send
  }

  slot(index: number): SeenSlot {
    const ssrc = slotSsrc(index)
    const slot = this.slots.get(ssrc) ?? new SeenSlot(90_000)
    this.slots.set(ssrc, slot)
    return slot
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    const type = bytes[1] ?? 0
    if (type >= 192 && type <= 223) return this.#receiveRtcp(bytes, nowMs)
    const view = this.#view
    if (!view.set(bytes, bytes.length)) throw new Error('the relay sent malformed RTP')
    const isRepair = view.payloadType === viewerTypes.vp8Rtx
    const ssrc = isRepair ? view.ssrc - 1 : view.ssrc
    const slot = this.slot((ssrc - slotSsrc(0)) / 2)
    if (isRepair) {
      const length = unwrapRtx(view, viewerTypes.vp8, ssrc)
      if (length === -1 || !view.set(view.bytes, length)) throw new Error('a repair without content')
    }
    this.#keep(slot, view, isRepair, nowMs)
  }

  advance(nowMs: number): void {
    for (const [ssrc, slot] of this.slots) {
      if (this.asksForRepairs && nowMs >= slot.missing.nextMs) {
        slot.missing.collect(nowMs, 40)
        this.#ask(ssrc, slot.missing.asked)
      }
    }
    if (nowMs < this.#nextReportMs) return
    this.#nextReportMs = nowMs + 500
    const out = new Uint8Array(1_200)
    let end = writeReceiverReport(out, 0, ownSsrc)
    for (const [ssrc, slot] of this.slots) {
      if (slot.stats.highest === -1) continue
      const delay = slot.lastSr === 0 ? 0 : Math.round((nowMs - slot.lastSrMs) * 65.536)
      const { stats } = slot
      const fraction = stats.takeFractionLost()
      end = writeReportBlock(
        out,
        0,
        end,
        ssrc,
        fraction,
        stats.cumulativeLost,
        stats.reportedHighest,
        stats.jitter,
        slot.lastSr,
        delay,
      )
    }
    this.#send(out.slice(0, end))
  }

  askForKeyFrame(index: number): void {
    const out = new Uint8Array(12)
    writePli(out, 0, ownSsrc, slotSsrc(index))
    this.#send(out)
  }

  #ask(ssrc: number, asked: readonly number[]): void {
    if (asked.length === 0) return
    const out = new Uint8Array(1_400)
    const numbers = asked.map((sequence) => sequenceNumberOf(sequence))
    this.#send(out.slice(0, writeNack(out, 0, ownSsrc, ssrc, numbers, numbers.length)))
  }

  #keep(slot: SeenSlot, view: RtpView, isRepair: boolean, nowMs: number): void {
    const before = slot.stats.highest
    const arrival = isRepair
      ? slot.stats.noteRepair(view.sequenceNumber)
      : slot.stats.note(view.sequenceNumber, view.timestamp, nowMs)
    if (arrival === arrivals.restarted) throw new Error('the row of numbers broke')
    const sequence = slot.stats.extendedSequence
    const payload = view.bytes.slice(view.payloadOffset, view.payloadOffset + view.payloadLength)
    if (arrival !== arrivals.fresh) return
    slot.packets.set(sequence, {
      sequence,
      timestamp: view.timestamp,
      marker: view.marker,
      payload,
      atMs: nowMs,
      isRepair,
      audioLevel: readAudioLevel(view, 9),
    })
    if (sequence < before) slot.missing.remove(sequence, nowMs)
    else if (before !== -1) slot.missing.addBetween(before, sequence, nowMs)
  }

  #receiveRtcp(bytes: Uint8Array, nowMs: number): void {
    const isGood = readRtcp(bytes, bytes.length, {
      onSenderReport: (ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount) => {
        const slot = this.slot((ssrc - slotSsrc(0)) / 2)
        slot.reports.push({ ntpSeconds, ntpFraction, rtpTimestamp, packetCount })
        slot.lastSr = (((ntpSeconds & 0xff_ff) << 16) | (ntpFraction >>> 16)) >>> 0
        slot.lastSrMs = nowMs
      },
      onReportBlock: () => undefined,
      onCname: (_ssrc, packet, offset, length) => {
        this.cnames.add(String.fromCodePoint(...packet.slice(offset, offset + length)))
      },
      onBye: () => undefined,
      onNack: () => undefined,
      onPli: () => undefined,
      onFir: () => undefined,
      onRemb: () => undefined,
      onTransportFeedback: () => undefined,
      onApplication: () => undefined,
    })
    if (!isGood) throw new Error('the relay sent malformed RTCP')
  }
}
