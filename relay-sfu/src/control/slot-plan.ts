/**
 * Decides: which publication each slot of one viewer carries (RL7).
 * Does not decide: which publications there are for this viewer, nor what is sent of them (link-orders.ts).
 * Invariants: no slot carries two publications and none is carried twice; the kind fits; a publication keeps its slot as long
 * as both exist, unless slots are short and one of higher precedence has none; the same plan again changes nothing; what is
 * seen and heard together goes into slots that are played together, as far as there are such.
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

export const isSame = (a: PublicationName, b: PublicationName): boolean =>
  a.occupantId === b.occupantId && a.source === b.source

export const isWanted = (wants: readonly Want[] | null, name: PublicationName): boolean =>
  wants === null || wants.some((want) => isSame(want, name))

/** What belongs together for eyes and ears. */
const twinOf: Readonly<Record<Source, Source>> = {
  microphone: 'camera',
  camera: 'microphone',
  screen: 'screen-audio',
  'screen-audio': 'screen',
}

/** The plan, in the order of the slots. */
export function planSlots(question: SlotQuestion): readonly Placement[] {
  const audio = planKind('audio', question, question.before)
  const video = planKind('video', question, audio)
  return [...audio, ...video].toSorted((a, b) => a.slot - b.slot)
}

/** The slot of the other kind that is played in time with this one (RL7): the k-th of each. */
function partnerOf(slots: readonly Slot[], index: number): number | undefined {
  const kind = slots.find((slot) => slot.index === index)?.kind
  const own = slots.filter((slot) => slot.kind === kind)
  const others = slots.filter((slot) => slot.kind !== kind)
  return others[own.findIndex((slot) => slot.index === index)]?.index
}

/** `others`: what the slots of the other kind carry. */
function planKind(
  kind: MediaKind,
  question: SlotQuestion,
  others: readonly Placement[],
): readonly Placement[] {
  const { wants } = question
  /** Smaller is better: beside the twin, beside nothing, beside somebody else. */
  const fitOf = (index: number, { occupantId, source }: PublicationName): number => {
    const partner = partnerOf(question.slots, index)
    const beside = others.find(({ slot }) => slot === partner)
    if (beside === undefined) return 1
    return isSame(beside, { occupantId, source: twinOf[source] }) ? 0 : 2
  }
  /** Smaller goes first. */
  const rankOf = (name: PublicationName): number => (isWanted(wants, name) ? 0 : 2) + precedence[name.source]
  const publications = question.publications.filter(({ source }) => kindOf[source] === kind)
  const indexes = question.slots.filter((slot) => slot.kind === kind).map((slot) => slot.index)
  const placed = question.before.filter(
    (placement) => indexes.includes(placement.slot) && publications.some((one) => isSame(one, placement)),
  )
  const waiting = publications
    .filter((one) => !placed.some((placement) => isSame(one, placement)))
    .toSorted((a, b) => rankOf(a) - rankOf(b))
  for (const { occupantId, source } of waiting) {
    const name = { occupantId, source }
    const [free] = indexes
      .filter((index) => !placed.some((placement) => placement.slot === index))
      .toSorted((a, b) => fitOf(a, name) - fitOf(b, name))
    if (free !== undefined) {
      placed.push({ ...name, slot: free })
      continue
    }
    // The one that matters least makes room, but never for its equal.
    const least = placed.toSorted((a, b) => rankOf(b) - rankOf(a))[0]
    if (least === undefined || rankOf(least) <= rankOf(name)) continue
    placed[placed.indexOf(least)] = { ...name, slot: least.slot }
  }
  return placed
}
