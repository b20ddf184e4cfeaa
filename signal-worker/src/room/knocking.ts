/**
 * Decides: everything at the door: who may knock, who is let in or turned away, what the host is shown (KN).
 * Does not decide: whether a seat is free (the gate is asked, and answers when it likes).
 * Invariants: a knock holds no seat and hears nothing of the room; one that was turned away never becomes a seat, whatever
 * the gate answers later.
 */
import { cleanDisplayName } from '@video-room/shared/display-name.ts'
import type { OccupantId } from '@video-room/shared/ids.ts'
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import { fullBucket, spend } from '@video-room/shared/machine/token-bucket.ts'
import type { Knock as ListedKnock } from '@video-room/shared/protocol/messages.ts'
import { withBarredTokens } from './barring.ts'
import type { RoomEffect } from './effect.ts'
import type { GateOutcome, RoomEvent } from './event.ts'
import { joinHoldsUntilMs, newSeat, returned } from './place.ts'
import { refuse } from './refusal.ts'
import type { ConnectionId } from './connection-id.ts'
import {
  connectionOf,
  hostSeatOf,
  isVisible,
  knockOf,
  seatOf,
  withKnock,
  type Knock,
  type RoomState,
  type Seat,
} from './state.ts'

type RoomStep = Step<RoomState, RoomEffect>

const knockRate = { burst: limits.knockBurst, perSecond: limits.knocksPerSecond }

/** Is there room at the door, and quiet enough? (KN1, KN7) */
export function mayKnock(state: RoomState, atMs: number): Result<null, 'room_full' | 'rate_limited'> {
  if (state.knocks.length >= limits.knocksMax) return fail('room_full')
  return spend(state.knockBucket ?? fullBucket(knockRate, atMs), knockRate, atMs).allowed
    ? ok(null)
    : fail('rate_limited')
}

/** Someone knocks, or comes back to where they knock. */
export function knocked(state: RoomState, event: Extract<RoomEvent, { type: 'knocked' }>): RoomState {
  const { occupantId, resumeTokenHash, atMs } = event
  const displayName = cleanDisplayName(event.displayName)
  const known = knockOf(state, occupantId)
  if (known !== undefined) return withKnock(state, returned(known, displayName, event))
  if (!mayKnock(state, atMs).ok || seatOf(state, occupantId) !== undefined) return state
  const fresh: Knock = {
    occupantId,
    displayName,
    tokenHash: resumeTokenHash,
    nextTokenHash: null,
    presence: { kind: 'reserved', untilMs: joinHoldsUntilMs(atMs) },
    pictureBucket: null,
    asking: null,
  }
  const { bucket } = spend(state.knockBucket ?? fullBucket(knockRate, atMs), knockRate, atMs)
  return { ...state, knocks: [...state.knocks, fresh], knockBucket: bucket }
}

/** The host lets someone in: the gate is asked for a seat (KN2). */
export function admit(state: RoomState, host: Seat, occupantId: OccupantId, atMs: number): RoomStep {
  const knock = knockOf(state, occupantId)
  if (knock === undefined || !isVisible(knock)) return refuse(state, host, atMs, 'no_such_occupant', 'admit')
  return asked(state, knock, connectionOf(host), atMs)
}

function asked(state: RoomState, knock: Knock, askedBy: ConnectionId | null, atMs: number): RoomStep {
  if (knock.asking !== null) return step(state)
  const asking = { untilMs: atMs + 2 * limits.gateAnswerMs, askedBy }
  return step(withKnock(state, { ...knock, asking }), { type: 'ask-gate', occupantId: knock.occupantId })
}

/** The host turns someone away for good (KN3). */
export function deny(state: RoomState, host: Seat, occupantId: OccupantId, atMs: number): RoomStep {
  const knock = knockOf(state, occupantId)
  if (knock === undefined || !isVisible(knock)) return refuse(state, host, atMs, 'no_such_occupant', 'deny')
  return turnAway(state, knock)
}

export function turnAway(state: RoomState, knock: Knock): RoomStep {
  const connectionId = connectionOf(knock)
  const closing: readonly RoomEffect[] =
    connectionId === null ? [] : [{ type: 'close', connectionId, reason: 'denied' }]
  return step(withoutKnocks(withBarredTokens(state, knock, 'denied'), [knock]), ...closing)
}

