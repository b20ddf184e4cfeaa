/**
 * Decides: what of a packet its way through the relay depends on; used again for every packet.
 * Does not decide: where it goes.
 * Invariants: `payload` is a window onto the received bytes or onto a history, valid until the next packet.
 */
import { readUint16, readUint24 } from '../wire/bytes.ts'
import type { CodecName } from '@video-room/shared/sdp/facts.ts'
import { isKeyFrame } from '../wire/codecs.ts'
import { Vp8Descriptor } from '../wire/vp8.ts'

const noBytes = new Uint8Array(0)

export class MediaPacket {
  extendedSequence = 0
  timestamp = 0
  marker = false
  /** RFC 6464; −1: it does not say. */
  audioLevel = -1
  payload: Uint8Array = noBytes
  /** A viewer may begin here: the first packet of a key frame, or any packet of audio. */
  isStart = false
  /** It fills a hole: later packets of the layer came before it. */
  isLate = false
  /** Whether `vp8` holds this packet's descriptor; its offsets count from the begin of the payload. */
  isVp8 = false
  readonly vp8 = new Vp8Descriptor()

  setPayload(codec: CodecName, payload: Uint8Array): void {
    this.payload = payload
    this.isVp8 = codec === 'vp8' && this.vp8.set(payload, 0, payload.length)
    this.isStart =
      codec === 'vp8' ? this.isVp8 && this.vp8.isKeyFrame : isKeyFrame(codec, payload, 0, payload.length)
  }
}

/** The width that a key frame of VP8 says (RFC 6386, section 9.1), or 0. */
export function vp8WidthPx(payload: Uint8Array, descriptor: Vp8Descriptor): number {
  const startCode = descriptor.dataOffset + 3
  if (!descriptor.isKeyFrame || startCode + 7 > payload.length) return 0
  if (readUint24(payload, startCode) !== 0x9d_01_2a) return 0
  const littleEndian = readUint16(payload, startCode + 3)
  return (((littleEndian & 0xff) << 8) | (littleEndian >>> 8)) & 0x3f_ff
}
