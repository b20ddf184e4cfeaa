/**
 * Decides: who must be told what after a change: derived by comparing before and after, never written by hand.
 * Does not decide: the change itself.
 * Invariants: one revision per visible change (SN2); a new socket hears `welcome` first (SK4), never the patch of its own
 * arrival; only sockets that are present afterwards are written to.
 */
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { diffSnapshot } from '@video-room/shared/snapshot.ts'
import { seatUntilMs } from './deadline.ts'
import type { RoomEffect } from './effect.ts'
import { snapshotOf } from './snapshot-of.ts'
import { linksOf } from './start.ts'
import { connectionOf, seatOf, type ConnectionId, type RoomState, type Seat } from './state.ts'

/** Completes a step: raises the revision when something visible changed, keeps the sweep armed, tells whom it concerns. */
export function announce(
  before: RoomState,
  changed: RoomState,
  effects: readonly RoomEffect[],
  atMs: number,
): Step<RoomState, RoomEffect> {
  if (changed === before) return step(before, ...effects)
  const patch = diffSnapshot(snapshotOf(before), snapshotOf(changed))
  const after = withSweep(patch === null ? changed : { ...changed, revision: changed.revision + 1 }, atMs)
  const told = connections(after).flatMap(({ seat, connectionId }): RoomEffect[] => {
    const earlier = seatOf(before, seat.occupantId)
    const isNew = earlier === undefined || connectionOf(earlier) !== connectionId
    const news: ServerMessage[] = []
    if (isNew) news.push(welcome(after, seat))
    else if (patch !== null) {
      news.push({ type: 'room-changed', patch: { ...patch, revision: after.revision } })
    }
    if (isOwedStart(before, earlier, after, seat)) {
      news.push({ type: 'start', links: [...linksOf(after, seat.occupantId)] })
    }
    return news.map((message) => ({ type: 'send', connectionId, message }))
  })
  return step(after, ...effects, ...told, ...records(before, after))
}

function connections(state: RoomState): readonly { seat: Seat; connectionId: ConnectionId }[] {
  return state.seats.flatMap((seat) => {
    const connectionId = connectionOf(seat)
    return connectionId === null ? [] : [{ seat, connectionId }]
  })
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
  const isWanted = state.seats.some((seat) => connectionOf(seat) !== null)
  if (isWanted === (state.sweepAtMs !== null)) return state
  return { ...state, sweepAtMs: isWanted ? atMs + limits.presenceSweepMs : null }
}

/** What room info must learn: seats that left, and presence or grace that changed. A new seat stands there already. */
function records(before: RoomState, after: RoomState): readonly RoomEffect[] {
  if (after.status !== 'open') return []
  const left = before.seats
    .filter((seat) => seatOf(after, seat.occupantId) === undefined)
    .map((seat): RoomEffect => ({ type: 'record-left', occupantId: seat.occupantId }))
  const moved = after.seats
    .filter((seat) => {
      const earlier = seatOf(before, seat.occupantId)
      return earlier !== undefined && seatUntilMs(earlier) !== seatUntilMs(seat)
    })
    .map((seat): RoomEffect => ({
      type: 'record-presence',
      occupantId: seat.occupantId,
      isPresent: seat.presence.kind === 'present',
      graceEndsAtMs: seatUntilMs(seat),
    }))
  return [...left, ...moved]
}
