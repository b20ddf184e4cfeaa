/**
 * Decides: when a room wants a relay, which one serves, and the route that follows (RT, RG4).
 * Does not decide: which relay there is to have (the registry is asked, and answers when it likes), what kind of route is
 * wanted (route-policy.ts), which links it has (relay-links.ts).
 * Invariants: one relay serves at most, and it is the route's; the epoch grows with every change of the route and never
 * goes back (RT1); a relay counts as no occupant.
 */
import type { CloseReason } from '@video-room/shared/errors.ts'
import type { OccupantId, RelayId, SecretHash } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { ConnectionId } from './connection-id.ts'
import type { RoomEffect } from './effect.ts'
import type { RoomEvent } from './event.ts'
import { withLinkIds } from './relay-links.ts'
import { noRelay, type RelayState, type ServingRelay } from './relay-state.ts'
import { wantedRoute } from './route-policy.ts'
import { generationsOf, withMeshRaised, withoutGenerationsOf } from './start.ts'
import type { RoomState } from './state.ts'

type RoomStep = Step<RoomState, RoomEffect>
type Of<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

const retryBounds = { firstMs: limits.relayRetryFirstMs, maxMs: limits.relayRetryMaxMs }

export const relayConnectionOf = ({ serving }: RelayState): ConnectionId | null =>
  serving?.presence.kind === 'present' ? serving.presence.connectionId : null

const withRelay = (state: RoomState, change: Partial<RelayState>): RoomState => ({
  ...state,
  relay: { ...state.relay, ...change },
})

export const withServing = (state: RoomState, serving: ServingRelay): RoomState =>
  withRelay(state, { serving })

/** When something about relays is due, or null. */
export function relayDeadlines({ relay }: RoomState): readonly (number | null)[] {
  const presence = relay.serving?.presence
  return [presence?.kind === 'away' ? presence.untilMs : null, relay.search?.untilMs ?? null]
}

const closing = (
  connectionId: ConnectionId | null,
  reason: CloseReason | 'silent' | 'left',
): readonly RoomEffect[] => (connectionId === null ? [] : [{ type: 'close', connectionId, reason }])

/** Brings relay and route in line with everything else; asked before and after every event. */
export function settleRelay(state: RoomState, atMs: number): RoomStep {
  if (state.status !== 'open') return step(state)
  const due = settleDue(state, atMs)
  const settled = isRelayWanted(due) ? searched(due, atMs) : dismissed(due)
  return step(withLinkIds(withRoute(settled.state)), ...settled.effects)
}

const wantedKind = ({ settings, seats }: RoomState): Route['kind'] =>
  wantedRoute(
    settings.route,
    seats.map(({ routeWish }) => routeWish),
  )

/** From the first join to the last seat: a relay that is there when people come saves them a second. */
const isRelayWanted = (state: RoomState): boolean => wantedKind(state) === 'relayed' && state.seats.length > 0

/** Times that have come: a relay that stayed away, one that was summoned and did not come, an answer that is overdue. */
function settleDue(state: RoomState, atMs: number): RoomState {
  const { serving } = state.relay
  const isLost = serving?.presence.kind === 'away' && atMs >= serving.presence.untilMs
  const kept = isLost ? withoutServing(state, 'lost') : state
  const { search } = kept.relay
  if (search === null || atMs < search.untilMs) return kept
  switch (search.kind) {
    case 'asking':
      return rested(kept, 1, atMs)
    case 'awaited':
      return shunning(withRelay(kept, { search: null }), search.relay.relayId)
    case 'resting':
      return withRelay(kept, { search: null })
  }
}

function rested(state: RoomState, random: number, atMs: number): RoomState {
  const { failures } = state.relay
  const untilMs = atMs + backoffMs(failures, random, retryBounds)
  // Nobody else is there: those that failed may have recovered.
  return withRelay(state, { search: { kind: 'resting', untilMs }, failures: failures + 1, shunned: [] })
}

const shunning = (state: RoomState, relayId: RelayId): RoomState =>
  withRelay(state, { shunned: [...state.relay.shunned, relayId].slice(-limits.relaysShunnedMax) })

/** One that serves and means to stay is enough. */
function searched(state: RoomState, atMs: number): RoomStep {
  const { serving, search, shunned } = state.relay
  if (search !== null || (serving !== null && !serving.isDraining)) return step(state)
  const exclude = serving === null ? shunned : [...shunned, serving.relayId]
  const untilMs = atMs + limits.relayAnswerMs
  return step(withRelay(state, { search: { kind: 'asking', untilMs } }), { type: 'summon-relay', exclude })
}

/** Nobody needs one any more; one that is on its way finds the door closed. */
function dismissed(state: RoomState): RoomStep {
  const { serving, search } = state.relay
  if (serving === null && search === null) return step(state)
  const { relay, generations } = withoutServing(state, 'dismissed')
  const { firstGeneration } = relay
  return step(
    { ...state, generations, relay: { ...noRelay, firstGeneration } },
    ...closing(relayConnectionOf(state.relay), 'left'),
  )
}

