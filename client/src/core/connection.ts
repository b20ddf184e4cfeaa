/**
 * Decides: the way to the room: join request, socket, the wait at the door, backoff, resume, giving up (HT5, SK6, KN).
 * Does not decide: what a welcome or any other message means (reduce.ts).
 * Invariants: one request or socket at a time, named by `attempt`; a final close is never retried; links live on
 * while the way is sought anew; nothing is left under way once the session has ended.
 */
import { closeCodes, closeReasonOf, type CloseReason } from '@video-room/shared/errors.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import type { JoinRequest, JoinResponse } from '@video-room/shared/protocol/http.ts'
import type { SessionEffect } from './effect.ts'
import type { JoinAnswer } from './event.ts'
import { settleLinks } from './settle-links.ts'
import { freshUplink } from './path-memory.ts'
import { announcePublications } from './publications.ts'
import { isHeard, type SessionState } from './state.ts'
import type { EndReason, Refusal } from './view.ts'

type SessionStep = Step<SessionState, SessionEffect>
type RefusedJoin = Extract<JoinAnswer, { ok: false }>

/** Closed by the network, or by us to start over: RFC 6455 section 7.4.1. */
export const abnormalClosure = 1006

/** Asks the room for a seat: the old one by its resume token, the host's by the host token, else a new one. */
export function requestJoin(state: SessionState, atMs: number): SessionStep {
  const attempt = state.attempt + 1
  const { resumeToken, displayName } = state
  const hostToken = state.handedOver ? null : state.config.hostToken
  const proof = resumeToken !== null ? { resumeToken } : hostToken !== null ? { hostToken } : {}
  const request: JoinRequest = { displayName, ...proof }
  const deadlineMs = atMs + limits.requestTimeoutMs
  const connection = { kind: 'requesting', deadlineMs, resuming: resumeToken !== null } as const
  return step({ ...state, attempt, connection }, { type: 'http-join', attempt, request })
}

/** Stops whatever is under way to the room. */
function hangUp(state: SessionState): readonly SessionEffect[] {
  const { attempt, connection } = state
  if (connection.kind === 'requesting') return [{ type: 'cancel-join', attempt }]
  if (connection.kind === 'opening' || isHeard(state)) return [{ type: 'close-socket', attempt }]
  return []
}

const closeAllLinks = (state: SessionState): readonly SessionEffect[] =>
  entriesOf(state.links).map(([endpointId, { generation }]) => ({
    type: 'close-link',
    endpointId,
    generation,
  }))

const nothingLinked = {
  links: {},
  assigned: [],
  assignedRelays: [],
  early: [],
  snapshot: null,
  migration: null,
} as const

const nothingHeld = {
  connection: { kind: 'idle' },
  lostAtMs: null,
  failures: 0,
  links: {},
  assigned: [],
  assignedRelays: [],
  early: [],
  shown: {},
  nextWantsAtMs: null,
  migration: null,
  uplink: freshUplink,
  reported: null,
  told: {},
  obeying: [],
  unmuting: [],
  unmuteAsked: [],
  knocks: [],
  isKnocking: false,
} as const

/**
 * Whether the token of this tab leads anywhere after such an end. Who is barred keeps it: it is by this token that the
 * room knows them (MD5, KN3). Taken over: it belongs to whoever took over (a reload shares the storage of the old page).
 */
const keepsToken = (reason: EndReason): boolean =>
  reason === 'taken_over' || reason === 'unreachable' || reason === 'removed' || reason === 'denied'

/** The end of this session; links, socket and timers go with it. */
export function endSession(
  state: SessionState,
  endReason: EndReason,
  refusal: Refusal | null = null,
): SessionStep {
  const forget = !keepsToken(endReason)
  const ended: SessionState = {
    ...state,
    ...nothingHeld,
    phase: 'ended',
    endReason,
    refusal,
    snapshot: null,
    resumeToken: forget ? null : state.resumeToken,
  }
  return step(
    ended,
    ...hangUp(state),
    ...closeAllLinks(state),
    ...(forget ? [{ type: 'forget-resume-token' } as const] : []),
  )
}

