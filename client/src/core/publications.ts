/**
 * Decides: what the room is told of our captures, and how a host's mute is obeyed (rules PB1–PB3, MD2–MD4, MD7, MD10).
 * Does not decide: how capture works (media/) or what receivers do (track-table.ts).
 * Invariants: only the owner's own act ends a host's mute; a capture that has not stopped yet un-mutes nothing.
 */
import { step, type Step } from '@video-room/shared/machine/step.ts'
import {
  occupantOf,
  publicationOf,
  type MutedBy,
  type Publication,
  type Snapshot,
} from '@video-room/shared/snapshot.ts'
import { sources, type Source } from '@video-room/shared/source.ts'
import type { CaptureStatus } from '../media/view.ts'
import type { SessionEffect } from './effect.ts'
import { isOpen, type SessionState, type Told, type Unmuting } from './state.ts'

type SessionStep = Step<SessionState, SessionEffect>
type OwnMute = 'self' | null

/** Live, or about to be: a device that still starts may go live once more before it obeys. */
const isRunning = (status: CaptureStatus): boolean => status === 'live' || status === 'starting'

/** What a capture says of its publication; null = none. While the device starts, nothing new is said. */
function publicationFor(status: CaptureStatus, source: Source, told: Told): OwnMute | 'none' {
  switch (status) {
    case 'live':
      return null
    case 'muted':
      return 'self'
    case 'absent':
      return 'none'
    case 'starting':
      return told[source] === undefined ? 'none' : told[source] === null ? null : 'self'
  }
}

/** The whole list for `media-ready` (PB3). A source that a host muted is never repeated as live by mistake. */
export function publicationsToRepeat(state: SessionState): Publication[] {
  const list: Publication[] = []
  for (const source of sources) {
    const wanted = publicationFor(state.captures[source], source, state.told)
    if (wanted !== 'none') list.push({ source, mutedBy: state.obeying.includes(source) ? 'self' : wanted })
  }
  return list
}

/** Captures changed: tells the room the difference, once it can hear. */
export function publishChanges(state: SessionState): SessionStep {
  const obeying = state.obeying.filter((source) => isRunning(state.captures[source]))
  const told: Record<string, Publication['mutedBy']> = { ...state.told }
  const asked = new Map(state.unmuting.map((one) => [one.source, one]))
  const effects: SessionEffect[] = []
  const say = (message: Extract<SessionEffect, { type: 'send' }>['message']): void => {
    if (isOpen(state)) effects.push({ type: 'send', attempt: state.attempt, message })
  }
  for (const source of sources) {
    const before = state.told[source]
    const wanted = publicationFor(state.captures[source], source, state.told)
    if (wanted === 'none') {
      if (before === undefined) continue
      delete told[source]
      say({ type: 'unpublish', source })
    } else if (!obeying.includes(source) && wanted !== before && !(wanted === 'self' && before === 'host')) {
      told[source] = wanted
      if (wanted === null && isOpen(state)) asked.set(source, unmutingNow(state, source))
      say({ type: 'publish', source, mutedBy: wanted, seenRevision: state.snapshot?.revision ?? 0 })
    }
  }
  const unmuting = [...asked.values()].filter((one) => told[one.source] === null)
  // What is live again needs no asking any more.
  const unmuteAsked = state.unmuteAsked.filter((source) => told[source] !== null)
  return step({ ...state, told, obeying, unmuting, unmuteAsked }, ...effects)
}

/** Our own mute may be on its way still. */
const unmutingNow = (state: SessionState, source: Source): Unmuting => ({
  source,
  isMuteSeen: ownMute(state.snapshot, state, source) !== null,
})

/**
 * On the way to a seat that never had a socket: there is nothing that the room could know better, so all is said without
 * waiting for the welcome, and the links start a round trip and a screen sooner.
 */
export function announcePublications(state: SessionState): {
  readonly publications: readonly Publication[]
  readonly effect: SessionEffect
} {
  const publications = publicationsToRepeat(state)
  return { publications, effect: mediaReady(state, publications) }
}

/** The welcome to who announced already: what changed since is said by `publishChanges`. */
export const withAnnounced = (state: SessionState, announced: readonly Publication[]): SessionState => ({
  ...state,
  told: Object.fromEntries(announced.map(({ source, mutedBy }) => [source, mutedBy])),
  unmuting: [],
})

const mediaReady = (
  { attempt, config: { instanceId, routeWish } }: SessionState,
  publications: readonly Publication[],
): SessionEffect => ({
  type: 'send',
  attempt,
  message: {
    type: 'media-ready',
    instanceId,
    publications: [...publications],
    ...(routeWish === 'auto' ? {} : { routeWish }),
  },
})

