/**
 * Decides: what a publication is called on a trunk (CH2, CH4).
 * Does not decide: which publications cross (control/trunk-plan.ts), which of their layers (the wants of the other end).
 * Invariants: both ends make the same name of the same snapshot, so that nothing is announced; whatever came over another number
 * of trunks than it should has another name, and is nobody's.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { Source } from '@video-room/shared/source.ts'

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