/** A join that came to nothing: back to the lobby, with the reason. */
export function backToLobby(state: SessionState, refusal: Refusal): SessionStep {
  const lobby: SessionState = {
    ...state,
    ...nothingHeld,
    phase: 'lobby',
    refusal,
    seat: null,
    snapshot: null,
  }
  return step(lobby, ...hangUp(state), ...closeAllLinks(state))
}

/** The same seat in another role. Who stops being host while inside gave the seat away, or lost it (MD8, MD9). */
export function withRole(state: SessionState, isHost: boolean): SessionState {
  if (state.seat === null || state.seat.isHost === isHost) return state
  return {
    ...state,
    seat: { ...state.seat, isHost },
    handedOver: state.phase === 'live' && !isHost,
    knocks: [],
  }
}

/** Asked for without any token: a seat that nobody sat on, of which the room knows nothing. */
const isFreshSeat = ({ connection, config }: SessionState): boolean =>
  connection.kind === 'requesting' && !connection.resuming && config.hostToken === null

/** The room gave a seat: open the socket to it. */
export function takeSeat(state: SessionState, response: JoinResponse, atMs: number): SessionStep {
  const { occupantId, isHost, iceServers, settings, resumeToken } = response
  // What stands by waits for the list, and for what carries (MG6).
  const relay = response.relay?.isStandby === true ? undefined : response.relay
  const seated = {
    ...withRole(state, isHost),
    seat: { occupantId, isHost, iceServers, settings },
    resumeToken,
    refusal: null,
  }
  const effects: SessionEffect[] = [{ type: 'save-resume-token', resumeToken }]
  // PB4: the room would refuse us at the door; the lobby can say so sooner.
  const hasMedia = state.captures.microphone !== 'absent' || state.captures.camera !== 'absent'
  if (!settings.allowNoMedia && !hasMedia) {
    const lobby = backToLobby(
      { ...seated, connection: { kind: 'idle' } },
      { code: 'media_required', retryAfterMs: null },
    )
    return step(lobby.state, ...effects, ...lobby.effects)
  }
  const isOtherSeat = state.seat !== null && state.seat.occupantId !== occupantId
  if (isOtherSeat) effects.push(...closeAllLinks(state))
  const deadlineMs = atMs + limits.socketOpenTimeoutMs
  const { publications, effect } = announcePublications(state)
  const canAnnounce = isFreshSeat(state) && response.admission !== 'knocking'
  const opening = step<SessionState, SessionEffect>(
    {
      ...seated,
      ...(isOtherSeat ? nothingLinked : {}),
      ...(relay === undefined ? {} : { assignedRelays: [relay] }),
      connection: { kind: 'opening', deadlineMs, announced: canAnnounce ? publications : null },
    },
    ...effects,
    { type: 'open-socket', attempt: state.attempt, resumeToken },
    ...(canAnnounce ? [effect] : []),
  )
  // RL3: the relay link need not wait for the socket.
  return relay === undefined ? opening : andThen(opening, (next) => settleLinks(next, atMs))
}

/** In place of the welcome: the host is asked first (KN1). Whatever was before is over: a knock holds no seat. */
export function takeKnocking(state: SessionState, mayShowPicture: boolean, atMs: number): SessionStep {
  return step(
    {
      ...state,
      ...nothingHeld,
      phase: 'joining',
      snapshot: null,
      isKnocking: true,
      failures: state.failures,
      connection: { kind: 'knocking', sinceMs: atMs, mayShowPicture },
    },
    ...closeAllLinks(state),
  )
}

/** Refusals that mean that the room, or our place in it, is gone for good. */
const finalRefusals: Partial<Record<RefusedJoin['code'], EndReason>> = {
  room_not_found: 'room_ended',
  room_ended: 'room_ended',
  removed: 'removed',
  denied: 'denied',
}

