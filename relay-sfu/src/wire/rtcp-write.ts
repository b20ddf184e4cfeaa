/**
 * Decides: the bytes of the RTCP packets that a relay sends (RFC 3550 section 6, RFC 4585, RFC 5104).
 * Does not decide: when they are sent, and in which company.
 * Invariants: each function writes one packet at `offset` and answers where the next one may begin; the caller's array has
 * room (a report block takes 24 bytes, a feedback packet 12 and its entries).
 */
import { readUint16, readUint8, writeUint16, writeUint24, writeUint32 } from './bytes.ts'
import { rtcpFormat, rtcpType } from './rtcp.ts'
import { sequenceDistance } from './sequence.ts'

/** The largest number of blocks that the five-bit count can say. */
const reportBlocksMax = 31

function writeHeader(out: Uint8Array, offset: number, count: number, type: number, end: number): number {
  out[offset] = 0x80 | count
  out[offset + 1] = type
  writeUint16(out, offset + 2, (end - offset) / 4 - 1)
  return end
}

/** Without report blocks; `writeReportBlock` adds them. Time as in `RtcpHandler.onSenderReport`. */
export function writeSenderReport(
  out: Uint8Array,
  offset: number,
  ssrc: number,
  ntpSeconds: number,
  ntpFraction: number,
  rtpTimestamp: number,
  packetCount: number,
  octetCount: number,
): number {
  writeUint32(out, offset + 4, ssrc)
  writeUint32(out, offset + 8, ntpSeconds)
  writeUint32(out, offset + 12, ntpFraction)
  writeUint32(out, offset + 16, rtpTimestamp)
  writeUint32(out, offset + 20, packetCount)
  writeUint32(out, offset + 24, octetCount)
  return writeHeader(out, offset, 0, rtcpType.senderReport, offset + 28)
}

/** Without report blocks; `writeReportBlock` adds them. */
export function writeReceiverReport(out: Uint8Array, offset: number, ssrc: number): number {
  writeUint32(out, offset + 4, ssrc)
  return writeHeader(out, offset, 0, rtcpType.receiverReport, offset + 8)
}

/** Adds a block to the SR or RR at `reportOffset`, which ends at `offset`. A 32nd one is not written. */
export function writeReportBlock(
  out: Uint8Array,
  reportOffset: number,
  offset: number,
  ssrc: number,
  fractionLost: number,
  cumulativeLost: number,
  extendedHighest: number,
  jitter: number,
  lastSr: number,
  delaySinceLastSr: number,
): number {
  const count = readUint8(out, reportOffset) & 0x1f
  if (count === reportBlocksMax) return offset
  writeUint32(out, offset, ssrc)
  out[offset + 4] = fractionLost
  writeUint24(out, offset + 5, Math.max(-0x80_00_00, Math.min(0x7f_ff_ff, cumulativeLost)))
  writeUint32(out, offset + 8, extendedHighest)
  writeUint32(out, offset + 12, jitter)
  writeUint32(out, offset + 16, lastSr)
  writeUint32(out, offset + 20, delaySinceLastSr)
  out[reportOffset] = 0x80 | (count + 1)
  writeUint16(out, reportOffset + 2, readUint16(out, reportOffset + 2) + 6)
  return offset + 24
}

/** A source description with nothing but the CNAME, at most 255 bytes (RFC 3550, section 6.5.1). */
export function writeCname(out: Uint8Array, offset: number, ssrc: number, cname: Uint8Array): number {
  writeUint32(out, offset + 4, ssrc)
  out[offset + 8] = 1
  out[offset + 9] = cname.length
  out.set(cname, offset + 10)
  const itemsEnd = 10 + cname.length
  // One to four zeros: the end of the items and the padding of the chunk.
  const end = (itemsEnd + 4) & ~3
  out.fill(0, offset + itemsEnd, offset + end)
  return writeHeader(out, offset, 1, rtcpType.sourceDescription, offset + end)
}

export function writeBye(out: Uint8Array, offset: number, ssrc: number): number {
  writeUint32(out, offset + 4, ssrc)
  return writeHeader(out, offset, 1, rtcpType.bye, offset + 8)
}

/** Asks for the first `count` of `sequenceNumbers`, which stand in the order of their sequence (over the wrap, too). */
export function writeNack(
  out: Uint8Array,
  offset: number,
  senderSsrc: number,
  mediaSsrc: number,
  sequenceNumbers: ArrayLike<number>,
  count: number,
): number {
  writeUint32(out, offset + 4, senderSsrc)
  writeUint32(out, offset + 8, mediaSsrc)
  let end = offset + 12
  for (let index = 0; index < count;) {
    const packetId = sequenceNumbers[index] ?? 0
    let mask = 0
    for (index += 1; index < count; index += 1) {
      const after = sequenceDistance(packetId, sequenceNumbers[index] ?? 0)
      if (after < 1 || after > 16) break
      mask |= 1 << (after - 1)
    }
    writeUint16(out, end, packetId)
    writeUint16(out, end + 2, mask)
    end += 4
  }
  return writeHeader(out, offset, rtcpFormat.nack, rtcpType.transportFeedback, end)
}

export function writePli(out: Uint8Array, offset: number, senderSsrc: number, mediaSsrc: number): number {
  writeUint32(out, offset + 4, senderSsrc)
  writeUint32(out, offset + 8, mediaSsrc)
  return writeHeader(out, offset, rtcpFormat.pli, rtcpType.payloadFeedback, offset + 12)
}

/** `commandSequence` grows by one with every new request; a repeated one keeps it (RFC 5104, section 4.3.1). */
export function writeFir(
  out: Uint8Array,
  offset: number,
  senderSsrc: number,
  mediaSsrc: number,
  commandSequence: number,
): number {
  writeUint32(out, offset + 4, senderSsrc)
  writeUint32(out, offset + 8, 0)
  writeUint32(out, offset + 12, mediaSsrc)
  writeUint32(out, offset + 16, 0)
  out[offset + 16] = commandSequence
  return writeHeader(out, offset, rtcpFormat.fir, rtcpType.payloadFeedback, offset + 20)
}
