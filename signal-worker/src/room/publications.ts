/**
 * Decides: what a seat offers, and which mute wins (PB, MD3, MD4).
 * Does not decide: who may mute whom (moderation.ts).
 * Invariants: at most one publication per source, in the order of `sources`; a host's mute ends only by an owner who saw it.
 */
import { sources, type Source } from '@video-room/shared/source.ts'
import type { MutedBy, Publication } from '@video-room/shared/snapshot.ts'
import type { Seat, SeatPublication } from './state.ts'

const publicationOf = (seat: Seat, source: Source): SeatPublication | undefined =>
  seat.publications.find((publication) => publication.source === source)

const bySourceOrder = (a: SeatPublication, b: SeatPublication): number =>
  sources.indexOf(a.source) - sources.indexOf(b.source)

const withPublication = (seat: Seat, publication: SeatPublication): Seat => ({
  ...seat,
  publications: [...without(seat, publication.source), publication].toSorted(bySourceOrder),
})

const without = (seat: Seat, source: Source): readonly SeatPublication[] =>
  seat.publications.filter((publication) => publication.source !== source)

/** `media-ready` repeats everything; a host's mute recorded meanwhile wins (PB3). */
export function withRepeated(seat: Seat, repeated: readonly Publication[]): Seat {
  const empty: Seat = { ...seat, publications: [] }
  return repeated.reduce((next, { source, mutedBy }) => {
    const known = publicationOf(seat, source)
    if (known?.mutedBy === 'host') return withPublication(next, known)
    // Only the room says `host`: someone who was silenced in an earlier seat comes back silent by themselves.
    return withPublication(next, {
      source,
      mutedBy: mutedBy === null ? null : 'self',
      hostMutedAtRevision: null,
    })
  }, empty)
}

/** Offers a source or changes its mute. The same seat comes back when nothing changes. */
export function withPublished(
  seat: Seat,
  publication: { readonly source: Source; readonly mutedBy: 'self' | null; readonly seenRevision: number },
): Seat {
  const { source, mutedBy, seenRevision } = publication
  const known = publicationOf(seat, source)
  if (known?.mutedBy === mutedBy) return seat
  if (known?.mutedBy === 'host') {
    const hasSeen = seenRevision >= (known.hostMutedAtRevision ?? 0)
    if (mutedBy === 'self' || !hasSeen) return seat
  }
  return withPublication(seat, { source, mutedBy, hostMutedAtRevision: null })
}

export const withUnpublished = (seat: Seat, source: Source): Seat =>
  publicationOf(seat, source) === undefined ? seat : { ...seat, publications: without(seat, source) }

/** The host silences a source; null when it is not offered. `atRevision` is the one that will tell everyone. */
export function withHostMute(seat: Seat, source: Source, atRevision: number): Seat | null {
  const known = publicationOf(seat, source)
  if (known === undefined) return null
  const mutedBy: MutedBy = 'host'
  return known.mutedBy === mutedBy
    ? seat
    : withPublication(seat, { source, mutedBy, hostMutedAtRevision: atRevision })
}

/** Does it bring anything to hear or see of a person? (J2) */
export const bringsMedia = (publications: readonly Publication[]): boolean =>
  publications.some(({ source }) => source === 'microphone' || source === 'camera')
