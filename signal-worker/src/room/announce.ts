/**
 * Decides: who must be told what after a change: derived by comparing before and after, never written by hand.
 * Does not decide: the change itself.
 * Invariants: one revision per visible change (SN2); a new socket hears `welcome` first (SK4), never the patch of its own
 * arrival; a socket at the door hears that it is there and nothing else (KN1); only sockets that are present afterwards
 * are written to.
 */
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { diffSnapshot, type SnapshotPatch } from '@video-room/shared/snapshot.ts'
import type { RoomEffect } from './effect.ts'
import { recordsBetween } from './gate.ts'
import { knocksFor } from './knocking.ts'
import { noticesBetween } from './notices.ts'
import { snapshotOf } from './snapshot-of.ts'
import { linksOf } from './start.ts'
import type { ConnectionId } from './connection-id.ts'
import { connectionOf, knockOf, seatOf, type RoomState, type Seat } from './state.ts'

/** Completes a step: raises the revision when something visible changed, keeps the sweep armed, tells whom it concerns. */
export function announce(
  before: RoomState,
  changed: RoomState,
  effects: readonly RoomEffect[],
  atMs: number,
): Step<RoomState, RoomEffect> {
  if (changed === before) return step(before, ...effects)
  const diff = diffSnapshot(snapshotOf(before), snapshotOf(changed))
  const revised = diff === null ? changed : { ...changed, revision: changed.revision + 1 }
  const patch = diff === null ? null : { ...diff, revision: revised.revision }
  const after = withSweep(withStarted(revised), atMs)
  const told = connections(after).flatMap(({ seat, connectionId }) =>
    newsFor(before, after, seat, patch).map((message): RoomEffect => ({
      type: 'send',
      connectionId,
      message,
    })),
  )
  const notices = noticesBetween(before, after, atMs)
  return step(
    after,
    ...effects,
    ...told,
    ...knockings(before, after),
    ...recordsBetween(before, after),
    ...notices,
  )
}

function newsFor(
  before: RoomState,
  after: RoomState,
  seat: Seat,
  patch: SnapshotPatch | null,
): readonly ServerMessage[] {
  const earlier = seatOf(before, seat.occupantId)
  const isNew = earlier === undefined || connectionOf(earlier) !== connectionOf(seat)
  const news: ServerMessage[] = []
  if (isNew) news.push(welcome(after, seat))
  else if (patch !== null) news.push({ type: 'room-changed', patch })
  if (isOwedKnocks(before, isNew ? undefined : earlier, after, seat)) {
    news.push({ type: 'knocks', knocks: [...knocksFor(after, seat)] })
  }
  if (isNew) news.push(...seat.unmuteAsked.map((source) => ({ type: 'unmute-asked' as const, source })))
  if (isOwedStart(before, earlier, after, seat)) {
    news.push({ type: 'start', links: [...linksOf(after, seat.occupantId)] })
  }
  return news
}

function connections(state: RoomState): readonly { seat: Seat; connectionId: ConnectionId }[] {
  return state.seats.flatMap((seat) => {
    const connectionId = connectionOf(seat)
    return connectionId === null ? [] : [{ seat, connectionId }]
  })
}

/** A socket that came to the door hears so, once. */
const knockings = (before: RoomState, after: RoomState): readonly RoomEffect[] =>
  after.knocks.flatMap((knock): readonly RoomEffect[] => {
    const connectionId = connectionOf(knock)
    const earlier = knockOf(before, knock.occupantId)
    const isNew = connectionId !== null && (earlier === undefined || connectionOf(earlier) !== connectionId)
    return isNew ? [{ type: 'send', connectionId, message: { type: 'knocking' } }] : []
  })

/** Who is at the door, whenever it differs from what this socket was told; a new socket was told of nobody. */
function isOwedKnocks(before: RoomState, earlier: Seat | undefined, after: RoomState, seat: Seat): boolean {
  const known = earlier === undefined ? [] : knocksFor(before, earlier)
  return JSON.stringify(known) !== JSON.stringify(knocksFor(after, seat))
}

const welcome = (state: RoomState, seat: Seat): ServerMessage => ({
  type: 'welcome',
  occupantId: seat.occupantId,
  isHost: seat.isHost,
  snapshot: snapshotOf(state),
})

/** Every ready socket hears its list once, empty or not, and again whenever it changes (ST2). */
function isOwedStart(before: RoomState, earlier: Seat | undefined, after: RoomState, seat: Seat): boolean {
  if (!isReady(seat)) return false
  const wasReady = earlier !== undefined && connectionOf(earlier) === connectionOf(seat) && isReady(earlier)
  if (!wasReady) return true
  const id = seat.occupantId
  return JSON.stringify(linksOf(before, id)) !== JSON.stringify(linksOf(after, id))
}

const isReady = (seat: Seat): boolean => seat.presence.kind === 'present' && seat.presence.isReady

function withSweep(state: RoomState, atMs: number): RoomState {
  const isWanted = [...state.seats, ...state.knocks].some((place) => connectionOf(place) !== null)
  if (isWanted === (state.sweepAtMs !== null)) return state
  return { ...state, sweepAtMs: isWanted ? atMs + limits.presenceSweepMs : null }
}

/** A room has started when its host and someone else were told of their link. */
function withStarted(state: RoomState): RoomState {
  if (state.hasStarted || state.seats.length < 2) return state
  const isLinked = state.seats.some((seat) => seat.isHost && linksOf(state, seat.occupantId).length > 0)
  return isLinked ? { ...state, hasStarted: true } : state
}
