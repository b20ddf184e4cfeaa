/**
 * Decides: what a seat offers, and which mute wins (PB, MD3, MD4, MD7).
 * Does not decide: who may mute whom (moderation.ts).
 * Invariants: at most one publication per source, in the order of `sources`; a host's mute ends only by an owner who saw it;
 * where un-muting is not the owner's to do, no way of offering a source un-mutes it.
 */
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import { sources, type Source } from '@video-room/shared/source.ts'
import type { MutedBy, Publication } from '@video-room/shared/snapshot.ts'
import type { RoomState, Seat, SeatPublication } from './state.ts'

/** What the room says about un-muting at this moment. */
export interface UnmuteRule {
  /** May the owner of this seat un-mute a microphone or camera without being asked to? (MD7) */
  readonly isFree: boolean
  /** The revision that will tell everyone of a mute recorded now. */
  readonly revision: number
}

export const unmuteRuleOf = (state: RoomState, seat: Seat): UnmuteRule => ({
  isFree: state.settings.mayUnmute || seat.isHost,
  revision: state.revision + 1,
})

const publicationOf = (seat: Seat, source: Source): SeatPublication | undefined =>
  seat.publications.find((publication) => publication.source === source)

const bySourceOrder = (a: SeatPublication, b: SeatPublication): number =>
  sources.indexOf(a.source) - sources.indexOf(b.source)

const withPublication = (seat: Seat, publication: SeatPublication): Seat => ({
  ...seat,
  publications: [...without(seat, publication.source), publication].toSorted(bySourceOrder),
  silenced: dropped(seat.silenced, publication.source),
  // A mute takes an invitation back that was given before it; an un-mute uses it up.
  unmuteAsked:
    publication.mutedBy === 'self' ? seat.unmuteAsked : dropped(seat.unmuteAsked, publication.source),
})

const dropped = (list: readonly Source[], source: Source): readonly Source[] =>
  list.includes(source) ? list.filter((other) => other !== source) : list

const without = (seat: Seat, source: Source): readonly SeatPublication[] =>
  seat.publications.filter((publication) => publication.source !== source)

const isPersonal = (source: Source): boolean => source === 'microphone' || source === 'camera'

/** What a source is when it appears live: a microphone that its owner may not open is muted by the host at once (MD7). */
function appearing(seat: Seat, source: Source, rule: UnmuteRule): SeatPublication {
  const wasSilenced = source === 'microphone' || seat.silenced.includes(source)
  const isBarred = !rule.isFree && isPersonal(source) && wasSilenced && !seat.unmuteAsked.includes(source)
  return isBarred
    ? { source, mutedBy: 'host', hostMutedAtRevision: rule.revision }
    : { source, mutedBy: null, hostMutedAtRevision: null }
}

/** `media-ready` repeats everything; a host's mute recorded meanwhile wins (PB3). */
export function withRepeated(seat: Seat, repeated: readonly Publication[], rule: UnmuteRule): Seat {
  const offered = new Set(repeated.map(({ source }) => source))
  const emptied = sources.filter((source) => !offered.has(source)).reduce(withUnpublished, seat)
  return repeated.reduce((next, { source, mutedBy }) => {
    const known = publicationOf(next, source)
    if (known?.mutedBy === 'host') return next
    // Only the room says `host`: someone who was silenced in an earlier seat comes back silent by themselves.
    if (mutedBy !== null) return withPublication(next, { source, mutedBy: 'self', hostMutedAtRevision: null })
    if (known !== undefined && known.mutedBy === null) return next
    return withPublication(next, appearing(withUnpublished(next, source), source, rule))
  }, emptied)
}

/** Offers a source or changes its mute. The same seat comes back when nothing changes. */
export function withPublished(
  seat: Seat,
  publication: { readonly source: Source; readonly mutedBy: 'self' | null; readonly seenRevision: number },
  rule: UnmuteRule,
): Result<Seat, 'not_allowed'> {
  const { source, mutedBy, seenRevision } = publication
  const known = publicationOf(seat, source)
  if (known?.mutedBy === mutedBy) return ok(seat)
  if (known === undefined && mutedBy === null) {
    return ok(withPublication(seat, appearing(seat, source, rule)))
  }
  const isInvited = seat.unmuteAsked.includes(source)
  if (mutedBy === null && isPersonal(source) && !rule.isFree && !isInvited) return fail('not_allowed')
  if (known?.mutedBy === 'host') {
    const hasSeen = seenRevision >= (known.hostMutedAtRevision ?? 0)
    if (mutedBy === 'self' || !hasSeen) return ok(seat)
  }
  return ok(withPublication(seat, { source, mutedBy, hostMutedAtRevision: null }))
}

export function withUnpublished(seat: Seat, source: Source): Seat {
  const known = publicationOf(seat, source)
  if (known === undefined) return seat
  const silenced = known.mutedBy === null ? seat.silenced : [...seat.silenced, source]
  return { ...seat, publications: without(seat, source), silenced }
}

/** The host silences a source; null when it is not offered. `atRevision` is the one that will tell everyone. */
export function withHostMute(seat: Seat, source: Source, atRevision: number): Seat | null {
  const known = publicationOf(seat, source)
  if (known === undefined) return null
  const mutedBy: MutedBy = 'host'
  if (known.mutedBy !== mutedBy) {
    return withPublication(seat, { source, mutedBy, hostMutedAtRevision: atRevision })
  }
  const unmuteAsked = dropped(seat.unmuteAsked, source)
  return unmuteAsked === seat.unmuteAsked ? seat : { ...seat, unmuteAsked }
}

/** The host asks the owner to un-mute a source; null when there is nothing to un-mute (MD10). */
export function withUnmuteAsked(seat: Seat, source: Source): Seat | null {
  const known = publicationOf(seat, source)
  if (known === undefined || known.mutedBy === null) return null
  return seat.unmuteAsked.includes(source) ? seat : { ...seat, unmuteAsked: [...seat.unmuteAsked, source] }
}

/** Does it bring anything to hear or see of a person? (J2) */
export const bringsMedia = (publications: readonly Publication[]): boolean =>
  publications.some(({ source }) => isPersonal(source))
