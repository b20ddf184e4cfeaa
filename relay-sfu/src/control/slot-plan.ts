/**
 * Decides: which publication each slot of one viewer carries (RL7).
 * Does not decide: which publications there are for this viewer, nor what is sent of them (link-orders.ts).
 * Invariants: no slot carries two publications and none is carried twice; the kind fits; a publication keeps its slot as long
 * as both exist, unless slots are short and one of higher precedence has none; the same plan again changes nothing.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { Want } from '@video-room/shared/protocol/relay-signal.ts'
import { kindOf, type MediaKind, type Source } from '@video-room/shared/source.ts'

/** A receiving section of the viewer's link. */
export interface Slot {
  /** Of its m-line. */
  readonly index: number
  readonly kind: MediaKind
}

export interface PublicationName {
  readonly occupantId: OccupantId
  readonly source: Source
}

export interface Placement extends PublicationName {
  readonly slot: number
}

export interface SlotQuestion {
  readonly slots: readonly Slot[]
  /** The others', in order of arrival. */
  readonly publications: readonly PublicationName[]
  /** Null: the viewer has not said; everything counts as wanted. */
  readonly wants: readonly Want[] | null
  /** The plan so far. */
  readonly before: readonly Placement[]
}

/** When slots are short: what is shown to all goes before faces, voices before the sound of a film. */
const precedence: Readonly<Record<Source, number>> = {
  screen: 0,
  camera: 1,
  microphone: 0,
  'screen-audio': 1,
}

/** What is heard and seen together belongs into slots of one stream, which browsers play in time. */
const partnerOf: Readonly<Record<Source, Source>> = {
  microphone: 'camera',
  camera: 'microphone',
  screen: 'screen-audio',
  'screen-audio': 'screen',
}

export const isSame = (a: PublicationName, b: PublicationName): boolean =>
  a.occupantId === b.occupantId && a.source === b.source

export const isWanted = (wants: readonly Want[] | null, name: PublicationName): boolean =>
  wants === null || wants.some((want) => isSame(want, name))

/** Indexes of the slots of each kind: the k-th of either are of one stream (RL7). */
type Lanes = Readonly<Record<MediaKind, readonly number[]>>

/** The plan, in the order of the slots. */
export function planSlots(question: SlotQuestion): readonly Placement[] {
  const { slots, publications, wants, before } = question
  const indexesOf = (kind: MediaKind): readonly number[] =>
    slots.filter((slot) => slot.kind === kind).map((slot) => slot.index)
  const lanes: Lanes = { audio: indexesOf('audio'), video: indexesOf('video') }
  /** Smaller goes first. */
  const rankOf = (name: PublicationName): number => (isWanted(wants, name) ? 0 : 2) + precedence[name.source]
  const placed = before.filter(
    (placement) =>
      lanes[kindOf[placement.source]].includes(placement.slot) &&
      publications.some((one) => isSame(one, placement)),
  )
  const waiting = publications
    .filter((one) => !placed.some((placement) => isSame(one, placement)))
    .toSorted((a, b) => rankOf(a) - rankOf(b))
  for (const { occupantId, source } of waiting) {
    const name = { occupantId, source }
    const free = freeSlotFor(name, lanes, placed)
    if (free !== undefined) {
      placed.push({ ...name, slot: free })
      continue
    }
    // The one that matters least makes room, but never for its equal.
    const least = placed
      .filter((one) => kindOf[one.source] === kindOf[source])
      .toSorted((a, b) => rankOf(b) - rankOf(a))[0]
    if (least === undefined || rankOf(least) <= rankOf(name)) continue
    placed[placed.indexOf(least)] = { ...name, slot: least.slot }
  }
  return placed.toSorted((a, b) => a.slot - b.slot)
}

/** Beside its partner; else where nobody stands on the other side, so that the partner finds its place; else anywhere. */
function freeSlotFor(name: PublicationName, lanes: Lanes, placed: readonly Placement[]): number | undefined {
  const isTaken = (index: number | undefined): boolean => placed.some(({ slot }) => slot === index)
  const kind = kindOf[name.source]
  const others = lanes[kind === 'audio' ? 'video' : 'audio']
  const partner = placed.find((one) =>
    isSame(one, { occupantId: name.occupantId, source: partnerOf[name.source] }),
  )
  const beside = partner === undefined ? undefined : lanes[kind][others.indexOf(partner.slot)]
  if (beside !== undefined && !isTaken(beside)) return beside
  const free = lanes[kind].filter((index) => !isTaken(index))
  return free.find((index) => !isTaken(others[lanes[kind].indexOf(index)])) ?? free[0]
}
