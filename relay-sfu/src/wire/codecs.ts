/**
 * Decides: whether a receiver can begin with a packet.
 * Does not decide: what a payload type means; that stands in the facts. RED and ULPFEC are not negotiated: a packet with
 * their payload types is one of an unknown type, which media/ refuses.
 * Invariants: never throws; reads nothing outside of the payload.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import type { CodecName } from '@video-room/shared/sdp/facts.ts'
import { isAv1KeyFrame } from './av1.ts'
import { isH264KeyFrame } from './h264.ts'
import { Vp8Descriptor } from './vp8.ts'
import { isVp9KeyFrame } from './vp9.ts'

const vp8 = new Vp8Descriptor()

/** For the payload of `length` bytes at `offset`: the first packet of a key frame. Of Opus, every packet with sound in it. */
export function isKeyFrame(codec: CodecName, bytes: Uint8Array, offset: number, length: number): boolean {
  if (offset + length > bytes.length) return false
  switch (codec) {
    case 'opus':
      return length > 0
    case 'vp8':
      return vp8.set(bytes, offset, length) && vp8.isKeyFrame
    case 'vp9':
      return isVp9KeyFrame(bytes, offset, length)
    case 'h264':
      return isH264KeyFrame(bytes, offset, length)
    case 'av1':
      return isAv1KeyFrame(bytes, offset, length)
    default:
      return assertNever(codec)
  }
}