/**
 * On any other socket: repeats all (PB3) and takes the room's word for sources that a host muted. An un-mute that we made
 * while the room was out of reach, knowing of the mute, is said after it by `publishChanges`.
 */
export function repeatPublications(state: SessionState, welcome: Snapshot): SessionStep {
  // What the room shows as muted is repeated as muted: to un-mute is an act of its own, which it may refuse (MD7).
  const publications = publicationsToRepeat(state).map(({ source, mutedBy }) => ({
    source,
    mutedBy: ownMute(welcome, state, source) ? ('self' as const) : mutedBy,
  }))
  const told: Partial<Record<Source, MutedBy>> = {}
  for (const { source, mutedBy } of publications) {
    told[source] = isMutedByHost(welcome, state, source) ? 'host' : mutedBy
  }
  return step({ ...state, told, unmuting: [] }, mediaReady(state, publications))
}

/** What the room says of our own publication; undefined = it knows none. */
function ownMute(snapshot: Snapshot | null, { seat }: SessionState, source: Source): MutedBy | undefined {
  if (snapshot === null || seat === null) return undefined
  return publicationOf(occupantOf(snapshot, seat.occupantId), source)?.mutedBy
}

const isMutedByHost = (snapshot: Snapshot | null, state: SessionState, source: Source): boolean =>
  ownMute(snapshot, state, source) === 'host'

/** The person's own wish. Switching on ends obedience: it is the act that undoes a host's mute (MD3). */
export function wishCapture(state: SessionState, source: Source, on: boolean): SessionStep {
  const obeying = on ? state.obeying.filter((other) => other !== source) : state.obeying
  const wished = publishChanges({ ...state, obeying })
  return step(wished.state, ...wished.effects, { type: 'set-capture', source, on })
}

/**
 * Obeys a host's mute that is new in `after`. A mute that was already known is not obeyed twice: our un-mute may be on
 * its way to the room, and the snapshots that cross it still say "host".
 */
export function obeyHostMutes(state: SessionState, before: Snapshot | null, after: Snapshot): SessionStep {
  const muted = sources.filter(
    (source) => isMutedByHost(after, state, source) && !isMutedByHost(before, state, source),
  )
  // What the room shows as live, or the host has muted anew, is answered.
  const stillOpen = (one: Unmuting): readonly Unmuting[] => {
    if (ownMute(after, state, one.source) === null) return one.isMuteSeen ? [] : [one]
    return [one.isMuteSeen ? one : { ...one, isMuteSeen: true }]
  }
  const unmuting = state.unmuting.flatMap((one) => (muted.includes(one.source) ? [] : stillOpen(one)))
  const isSame =
    unmuting.length === state.unmuting.length && unmuting.every((one, at) => one === state.unmuting[at])
  if (muted.length === 0) return step(isSame ? state : { ...state, unmuting })
  const told = { ...state.told }
  for (const source of muted) told[source] = 'host'
  const stopping = muted.filter(
    (source) => !state.obeying.includes(source) && isRunning(state.captures[source]),
  )
  return step(
    { ...state, told, unmuting, obeying: [...state.obeying, ...stopping] },
    ...muted.map((source): SessionEffect => ({ type: 'set-capture', source, on: false })),
  )
}

/**
 * The room refused an un-mute (MD7): the capture goes back to what the room shows. Answers come in the order of the
 * questions, so the first un-mute that is still open is the one.
 */
export function takeRefusedUnmute(state: SessionState): SessionStep {
  const [refused, ...unmuting] = state.unmuting
  if (refused === undefined) return step(state)
  const { source } = refused
  const { [source]: _refused, ...others } = state.told
  const shown = ownMute(state.snapshot, state, source)
  const told: Told = shown === undefined ? others : { ...others, [source]: shown }
  const obeying = isRunning(state.captures[source]) ? [...state.obeying, source] : state.obeying
  return step({ ...state, told, obeying, unmuting }, { type: 'set-capture', source, on: false })
}

/** The host asks; nothing changes until this person says yes (MD10). Who is heard already needs no asking. */
export function takeUnmuteAsked(state: SessionState, source: Source): SessionStep {
  if (state.told[source] === null || state.unmuteAsked.includes(source)) return step(state)
  return step({ ...state, unmuteAsked: [...state.unmuteAsked, source] })
}

export function answerUnmute(state: SessionState, source: Source, yes: boolean): SessionStep {
  const answered: SessionState = {
    ...state,
    unmuteAsked: state.unmuteAsked.filter((other) => other !== source),
  }
  return yes ? wishCapture(answered, source, true) : step(answered)
}
