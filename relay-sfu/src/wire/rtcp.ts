/**
 * Decides: what a compound RTCP packet says (RFC 3550 section 6, RFC 4585, RFC 5104, REMB), one call per statement.
 * Does not decide: whether the sender may speak for an SSRC, and what is done about it.
 * Invariants: a compound that is malformed anywhere says nothing at all; nothing is read at or after `length`; at most
 * `rtcpPacketsMax` packets, so that what one datagram causes is bounded. Reduced-size packets (RFC 5506) are welcome.
 */
import { readUint16, readUint24, readUint32, readUint8 } from './bytes.ts'

export const rtcpType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  application: 204,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const

/** The FMT field of transport (RFC 4585, 6.2) and payload-specific feedback (RFC 4585, 6.3; RFC 5104, 4.3). */
export const rtcpFormat = { nack: 1, transportCc: 15, pli: 1, fir: 4, applicationLayer: 15 } as const

/** Browsers send up to six in one datagram; 375 empty ones would fit. */
export const rtcpPacketsMax = 32

/** What a reader is told, in the order of the packet. Numbers only: nothing is allocated. */
export interface RtcpHandler {
  /** NTP time as seconds since 1900 and their fraction of 2^32. */
  onSenderReport(
    ssrc: number,
    ntpSeconds: number,
    ntpFraction: number,
    rtpTimestamp: number,
    packetCount: number,
    octetCount: number,
  ): void
  /** Of SR and RR alike. `fractionLost` of 256; `lastSr` and `delaySinceLastSr` in 1/65,536 s (RFC 3550, 6.4.1). */
  onReportBlock(
    reporterSsrc: number,
    ssrc: number,
    fractionLost: number,
    cumulativeLost: number,
    extendedHighest: number,
    jitter: number,
    lastSr: number,
    delaySinceLastSr: number,
  ): void
  /** The CNAME's bytes, valid during the call. */
  onCname(ssrc: number, bytes: Uint8Array, offset: number, length: number): void
  onBye(ssrc: number): void
  /** Once for each packet asked for: one datagram can ask for 6,000, so answers need a budget. */
  onNack(mediaSsrc: number, sequenceNumber: number): void
  onPli(mediaSsrc: number): void
  onFir(mediaSsrc: number, commandSequence: number): void
  /** Once for each SSRC that the estimate covers. */
  onRemb(mediaSsrc: number, bitrateBps: number): void
  /** A whole transport-cc packet, for `readTransportFeedback` (transport-cc.ts). */
  onTransportFeedback(bytes: Uint8Array, offset: number, length: number): void
  /** A whole APP packet (RFC 3550, section 6.7), for `readWants` (rtcp-want.ts). */
  onApplication(bytes: Uint8Array, offset: number, length: number): void
}

/** Tells the handler all that the first `length` bytes say. False: malformed, and nothing was told. */
export function readRtcp(bytes: Uint8Array, length: number, handler: RtcpHandler): boolean {
  if (!isCompound(bytes, length)) return false
  for (let offset = 0; offset < length;) {
    const end = offset + packetBytes(bytes, offset)
    readPacket(bytes, offset, end - paddingOf(bytes, offset, end), handler)
    offset = end
  }
  return true
}

const packetBytes = (bytes: Uint8Array, offset: number): number => 4 * (readUint16(bytes, offset + 2) + 1)

const countOf = (bytes: Uint8Array, offset: number): number => readUint8(bytes, offset) & 0x1f

const paddingOf = (bytes: Uint8Array, offset: number, end: number): number =>
  (readUint8(bytes, offset) & 0x20) === 0 ? 0 : readUint8(bytes, end - 1)

function isCompound(bytes: Uint8Array, length: number): boolean {
  if (length < 8 || length > bytes.length) return false
  let offset = 0
  for (let packets = 0; offset < length; packets += 1) {
    if (packets === rtcpPacketsMax || offset + 4 > length) return false
    const end = offset + packetBytes(bytes, offset)
    if (readUint8(bytes, offset) >>> 6 !== 2 || end > length) return false
    const padding = paddingOf(bytes, offset, end)
    // RFC 3550, section 6.4.1 has whole words, and in the last packet only; browsers pad transport-cc by single bytes, anywhere.
    if (padding === 0 && (readUint8(bytes, offset) & 0x20) !== 0) return false
    if (end - padding < offset + bodyStartBytes(bytes, offset)) return false
    offset = end
  }
  return true
}

/** How many bytes a packet must have at least to mean what its header says. */
function bodyStartBytes(bytes: Uint8Array, offset: number): number {
  const count = countOf(bytes, offset)
  switch (readUint8(bytes, offset + 1)) {
    case rtcpType.senderReport:
      return 28 + 24 * count
    case rtcpType.receiverReport:
      return 8 + 24 * count
    case rtcpType.bye:
      return 4 + 4 * count
    case rtcpType.application:
    case rtcpType.transportFeedback:
    case rtcpType.payloadFeedback:
      return 12
    default:
      return 4
  }
}

