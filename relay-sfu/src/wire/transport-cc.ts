/**
 * Decides: the bytes of transport-wide congestion feedback, both ways
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).
 * Does not decide: which packets a report covers and when it is sent (media/), or what a sender makes of it.
 * Invariants: a packet that was not received has no delta; deltas are measured from the times already written, so that
 * rounding does not add up; a malformed report says nothing at all.
 */
import {
  readUint16,
  readUint24,
  readUint32,
  readUint8,
  writeUint16,
  writeUint24,
  writeUint32,
} from './bytes.ts'
import { rtcpFormat, rtcpType } from './rtcp.ts'

const headBytes = 20
const tickUs = 250
const referenceUs = 64_000
/** Symbols of a status: not received, received with a delta of one byte, of two; 3 is reserved. */
const lost = 0
const small = 1
const large = 2
const runMax = 0x1f_ff
const oneBitStatuses = 14
const twoBitStatuses = 7
/** What one report may cover: at 10,000 packets/s 0.8 s. More is a bomb of four bytes that costs 65,535 calls. */
const statusesMax = 8_192

/** Writes reports; keeps its scratch space between them. */
export class TransportFeedbackWriter {
  /** How many of the arrivals the last report covers; the rest goes into further ones. */
  covered = 0
  readonly #symbols = new Uint8Array(statusesMax)
  readonly #deltas = new Int16Array(statusesMax)

  /**
   * Reports the arrivals `from` (inclusive) to `to` (exclusive), the first being that of `baseSequenceNumber`: microseconds
   * of one monotonic clock, or −1 for a packet that did not come. Answers where the packet ends; it ends before
   * `out.length`, and early where a gap between two arrivals is too long for one report (8 s).
   * `mediaSsrc` must be one of the publisher's, or browsers ignore the report.
   */
  write(
    out: Uint8Array,
    offset: number,
    senderSsrc: number,
    mediaSsrc: number,
    feedbackCount: number,
    baseSequenceNumber: number,
    arrivalsUs: Float64Array,
    from: number,
    to: number,
  ): number {
    let firstUs = -1
    for (let at = from; at < to && firstUs < 0; at += 1) firstUs = arrivalsUs[at] ?? -1
    const reference = Math.floor(Math.max(0, firstUs) / referenceUs)
    const room = out.length - offset - headBytes - 3
    const count = this.#measure(arrivalsUs, from, to, reference * referenceUs, room)
    this.covered = count

    out[offset + 1] = rtcpType.transportFeedback
    writeUint32(out, offset + 4, senderSsrc)
    writeUint32(out, offset + 8, mediaSsrc)
    writeUint16(out, offset + 12, baseSequenceNumber)
    writeUint16(out, offset + 14, count)
    writeUint24(out, offset + 16, reference)
    out[offset + 19] = feedbackCount
    const end = this.#writeDeltas(out, this.#writeChunks(out, offset + headBytes, count), count)
    return finish(out, offset, end)
  }