/** The serving relay is out of the route, and no generation of its links comes again. */
export function withoutServing(state: RoomState, why: 'lost' | 'dismissed'): RoomState {
  const { serving, search } = state.relay
  if (serving === null) return state
  const { relayId } = serving
  const used = generationsOf(state.generations, relayId)
  const free: RoomState = {
    ...withRelay(state, {
      serving: null,
      firstGeneration: 1 + Math.max(state.relay.firstGeneration, ...used),
      // It was resting because this one drained and there was no other; now there is a need.
      search: search?.kind === 'resting' ? null : search,
    }),
    generations: withoutGenerationsOf(state.generations, new Set([relayId])),
  }
  return why === 'lost' ? shunning(free, relayId) : free
}

function withRoute(state: RoomState): RoomState {
  const { route, relay } = state
  const kind = wantedKind(state)
  const relays = relay.serving === null ? [] : [routeRelayOf(relay.serving)]
  const isSame =
    route.kind === 'mesh'
      ? kind === 'mesh'
      : kind === 'relayed' && JSON.stringify(route.relays) === JSON.stringify(relays)
  if (isSame) return state
  const epoch = route.epoch + 1
  if (kind === 'mesh') return { ...state, route: { kind, epoch } }
  const left = route.kind === 'mesh' ? withMeshRaised(state) : state
  return { ...left, route: { kind, epoch, relays } }
}

const routeRelayOf = ({ relayId, region }: ServingRelay) => ({ relayId, region })

/** The registry named one, and told it to come. An answer to a question that was given up is nobody's. */
export function relaySummoned(state: RoomState, { relay, atMs }: Of<'relay-summoned'>): RoomState {
  if (state.relay.search?.kind !== 'asking') return state
  return withRelay(state, { search: { kind: 'awaited', untilMs: atMs + limits.relayConnectMs, relay } })
}

export const relayUnavailable = (state: RoomState, { random, atMs }: Of<'relay-unavailable'>): RoomState =>
  state.relay.search?.kind === 'asking' ? rested(state, random, atMs) : state

/** Does this token open a relay's socket? */
export function isRelayToken({ relay }: RoomState, tokenHash: SecretHash): boolean {
  const awaited = relay.search?.kind === 'awaited' ? relay.search.relay.tokenHash : null
  return tokenHash === awaited || tokenHash === relay.serving?.tokenHash
}

/** A summoned relay is there, or the serving one is back. Each token works once (RG4). */
export function relayConnected(state: RoomState, event: Of<'relay-connected'>): RoomStep {
  const { connectionId, tokenHash, resumeTokenHash } = event
  const { serving, search } = state.relay
  const older = relayConnectionOf(state.relay)
  const opened = {
    tokenHash: resumeTokenHash,
    presence: { kind: 'present', connectionId, violations: 0 },
  } as const
  if (serving?.tokenHash === tokenHash) {
    return step(withServing(state, { ...serving, ...opened }), ...closing(older, 'taken_over'))
  }
  if (search?.kind !== 'awaited' || search.relay.tokenHash !== tokenHash) {
    return step(state, { type: 'close', connectionId, reason: 'unauthorised' })
  }
  const fresh: ServingRelay = {
    ...search.relay,
    ...opened,
    doubt: null,
    isDraining: false,
    linkCount: 0,
    links: {},
  }
  const free = withoutServing(state, 'dismissed')
  const change = { serving: fresh, search: null, failures: 0, shunned: [] }
  return step(withRelay(free, change), ...closing(older, 'left'))
}

/** Its socket is gone. One that wanted to leave is not waited for. */
export function relayAway(state: RoomState, relay: ServingRelay, atMs: number): RoomState {
  if (relay.isDraining) return withoutServing(state, 'lost')
  return withServing(state, { ...relay, presence: { kind: 'away', untilMs: atMs + limits.relayGraceMs } })
}

/** Nothing is answered: a relay hears no errors. The ninth bad message ends its service (VR4). */
export function relayMisspoke(state: RoomState, relay: ServingRelay, isTooLarge: boolean): RoomStep {
  const { presence } = relay
  if (presence.kind !== 'present') return step(state)
  const violations = presence.violations + 1
  if (!isTooLarge && violations <= limits.violationsMax) {
    return step(withServing(state, { ...relay, presence: { ...presence, violations } }))
  }
  const reason = isTooLarge ? 'message_too_large' : 'violations'
  return step(withoutServing(state, 'lost'), ...closing(presence.connectionId, reason))
}

/**
 * An occupant's link to it failed. No socket and no media: nothing is left to wait for. Its socket alone says little: a machine
 * that died leaves it open for a minute. But two people do not lose the way to it by chance (RT3).
 */
export function relayDoubted(
  state: RoomState,
  relay: ServingRelay,
  occupantId: OccupantId,
  atMs: number,
): RoomStep | null {
  const { presence, doubt } = relay
  if (presence.kind === 'away') return step(withoutServing(state, 'lost'))
  const isSecond =
    doubt !== null && doubt.occupantId !== occupantId && atMs - doubt.atMs < limits.relayDoubtMs
  return isSecond ? step(withoutServing(state, 'lost'), ...closing(presence.connectionId, 'left')) : null
}

/** It sent nothing for too long (PR3); if it lives, it comes back. */
export const relaySilent = (state: RoomState, relay: ServingRelay, atMs: number): RoomStep =>
  step(relayAway(state, relay, atMs), ...closing(relayConnectionOf(state.relay), 'silent'))
