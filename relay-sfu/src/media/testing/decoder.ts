/** Says what a decoder would find wrong with a row of video packets. */
import { timestampDistance } from '../../wire/sequence.ts'
import { readVp8Payload, type ReceivedVideo } from './synthetic-media.ts'
import type { SeenPacket } from './synthetic-viewer.ts'

export interface Picture extends ReceivedVideo {
  readonly timestamp: number
  /** When its last packet was there. */
  readonly atMs: number
}

export interface Verdict {
  readonly problems: readonly string[]
  readonly pictures: readonly Picture[]
}

/** `row` in the order of its numbers. The last picture may still be under way and is left out. */
export function decode(row: readonly SeenPacket[]): Verdict {
  const problems: string[] = []
  const pictures: Picture[] = []
  let parts: SeenPacket[] = []
  let before: SeenPacket | null = null
  for (const packet of row) {
    if (before && packet.sequence !== before.sequence + 1) {
      problems.push(
        `hole of ${packet.sequence - before.sequence - 1} at ${before.sequence} (${before.atMs} ms)`,
      )
    }
    before = packet
    // A filler.
    if (packet.payload.length === 0) continue
    if (parts.length > 0 && parts[0]?.timestamp !== packet.timestamp) {
      finish(parts, pictures, problems)
      parts = []
    }
    parts.push(packet)
  }
  return { problems, pictures }
}

function finish(parts: readonly SeenPacket[], pictures: Picture[], problems: string[]): void {
  const tags = parts.map(({ payload }) => readVp8Payload(payload))
  const [first] = tags
  const [begin] = parts
  if (!first || !begin) return
  const at = `picture ${first.pictureId} (publisher ${first.publisher}, layer ${first.layer}, ${begin.atMs} ms)`
  const isWhole =
    tags.length === first.packets &&
    tags.every(
      (tag, index) => tag.packet === index && tag.frame === first.frame && tag.pictureId === first.pictureId,
    )
  if (!isWhole)
    problems.push(`${at} is not whole: ${tags.map(({ frame, packet }) => `${frame}/${packet}`).join()}`)
  const last = pictures.at(-1)
  if (!last) {
    if (!first.isKey) problems.push(`${at} begins without a key frame`)
  } else {
    if (timestampDistance(last.timestamp, begin.timestamp) <= 0) problems.push(`${at} goes back in time`)
    if (first.pictureId !== ((last.pictureId + 1) & 0x7f_ff)) problems.push(`${at} follows ${last.pictureId}`)
    if (first.tl0 !== ((last.tl0 + 1) & 0xff))
      problems.push(`${at} has TL0PICIDX ${first.tl0} after ${last.tl0}`)
    const continues =
      first.publisher === last.publisher && first.layer === last.layer && first.frame === last.frame + 1
    if (!continues && !first.isKey)
      problems.push(`${at} does not follow frame ${last.frame} of layer ${last.layer}`)
  }
  pictures.push({ ...first, timestamp: begin.timestamp, atMs: Math.max(...parts.map(({ atMs }) => atMs)) })
}

/** The longest time between two pictures that could be shown. */
export function longestGapMs(pictures: readonly Picture[]): number {
  let shownMs = pictures[0]?.atMs ?? 0
  let longest = 0
  for (const { atMs } of pictures) {
    longest = Math.max(longest, atMs - shownMs)
    shownMs = Math.max(shownMs, atMs)
  }
  return longest
}
