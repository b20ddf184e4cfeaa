/**
 * Decides: how a packet is put into a retransmission and taken out of it (RFC 4588, section 4).
 * Does not decide: what is retransmitted, and which SSRC repairs which.
 * Invariants: allocates nothing; the original's marker, timestamp, header extensions and payload are kept.
 */
import { readUint16, writeUint16, writeUint32 } from './bytes.ts'
import type { RtpView } from './rtp.ts'

const originalSequenceBytes = 2

/**
 * Turns the packet in the view back into the original, in place, as part of stream `ssrc`. Answers its length; −1: it holds
 * none (browsers probe with empty ones). The view must be set anew.
 */
export function unwrapRtx(view: RtpView, payloadType: number, ssrc: number): number {
  if (view.payloadLength < originalSequenceBytes) return -1
  const { bytes, payloadOffset, length } = view
  bytes[1] = (view.marker ? 0x80 : 0) | payloadType
  writeUint16(bytes, 2, readUint16(bytes, payloadOffset))
  writeUint32(bytes, 8, ssrc)
  bytes.copyWithin(payloadOffset, payloadOffset + originalSequenceBytes, length)
  return length - originalSequenceBytes
}

/** Writes the packet in the view, without its padding, as a retransmission. Answers its length; −1: `out` is too short. */
export function wrapRtx(
  out: Uint8Array,
  view: RtpView,
  payloadType: number,
  sequenceNumber: number,
  ssrc: number,
): number {
  const { bytes, payloadOffset, payloadLength } = view
  const payloadStart = payloadOffset + originalSequenceBytes
  if (payloadStart + payloadLength > out.length) return -1
  for (let at = 0; at < payloadOffset; at += 1) out[at] = bytes[at] ?? 0
  for (let at = 0; at < payloadLength; at += 1) out[payloadStart + at] = bytes[payloadOffset + at] ?? 0
  out[0] = (out[0] ?? 0) & ~0x20
  out[1] = (view.marker ? 0x80 : 0) | payloadType
  writeUint16(out, 2, sequenceNumber)
  writeUint32(out, 8, ssrc)
  writeUint16(out, payloadOffset, view.sequenceNumber)
  return payloadStart + payloadLength
}