/** The room refused, or did not answer. */
export function takeRefusal(
  state: SessionState,
  refused: RefusedJoin,
  { atMs, random }: { readonly atMs: number; readonly random: number },
): SessionStep {
  const { connection } = state
  if (refused.code === 'token_invalid' && connection.kind === 'requesting' && connection.resuming) {
    // The seat is gone (its grace ended), the room may not be: once more, without the token.
    const fresh = requestJoin({ ...state, resumeToken: null, connection: { kind: 'idle' } }, atMs)
    return step(fresh.state, { type: 'forget-resume-token' }, ...fresh.effects)
  }
  const settled: SessionState = { ...state, connection: { kind: 'idle' } }
  const refusal: Refusal = { code: refused.code, retryAfterMs: refused.retryAfterMs }
  // Someone who waits at the door is as patient as someone inside: only a final answer ends it.
  if (state.phase === 'joining' && !state.isKnocking) return backToLobby(settled, refusal)
  const endReason = finalRefusals[refused.code]
  if (endReason !== undefined) return endSession(settled, endReason, refusal)
  const mayPass = ['unreachable', 'rate_limited', 'internal', 'room_store_unavailable'].includes(refused.code)
  if (!mayPass) {
    return state.phase === 'joining'
      ? backToLobby(settled, refusal)
      : endSession(settled, 'unreachable', refusal)
  }
  return waitForNextTry(settled, { atMs, random, leastMs: refused.retryAfterMs ?? 0 })
}

/** The socket closed, or never opened. */
export function loseSocket(
  state: SessionState,
  { atMs, random, code }: { readonly atMs: number; readonly random: number; readonly code: number },
): SessionStep {
  const { connection } = state
  const settled: SessionState = { ...state, connection: { kind: 'idle' } }
  const reason = closeReasonOf(code)
  if (reason !== null && isFinal(reason)) return endSession(settled, reason)
  // A socket that held for a while was sound: its loss starts a new row of tries, at once.
  const wasSteady = 'sinceMs' in connection && atMs - connection.sinceMs >= limits.heartbeatMs
  return waitForNextTry(wasSteady ? { ...settled, failures: 0 } : settled, { atMs, random, leastMs: 0 })
}

const isFinal = (reason: CloseReason): boolean => closeCodes[reason] !== closeCodes.internal

function waitForNextTry(
  state: SessionState,
  { atMs, random, leastMs }: { readonly atMs: number; readonly random: number; readonly leastMs: number },
): SessionStep {
  const lostAtMs = state.lostAtMs ?? atMs
  const bounds = { firstMs: limits.reconnectFirstMs, maxMs: limits.reconnectMaxMs }
  const deadlineMs = atMs + Math.max(leastMs, backoffMs(state.failures, random, bounds))
  const isWatched = state.phase === 'joining' && !state.isKnocking
  const giveUpMs = isWatched ? limits.joinGiveUpMs : limits.reconnectGiveUpMs
  const refusal: Refusal = { code: 'unreachable', retryAfterMs: null }
  if (deadlineMs - lostAtMs > giveUpMs) {
    return state.phase === 'joining' ? backToLobby(state, refusal) : endSession(state, 'unreachable', refusal)
  }
  return step({
    ...state,
    lostAtMs,
    failures: state.failures + 1,
    connection: { kind: 'waiting', deadlineMs },
  })
}

/** Ends the present socket by our own will and seeks a new one (SN2, unreadable messages). */
export function startOver(
  state: SessionState,
  chance: { readonly atMs: number; readonly random: number },
): SessionStep {
  const lost = loseSocket(state, { ...chance, code: abnormalClosure })
  return step(lost.state, ...hangUp(state), ...lost.effects)
}

/** A deadline of the way to the room has passed. */
export function connectionTimer(
  state: SessionState,
  chance: { readonly atMs: number; readonly random: number },
): SessionStep {
  const { connection } = state
  if (!('deadlineMs' in connection) || chance.atMs < connection.deadlineMs) return step(state)
  if (connection.kind === 'waiting') return requestJoin(state, chance.atMs)
  if (connection.kind === 'opening') return startOver(state, chance)
  const refused = takeRefusal(state, { ok: false, code: 'unreachable', retryAfterMs: null }, chance)
  return step(refused.state, ...hangUp(state), ...refused.effects)
}

/** The network is back: a waiting try starts at once, a socket that seems open must prove it. */
export function wakeUp(state: SessionState, atMs: number): SessionStep {
  if (state.connection.kind === 'waiting') return requestJoin(state, atMs)
  if (isHeard(state)) return step(state, { type: 'probe-socket', attempt: state.attempt })
  return step(state)
}
