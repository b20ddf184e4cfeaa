/**
 * Decides: what a publication is called on a trunk (CH2, CH4), and in which form it crosses.
 * Does not decide: which publications cross (control/trunk-plan.ts), which of their layers (the wants of the other end).
 * Invariants: both ends make the same name of the same snapshot, so that nothing is announced; whatever came over another number
 * of trunks than it should has another name, and is nobody's. The form is the same for all: what a browser negotiates is not
 * known at the other end.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { CodecFacts, SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { kindOf, type MediaKind, type Source } from '@video-room/shared/source.ts'

const letters: Readonly<Record<Source, string>> = {
  microphone: 'm',
  camera: 'c',
  screen: 's',
  'screen-audio': 'a',
}

/** Of an id's 16 random characters; 84 bits tell those of one room apart, and 16 bytes are all that a MID may have (RFC 8285, 4.2). */
const idLength = 14

/**
 * The MID of an occupant's source on a trunk that is its `hops`th: `1cV1StGXR8_Z5jdH`. 16 characters.
 */
export const trunkMid = (occupantId: OccupantId, source: Source, hops: number): string =>
  `${hops}${letters[source]}${occupantId.slice(2, 2 + idLength)}`

/** A publication without layers crosses as the first of them. */
const trunkRids: Readonly<Record<MediaKind, readonly string[]>> = { audio: [], video: ['f', 'h', 'q'] }

const trunkCodecs: Readonly<Record<MediaKind, readonly CodecFacts[]>> = {
  audio: [{ name: 'opus', payloadType: 111, rtxPayloadType: null }],
  video: [
    { name: 'vp8', payloadType: 96, rtxPayloadType: 97 },
    { name: 'vp9', payloadType: 98, rtxPayloadType: 99 },
    { name: 'h264', payloadType: 102, rtxPayloadType: 103 },
    { name: 'av1', payloadType: 45, rtxPayloadType: 46 },
  ],
}

/** One row of numbers for all that a trunk carries, whichever section it is of. */
export const trunkTransportId = 5

/** All below 15, so that headers have the shorter form (RFC 8285, section 4.2). */
const trunkExtensions: Readonly<Record<MediaKind, SectionFacts['extensions']>> = {
  audio: { mid: 1, 'audio-level': 4, 'transport-wide-cc': trunkTransportId },
  video: { mid: 1, rid: 2, 'repaired-rid': 3, 'transport-wide-cc': trunkTransportId },
}

/** The section of a publication at either end: `send` is what the other relay sends. */
export function trunkSection(mid: string, source: Source, direction: 'send' | 'receive'): SectionFacts {
  const kind = kindOf[source]
  return {
    mid,
    kind,
    direction,
    source: direction === 'send' ? source : null,
    codecs: [...trunkCodecs[kind]],
    extensions: trunkExtensions[kind],
    rids: [...trunkRids[kind]],
  }
}

/** A section of video has a stream for each layer, one of audio a single one. */
export const trunkStreamsOf = (source: Source): number => Math.max(1, trunkRids[kindOf[source]].length)

/**
 * The SSRC of the `serial`th stream of a trunk; its RTX has the next one. Names say what it is, so any number will do: one that
 * was never used before, since a row that began anew under old keys would repeat its indices (RFC 3711, section 9.1).
 */
export const trunkSsrc = (serial: number): number => (0x54_00_00_00 + 2 * serial) >>> 0
