/** Packets as encoders make them: VP8 with real descriptors and frame headers, Opus as bytes; each says what it is. */
import { readUint32, readUint8, writeUint16, writeUint32 } from '../../wire/bytes.ts'
import { Vp8Descriptor } from '../../wire/vp8.ts'

/** What a packet of synthetic video says of itself; `publisher` tells sources apart. */
export interface VideoTag {
  readonly publisher: number
  readonly layer: number
  readonly frame: number
  readonly packet: number
  readonly packets: number
  readonly isKey: boolean
}

const frameHeaderBytes = 10
const tagBytes = 12

/** RFC 7741, section 4.2, with all optional fields, and RFC 6386, section 9.1. */
export function vp8Payload(
  tag: VideoTag,
  pictureId: number,
  pictureIdBits: 7 | 15,
  tl0: number,
  widthPx: number,
  bytes: number,
): Uint8Array {
  const idBytes = pictureIdBits === 15 ? 2 : 1
  const data = 2 + idBytes + 2
  const payload = new Uint8Array(data + Math.max(bytes, frameHeaderBytes + tagBytes)).fill(0xa5)
  payload[0] = 0x80 | (tag.packet === 0 ? 0x10 : 0)
  payload[1] = 0xe0
  if (pictureIdBits === 15) writeUint16(payload, 2, 0x80_00 | (pictureId & 0x7f_ff))
  else payload[2] = pictureId & 0x7f
  payload[2 + idBytes] = tl0
  payload[3 + idBytes] = 0
  // The P bit is 0 for a key frame.
  payload[data] = tag.isKey ? 0 : 1
  if (tag.isKey && tag.packet === 0) {
    payload.set([0x9d, 0x01, 0x2a, widthPx & 0xff, widthPx >>> 8, 0x1c, 0x02], data + 3)
  }
  const at = data + frameHeaderBytes
  payload[at] = tag.publisher
  payload[at + 1] = tag.layer
  writeUint32(payload, at + 2, tag.frame)
  payload[at + 6] = tag.packet
  payload[at + 7] = tag.packets
  payload[at + 8] = tag.isKey ? 1 : 0
  return payload
}

export interface ReceivedVideo extends VideoTag {
  readonly pictureId: number
  readonly pictureIdBits: number
  readonly tl0: number
}

export function readVp8Payload(payload: Uint8Array): ReceivedVideo {
  const descriptor = new Vp8Descriptor()
  if (!descriptor.set(payload, 0, payload.length)) throw new Error('the relay broke a descriptor')
  const at = descriptor.dataOffset + frameHeaderBytes
  return {
    publisher: readUint8(payload, at),
    layer: readUint8(payload, at + 1),
    frame: readUint32(payload, at + 2),
    packet: readUint8(payload, at + 6),
    packets: readUint8(payload, at + 7),
    isKey: readUint8(payload, at + 8) === 1,
    pictureId: descriptor.pictureId,
    pictureIdBits: descriptor.pictureIdBits,
    tl0: descriptor.tl0PictureIndex,
  }
}

export function opusPayload(publisher: number, frame: number): Uint8Array {
  const payload = new Uint8Array(80).fill(0x5a)
  payload[0] = publisher
  writeUint32(payload, 1, frame)
  return payload
}

export const readOpusPayload = (
  payload: Uint8Array,
): { readonly publisher: number; readonly frame: number } => ({
  publisher: readUint8(payload, 0),
  frame: readUint32(payload, 1),
})
