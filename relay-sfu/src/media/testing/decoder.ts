/** Says what a decoder would find wrong with a row of video packets. */
import { timestampDistance } from '../../wire/sequence.ts'
import { readVp8Payload, type ReceivedVideo } from './synthetic-media.ts'
import type { SeenPacket } from './synthetic-viewer.ts'

export interface Picture extends ReceivedVideo {
  readonly timestamp: number
  /** When its last packet was there. */
  readonly atMs: number
  readonly isWhole: boolean
}

export interface Decoded {
  readonly problems: readonly string[]
  /** Those that can be shown. */
  readonly pictures: readonly Picture[]
}

/** `row` in the order of its numbers. The last picture may still be under way and is left out. */
export function decode(row: readonly SeenPacket[]): Decoded {
  const pictures = picturesOf(row)
  const problems = [...holesOf(row), ...pictures.flatMap((picture, at) => problemsOf(picture, pictures, at))]
  return { problems, pictures: pictures.filter(({ isWhole }) => isWhole) }
}

function holesOf(row: readonly SeenPacket[]): readonly string[] {
  return row.flatMap(({ sequence, atMs }, at) => {
    const missing = sequence - (row[at - 1]?.sequence ?? sequence - 1) - 1
    return missing === 0 ? [] : [`hole of ${missing} before ${sequence} (${atMs} ms)`]
  })
}

function picturesOf(row: readonly SeenPacket[]): readonly Picture[] {
  const groups: SeenPacket[][] = []
  for (const packet of row) {
    // A filler.
    if (packet.payload.length === 0) continue
    const open = groups.at(-1)
    if (open?.[0]?.timestamp === packet.timestamp) open.push(packet)
    else groups.push([packet])
  }
  return groups.slice(0, -1).map((parts) => pictureOf(parts))
}

function pictureOf(parts: readonly SeenPacket[]): Picture {
  const tags = parts.map(({ payload }) => readVp8Payload(payload))
  const [first] = tags
  if (!first) throw new Error('a group has a packet')
  const isWhole =
    tags.length === first.packets &&
    tags.every(
      (tag, index) => tag.packet === index && tag.frame === first.frame && tag.pictureId === first.pictureId,
    )
  const atMs = Math.max(...parts.map((part) => part.atMs))
  return { ...first, timestamp: parts[0]?.timestamp ?? 0, atMs, isWhole }
}

function problemsOf(picture: Picture, all: readonly Picture[], at: number): readonly string[] {
  const problems: string[] = []
  const { publisher, layer, frame, pictureId, tl0, isKey, isWhole, timestamp, atMs } = picture
  const name = `picture ${pictureId} (publisher ${publisher}, layer ${layer}, ${atMs} ms)`
  const before = all[at - 1]
  const after = all[at + 1]
  // A picture that a switch cut off is not shown, and nothing refers to it.
  const isCutOff = after?.isKey === true && (after.layer !== layer || after.publisher !== publisher)
  if (!isWhole && !isCutOff) problems.push(`${name} is not whole`)
  if (!before) return isKey ? problems : [...problems, `${name} begins without a key frame`]
  if (timestampDistance(before.timestamp, timestamp) <= 0) problems.push(`${name} goes back in time`)
  if (pictureId !== ((before.pictureId + 1) & 0x7f_ff)) problems.push(`${name} follows ${before.pictureId}`)
  if (tl0 !== ((before.tl0 + 1) & 0xff)) problems.push(`${name} has TL0PICIDX ${tl0} after ${before.tl0}`)
  const continues = publisher === before.publisher && layer === before.layer && frame === before.frame + 1
  if (!continues && !isKey) problems.push(`${name} does not follow frame ${before.frame} of ${before.layer}`)
  return problems
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