function readPacket(bytes: Uint8Array, offset: number, end: number, handler: RtcpHandler): void {
  switch (readUint8(bytes, offset + 1)) {
    case rtcpType.senderReport:
      handler.onSenderReport(
        readUint32(bytes, offset + 4),
        readUint32(bytes, offset + 8),
        readUint32(bytes, offset + 12),
        readUint32(bytes, offset + 16),
        readUint32(bytes, offset + 20),
        readUint32(bytes, offset + 24),
      )
      return readReportBlocks(bytes, offset, offset + 28, handler)
    case rtcpType.receiverReport:
      return readReportBlocks(bytes, offset, offset + 8, handler)
    case rtcpType.sourceDescription:
      return readSourceDescription(bytes, offset, end, handler)
    case rtcpType.bye:
      for (let index = 0; index < countOf(bytes, offset); index += 1) {
        handler.onBye(readUint32(bytes, offset + 4 + 4 * index))
      }
      return
    case rtcpType.transportFeedback:
      if (countOf(bytes, offset) === rtcpFormat.nack) readNack(bytes, offset, end, handler)
      if (countOf(bytes, offset) === rtcpFormat.transportCc) {
        handler.onTransportFeedback(bytes, offset, end - offset)
      }
      return
    case rtcpType.payloadFeedback:
      return readPayloadFeedback(bytes, offset, end, handler)
    case rtcpType.application:
      return handler.onApplication(bytes, offset, end - offset)
    default:
  }
}

function readReportBlocks(bytes: Uint8Array, offset: number, blocks: number, handler: RtcpHandler): void {
  for (let index = 0; index < countOf(bytes, offset); index += 1) {
    const block = blocks + 24 * index
    handler.onReportBlock(
      readUint32(bytes, offset + 4),
      readUint32(bytes, block),
      readUint8(bytes, block + 4),
      // Signed: duplicates may make it negative.
      (readUint24(bytes, block + 5) << 8) >> 8,
      readUint32(bytes, block + 8),
      readUint32(bytes, block + 12),
      readUint32(bytes, block + 16),
      readUint32(bytes, block + 20),
    )
  }
}

/** RFC 3550, section 6.5: chunks of items, each chunk ended by a zero and padded to a word. */
function readSourceDescription(bytes: Uint8Array, offset: number, end: number, handler: RtcpHandler): void {
  const cnameItem = 1
  let at = offset + 4
  for (let chunk = 0; chunk < countOf(bytes, offset) && at + 4 <= end; chunk += 1) {
    const ssrc = readUint32(bytes, at)
    at += 4
    while (at + 2 <= end && readUint8(bytes, at) !== 0) {
      const length = readUint8(bytes, at + 1)
      if (at + 2 + length > end) return
      if (readUint8(bytes, at) === cnameItem) handler.onCname(ssrc, bytes, at + 2, length)
      at += 2 + length
    }
    at = offset + ((at - offset + 4) & ~3)
  }
}

/** RFC 4585, section 6.2.1: a packet id and a mask of the 16 after it. */
function readNack(bytes: Uint8Array, offset: number, end: number, handler: RtcpHandler): void {
  const mediaSsrc = readUint32(bytes, offset + 8)
  for (let entry = offset + 12; entry + 4 <= end; entry += 4) {
    const packetId = readUint16(bytes, entry)
    handler.onNack(mediaSsrc, packetId)
    let mask = readUint16(bytes, entry + 2)
    for (let after = 1; mask !== 0; after += 1) {
      if ((mask & 1) === 1) handler.onNack(mediaSsrc, (packetId + after) & 0xff_ff)
      mask >>>= 1
    }
  }
}

function readPayloadFeedback(bytes: Uint8Array, offset: number, end: number, handler: RtcpHandler): void {
  const format = countOf(bytes, offset)
  if (format === rtcpFormat.pli) handler.onPli(readUint32(bytes, offset + 8))
  if (format === rtcpFormat.fir) {
    for (let entry = offset + 12; entry + 8 <= end; entry += 8) {
      handler.onFir(readUint32(bytes, entry), readUint8(bytes, entry + 4))
    }
  }
  if (format === rtcpFormat.applicationLayer) readRemb(bytes, offset, end, handler)
}

/** draft-alvestrand-rmcat-remb-03, section 2.2. */
function readRemb(bytes: Uint8Array, offset: number, end: number, handler: RtcpHandler): void {
  const uniqueId = 0x52_45_4d_42 // "REMB"
  if (end - offset < 20 || readUint32(bytes, offset + 12) !== uniqueId) return
  const ssrcs = readUint8(bytes, offset + 16)
  const exponent = readUint8(bytes, offset + 17) >>> 2
  const bitrateBps = (readUint24(bytes, offset + 17) & 0x3_ff_ff) * 2 ** exponent
  for (let index = 0; index < ssrcs && offset + 24 + 4 * index <= end; index += 1) {
    handler.onRemb(readUint32(bytes, offset + 20 + 4 * index), bitrateBps)
  }
}
