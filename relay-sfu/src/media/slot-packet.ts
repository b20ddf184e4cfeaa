/**
 * Decides: the bytes of a packet as it leaves a slot: header, allowed extensions, the payload with its numbers put right.
 * Does not decide: which numbers these are (rtp-munger.ts, vp8-munger.ts).
 * Invariants: nothing of the publisher's header passes but marker and audio level; the payload is copied once.
 */
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { readUint8, writeUint16 } from '../wire/bytes.ts'
import { absSendTime, ExtensionWriter } from '../wire/header-extensions.ts'
import { rtpHeaderBytes, writeRtpHeader } from '../wire/rtp.ts'
import type { MediaPacket } from './media-packet.ts'
import { srtpOverheadBytes } from './ports.ts'
import type { Vp8Munger } from './vp8-munger.ts'

/** The largest block of ours: on a trunk MID, RID and transport-wide number, padded; to a viewer 16 at most. */
const extensionsMaxBytes = 28
/** RFC 4588, section 4: the original sequence number. And one byte by which a 7-bit picture id grows. */
const growthMaxBytes = 3
/** Ids above 14 need the two-byte form (RFC 8285, section 4.3). */
const oneByteIdMax = 14

const writer = new ExtensionWriter()
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.codePointAt(0) ?? 0)

/** What a packet says of itself: its section and layer (RFC 8852, RFC 9143). Viewers know a slot by its SSRC. */
interface PacketNames {
  readonly midId: number
  readonly mid: Uint8Array
  /** 0: there are no layers. */
  readonly ridId: number
  readonly rid: Uint8Array
}

/** What a slot may carry of header extensions, by the receiver's ids; 0: it did not accept it. */
export interface SlotExtensions {
  readonly names: PacketNames | null
  readonly audioLevelId: number
  readonly transportId: number
  readonly sendTimeId: number
  readonly isTwoByte: boolean
}

/** `rid`: the layer that a stream of a trunk is bound to; null: it is a viewer's. */
export function slotExtensions(section: SectionFacts, rid: string | null, isRepair: boolean): SlotExtensions {
  const audioLevelId = section.extensions['audio-level'] ?? 0
  const transportId = section.extensions['transport-wide-cc'] ?? 0
  const sendTimeId = section.extensions['abs-send-time'] ?? 0
  const isTwoByte = Math.max(audioLevelId, transportId, sendTimeId) > oneByteIdMax
  return { names: namesOf(section, rid, isRepair), audioLevelId, transportId, sendTimeId, isTwoByte }
}

function namesOf(
  { mid, extensions }: SectionFacts,
  rid: string | null,
  isRepair: boolean,
): PacketNames | null {
  if (rid === null) return null
  const ridId = extensions[isRepair ? 'repaired-rid' : 'rid'] ?? 0
  return { midId: extensions.mid ?? 0, mid: bytesOf(mid), ridId, rid: bytesOf(rid) }
}

export const fitsSlot = (packet: MediaPacket, slot: Uint8Array): boolean =>
  rtpHeaderBytes + extensionsMaxBytes + growthMaxBytes + packet.payload.length + srtpOverheadBytes <=
  slot.length

/** Writes the header with its extensions; answers where the payload begins. */
export function writeSlotHeader(
  slot: Uint8Array,
  packet: MediaPacket,
  extensions: SlotExtensions,
  transportSequence: number,
  marker: boolean,
  payloadType: number,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
  nowMs: number,
): number {
  const at = writeRtpHeader(slot, marker, payloadType, sequenceNumber, timestamp, ssrc)
  const { names, audioLevelId, transportId, sendTimeId, isTwoByte } = extensions
  const hasLevel = audioLevelId !== 0 && packet.audioLevel !== -1
  if (!names && !hasLevel && transportId === 0 && sendTimeId === 0) return at
  writer.begin(slot, at, isTwoByte)
  if (names) {
    writer.addBytes(names.midId, names.mid)
    if (names.ridId !== 0) writer.addBytes(names.ridId, names.rid)
  }
  if (hasLevel) writer.addUint8(audioLevelId, packet.audioLevel)
  if (transportId !== 0) writer.addUint16(transportId, transportSequence)
  if (sendTimeId !== 0) writer.addUint24(sendTimeId, absSendTime(nowMs))
  return writer.end()
}

/** Copies the payload to `offset`, VP8 with the slot's own picture numbers; answers where it ends. */
export function writeSlotPayload(
  slot: Uint8Array,
  offset: number,
  packet: MediaPacket,
  munger: Vp8Munger,
): number {
  const { payload, vp8 } = packet
  if (!packet.isVp8 || vp8.pictureIdOffset === -1) {
    slot.set(payload, offset)
    if (packet.isVp8) writeTl0(slot, offset, packet, munger)
    return offset + payload.length
  }
  const widenedBytes = vp8.pictureIdBits === 7 ? 1 : 0
  slot.set(payload, offset + widenedBytes)
  if (widenedBytes === 1) {
    for (let at = 0; at < vp8.pictureIdOffset; at += 1) slot[offset + at] = readUint8(payload, at)
  }
  const pictureId = munger.pictureId(vp8.pictureId, vp8.pictureIdBits)
  // RFC 7741, section 4.2: the M bit says that 15 bits follow.
  writeUint16(slot, offset + vp8.pictureIdOffset, 0x80_00 | pictureId)
  writeTl0(slot, offset + widenedBytes, packet, munger)
  return offset + widenedBytes + payload.length
}

function writeTl0(slot: Uint8Array, offset: number, { vp8 }: MediaPacket, munger: Vp8Munger): void {
  if (vp8.tl0PictureIndexOffset === -1) return
  slot[offset + vp8.tl0PictureIndexOffset] = munger.tl0PictureIndex(vp8.tl0PictureIndex)
}