export function withoutKnocks(state: RoomState, leaving: readonly Knock[]): RoomState {
  if (leaving.length === 0) return state
  const ids = new Set(leaving.map((knock) => knock.occupantId))
  return { ...state, knocks: state.knocks.filter((knock) => !ids.has(knock.occupantId)) }
}

/** The gate gave a seat, or did not. */
export function gateAnswered(
  state: RoomState,
  event: Extract<RoomEvent, { type: 'gate-answered' }>,
): RoomStep {
  const { occupantId, outcome, atMs } = event
  const knock = knockOf(state, occupantId)
  if (knock === undefined) {
    // Turned away or gone while the gate was thinking: the seat it took for them is nobody's.
    const isStray = outcome === 'admitted' && seatOf(state, occupantId) === undefined
    return isStray ? step(state, { type: 'record-left', occupantId }) : step(state)
  }
  return outcome === 'admitted' ? step(seated(state, knock, atMs)) : notSeated(state, knock, outcome)
}

/** From the door to the end of the list; whoever has a socket is there at once. */
function seated(state: RoomState, knock: Knock, atMs: number): RoomState {
  const { asking: _answered, pictureBucket: _unused, presence, ...place } = knock
  const isHere = presence.kind === 'present'
  const seat: Seat = {
    ...newSeat,
    ...place,
    isHost: false,
    presence: isHere ? presence : { kind: 'reserved', untilMs: joinHoldsUntilMs(atMs) },
  }
  return { ...withoutKnocks(state, [knock]), seats: [...state.seats, seat] }
}

/** The knock stays; who asked for it hears why. */
function notSeated(state: RoomState, knock: Knock, code: Exclude<GateOutcome, 'admitted'>): RoomStep {
  const host = hostSeatOf(state)
  const connectionId = host === undefined ? null : connectionOf(host)
  const isAwaited = connectionId !== null && connectionId === knock.asking?.askedBy
  const telling: readonly RoomEffect[] = isAwaited
    ? [{ type: 'send', connectionId, message: { type: 'error', code, about: 'admit' } }]
    : []
  return step(withKnock(state, { ...knock, asking: null }), ...telling)
}

/** Knocks whose time is over go (KN6); an answer that the gate still owes is no longer waited for. */
export function settleKnocks(state: RoomState, atMs: number): RoomStep {
  const over = state.knocks.filter(({ presence }) => presence.kind !== 'present' && atMs >= presence.untilMs)
  const kept = withoutKnocks(state, over)
  return kept.knocks
    .filter(({ asking }) => asking !== null && atMs >= asking.untilMs)
    .reduce(
      (before, knock) => andThen(before, (next) => notSeated(next, knock, 'room_store_unavailable')),
      step<RoomState, RoomEffect>(kept),
    )
}

/** By the room's own list; the gate's must say the same, but for a room that stays direct: it takes no more than a mesh carries (RP5). */
export const freeSeats = ({ settings, seats }: RoomState): number =>
  seatsFor(settings) - seats.filter((seat) => !seat.isHost).length

const seatsFor = ({ route, maxParticipants }: RoomState['settings']): number =>
  route === 'direct' ? Math.min(maxParticipants, limits.meshOccupantsMax - 1) : maxParticipants

/** An open door lets those in who stand before it, in order: when it opens, when a seat becomes free, when the gate is back (KN5). */
export function openDoor(before: RoomState, state: RoomState, atMs: number): RoomStep {
  const isOpen = (room: RoomState): boolean => room.settings.admission === 'open' && !room.settings.isLocked
  if (state.status !== 'open' || state.knocks.length === 0 || !isOpen(state)) return step(state)
  const isGateBack = before.unrecorded !== null && state.unrecorded === null
  if (isOpen(before) && !isGateBack && freeSeats(state) <= freeSeats(before)) return step(state)
  const waiting = state.knocks.filter((knock) => knock.asking === null)
  const free = freeSeats(state) - (state.knocks.length - waiting.length)
  return waiting
    .slice(0, Math.max(0, free))
    .reduce(
      (done, knock) => andThen(done, (next) => asked(next, knock, null, atMs)),
      step<RoomState, RoomEffect>(state),
    )
}

/** What this occupant may see of the door: the host everyone who came as far as a socket, others nobody. */
export const knocksFor = (state: RoomState, seat: Seat): readonly ListedKnock[] =>
  seat.isHost
    ? state.knocks.filter(isVisible).map(({ occupantId, displayName }) => ({ occupantId, displayName }))
    : []