  /** Fills symbols and deltas for as many arrivals as one report can carry; answers how many these are. */
  #measure(arrivalsUs: Float64Array, from: number, to: number, startUs: number, room: number): number {
    const count = Math.min(to - from, statusesMax)
    let writtenUs = startUs
    let deltaBytes = 0
    for (let index = 0; index < count; index += 1) {
      const arrivalUs = arrivalsUs[from + index] ?? -1
      const ticks = arrivalUs < 0 ? 0 : Math.round((arrivalUs - writtenUs) / tickUs)
      const symbol = arrivalUs < 0 ? lost : ticks >= 0 && ticks <= 0xff ? small : large
      deltaBytes += symbol
      // A chunk covers seven statuses at least, but for the last one.
      const chunkBytes = 2 * Math.ceil((index + 1) / twoBitStatuses)
      if (deltaBytes + chunkBytes > room || ticks > 0x7f_ff || ticks < -0x80_00) return index
      this.#symbols[index] = symbol
      this.#deltas[index] = ticks
      writtenUs += ticks * tickUs
    }
    return count
  }

  #writeChunks(out: Uint8Array, offset: number, count: number): number {
    let end = offset
    for (let index = 0; index < count; end += 2) {
      const symbol = this.#symbols[index] ?? lost
      let run = 1
      while (run < runMax && index + run < count && this.#symbols[index + run] === symbol) run += 1
      const isLast = index + run === count
      const isOneBit = run < oneBitStatuses && !this.#hasLarge(index, Math.min(count, index + oneBitStatuses))
      if (isLast || run >= oneBitStatuses || (run >= twoBitStatuses && !isOneBit)) {
        writeUint16(out, end, (symbol << 13) | run)
        index += run
      } else {
        const capacity = isOneBit ? oneBitStatuses : twoBitStatuses
        writeUint16(out, end, this.#vector(index, Math.min(count, index + capacity), isOneBit))
        index += capacity
      }
    }
    return end
  }

  #hasLarge(from: number, to: number): boolean {
    for (let index = from; index < to; index += 1) if (this.#symbols[index] === large) return true
    return false
  }

  #vector(from: number, to: number, isOneBit: boolean): number {
    let chunk = isOneBit ? 0x80_00 : 0xc0_00
    for (let index = from; index < to; index += 1) {
      const shift = isOneBit ? 13 - (index - from) : 12 - 2 * (index - from)
      chunk |= (this.#symbols[index] ?? lost) << shift
    }
    return chunk
  }

  #writeDeltas(out: Uint8Array, offset: number, count: number): number {
    let end = offset
    for (let index = 0; index < count; index += 1) {
      const delta = this.#deltas[index] ?? 0
      if (this.#symbols[index] === small) out[end] = delta
      else if (this.#symbols[index] === large) writeUint16(out, end, delta)
      end += this.#symbols[index] ?? 0
    }
    return end
  }
}

/** Pads to a word as libwebrtc does: the padding bit, even for one byte, and its count last. */
function finish(out: Uint8Array, offset: number, unpaddedEnd: number): number {
  const padding = -(unpaddedEnd - offset) & 3
  const end = unpaddedEnd + padding
  out.fill(0, unpaddedEnd, end)
  if (padding > 0) out[end - 1] = padding
  out[offset] = 0x80 | (padding > 0 ? 0x20 : 0) | rtcpFormat.transportCc
  writeUint16(out, offset + 2, (end - offset) / 4 - 1)
  return end
}

export interface TransportFeedbackHandler {
  /** First. `referenceTimeUs` is of the far end's clock and wraps (24 bits, signed, of 64 ms). */
  onFeedback(
    mediaSsrc: number,
    feedbackCount: number,
    baseSequenceNumber: number,
    statusCount: number,
    referenceTimeUs: number,
  ): void
  /** Then each packet. `deltaUs`: since the packet received before it, or since the reference time; 0 for one not received. */
  onPacketStatus(sequenceNumber: number, isReceived: boolean, deltaUs: number): void
}

/** Reads one packet, as `RtcpHandler.onTransportFeedback` hands it on. False: malformed, and nothing was told. */
export function readTransportFeedback(
  bytes: Uint8Array,
  offset: number,
  length: number,
  handler: TransportFeedbackHandler,
): boolean {
  const end = offset + length
  if (length < headBytes || end > bytes.length) return false
  const baseSequenceNumber = readUint16(bytes, offset + 12)
  const statusCount = readUint16(bytes, offset + 14)
  let delta = deltasOffset(bytes, offset + headBytes, end, statusCount)
  if (delta === -1) return false

  const referenceTimeUs = ((readUint24(bytes, offset + 16) << 8) >> 8) * referenceUs
  handler.onFeedback(
    readUint32(bytes, offset + 8),
    readUint8(bytes, offset + 19),
    baseSequenceNumber,
    statusCount,
    referenceTimeUs,
  )
  let index = 0
  for (let at = offset + headBytes; index < statusCount; at += 2) {
    const chunk = readUint16(bytes, at)
    const chunkEnd = Math.min(statusCount, index + statusesOf(chunk))
    for (let inChunk = 0; index < chunkEnd; inChunk += 1, index += 1) {
      const symbol = symbolOf(chunk, inChunk)
      const ticks =
        symbol === small
          ? readUint8(bytes, delta)
          : symbol === large
            ? (readUint16(bytes, delta) << 16) >> 16
            : 0
      delta += symbol
      handler.onPacketStatus((baseSequenceNumber + index) & 0xff_ff, symbol !== lost, ticks * tickUs)
    }
  }
  return true
}

const isVector = (chunk: number): boolean => (chunk & 0x80_00) !== 0
const isOneBitVector = (chunk: number): boolean => (chunk & 0xc0_00) === 0x80_00

const statusesOf = (chunk: number): number =>
  isVector(chunk) ? (isOneBitVector(chunk) ? oneBitStatuses : twoBitStatuses) : chunk & runMax

function symbolOf(chunk: number, inChunk: number): number {
  if (!isVector(chunk)) return (chunk >>> 13) & 3
  return isOneBitVector(chunk) ? (chunk >>> (13 - inChunk)) & 1 : (chunk >>> (12 - 2 * inChunk)) & 3
}

/** Where the deltas begin; −1: chunks or deltas are missing, a symbol is reserved, or it is too much. */
function deltasOffset(bytes: Uint8Array, chunks: number, end: number, statusCount: number): number {
  if (statusCount > statusesMax) return -1
  let at = chunks
  let deltaBytes = 0
  for (let index = 0; index < statusCount; at += 2) {
    if (at + 2 > end) return -1
    const chunk = readUint16(bytes, at)
    const chunkEnd = Math.min(statusCount, index + statusesOf(chunk))
    for (let inChunk = 0; index < chunkEnd; inChunk += 1, index += 1) {
      const symbol = symbolOf(chunk, inChunk)
      if (symbol > large) return -1
      deltaBytes += symbol
    }
  }
  return at + deltaBytes > end ? -1 : at
}
