/**
 * Decides: what is known of one received encoding, and which of its packets are new.
 * Does not decide: which SSRC is whose (ssrc-table.ts), which slots take a packet (egress.ts).
 * Invariants: extended numbers never come twice, over a change of SSRC and a restart either; while its source is muted
 * nothing is stored and nothing is asked for again.
 */
import type { CodecName } from '@video-room/shared/sdp/facts.ts'
import type { MediaKind } from '@video-room/shared/source.ts'
import { KeyFrameRequests } from './key-frame-requests.ts'
import type { LayerView } from './layer-choice.ts'
import type { MediaPacket } from './media-packet.ts'
import { MissingPackets } from './missing-packets.ts'
import { middleOfNtp, unixMsOfNtp } from './ntp.ts'
import { PacketHistory } from './packet-history.ts'
import { RateMeter } from './rate-meter.ts'
import { arrivals, ReceptionStats, type Arrival } from './reception-stats.ts'

export const clockRateOf = (kind: MediaKind): number => (kind === 'audio' ? 48_000 : 90_000)

/** A publisher's sender report, as a slot's own reports and a reception report need it. */
export interface HeardReport {
  readonly publisherMs: number
  readonly rtpTimestamp: number
  readonly middle: number
  readonly arrivalMs: number
}

export class Layer implements LayerView {
  readonly index: number
  readonly kind: MediaKind
  /** −1: no packet came yet. */
  ssrc = -1
  rtxSsrc = -1
  isActive = false
  widthPx = 0
  bitrateBps = 0
  lastPacketMs = -Infinity
  report: HeardReport | null = null
  stats: ReceptionStats
  readonly missing = new MissingPackets()
  readonly keyFrames = new KeyFrameRequests()
  /** Only video is repaired: Opus conceals a packet sooner than it could be sent again. */
  history: PacketHistory | null = null
  readonly #meter = new RateMeter()

  constructor(index: number, kind: MediaKind) {
    this.index = index
    this.kind = kind
    this.stats = new ReceptionStats(clockRateOf(kind))
  }

  /** Another SSRC sends this layer from now on. */
  takeSsrc(ssrc: number): void {
    if (this.ssrc !== -1 && this.ssrc !== ssrc) this.stats.beginAnew()
    this.ssrc = ssrc
    if (this.kind === 'video') this.history ??= new PacketHistory()
    this.report = null
    this.missing.clear()
  }

  /** A packet of the SSRC itself. */
  note(sequenceNumber: number, timestamp: number, bytes: number, nowMs: number): Arrival {
    this.lastPacketMs = nowMs
    this.#meter.add(bytes)
    return this.stats.note(sequenceNumber, timestamp, nowMs)
  }

  noteReport(seconds: number, fraction: number, rtpTimestamp: number, nowMs: number): void {
    this.report = {
      publisherMs: unixMsOfNtp(seconds, fraction),
      rtpTimestamp,
      middle: middleOfNtp(seconds, fraction),
      arrivalMs: nowMs,
    }
  }

  /** It is not sent any more, until it begins again with a key frame. */
  rest(): void {
    this.isActive = false
    this.lastPacketMs = -Infinity
    this.missing.clear()
    this.keyFrames.keyFrameCame()
  }

  /** Puts a packet of the history into `packet`. */
  load(sequence: number, codec: CodecName, packet: MediaPacket): boolean {
    const { history } = this
    if (!history?.find(sequence)) return false
    packet.extendedSequence = sequence
    packet.timestamp = history.timestamp
    packet.marker = history.marker
    packet.setPayload(codec, history.bytes.subarray(history.offset, history.offset + history.length))
    return true
  }

  measure(nowMs: number): void {
    this.bitrateBps = this.#meter.bitrateBps(nowMs)
  }
}

/** Whether a packet with this verdict goes on its way. */
export const isNew = (arrival: Arrival): boolean =>
  arrival === arrivals.fresh || arrival === arrivals.restarted
