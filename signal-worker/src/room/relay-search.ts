/**
 * Decides: whether a room wants a relay, and how it looks for one (RT4, RG3, MG6).
 * Does not decide: which relay there is to have (the registry is asked, and answers when it likes), what a relay does once it is
 * there (relay.ts).
 * Invariants: one question or one awaited relay at a time, each with a deadline; a room without a use for relays has none.
 */
import type { RelayId, SecretHash } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import { homeOf } from '@video-room/shared/route-tree.ts'
import { branchSummoned, branchUnavailable } from './chain.ts'
import type { RoomEffect } from './effect.ts'
import type { RoomEvent } from './event.ts'
import {
  closingOf,
  isInRoute,
  relayGivenUp,
  shunning,
  withChanged,
  withoutRelay,
  withRelays,
} from './relay.ts'
import { relayByToken, relayOf, relaysOf, socketOf, type ServingRelay } from './relay-state.ts'
import { reportOf } from './route-facts.ts'
import { demanded } from './route-policy.ts'
import { isCrowd, linkable } from './start.ts'
import type { RoomState } from './state.ts'

type RoomStep = Step<RoomState, RoomEffect>
type Of<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

const retryBounds = { firstMs: limits.relayRetryFirstMs, maxMs: limits.relayRetryMaxMs }

/** When something about relays is due, or null. */
export function relayDeadlines({ relay }: RoomState): readonly (number | null)[] {
  const away = relaysOf(relay).map(({ presence }) => (presence.kind === 'away' ? presence.untilMs : null))
  return [...away, relay.search?.untilMs ?? null, relay.branchSearch?.untilMs ?? null, relay.pausedUntilMs]
}

/** Brings the relays in line with everything else; asked before and after every event. */
export function settleRelay(state: RoomState, atMs: number): RoomStep {
  if (state.status !== 'open') return step(state)
  const due = settleDue(state, atMs)
  const use = useOf(due.state)
  const settled = use === 'none' ? dismissed(due.state) : withoutSpare(due.state)
  const effects = [...due.effects, ...settled.effects]
  if (use !== 'wanted') return step(settled.state, ...effects)
  const searching = searched(settled.state, atMs)
  return step(searching.state, ...effects, ...searching.effects)
}

/**
 * wanted: from the first join to the last seat where everything goes through it, so that it is there when people come; where the
 * room may choose, as long as two take part. kept: the one that carries the call until the call has moved.
 */
function useOf(state: RoomState): 'wanted' | 'kept' | 'none' {
  const { settings, seats, route, relay } = state
  const choice = demanded({ setting: settings.route, wishes: seats.map(({ routeWish }) => routeWish) })
  if (choice?.kind === 'relayed') return seats.length > 0 ? 'wanted' : 'none'
  if (linkable(state).length < 2) return 'none'
  if (choice?.kind === 'mesh') return route.kind === 'relayed' ? 'kept' : 'none'
  const isPaused = route.kind === 'mesh' && relay.pausedUntilMs !== null && !isCrowd(state)
  return isPaused ? 'none' : 'wanted'
}

/** Times that have come: a relay that stayed away, one that was summoned and did not come, an answer that is overdue. */
function settleDue(state: RoomState, atMs: number): RoomStep {
  const { pausedUntilMs } = state.relay
  const resumed =
    pausedUntilMs !== null && atMs >= pausedUntilMs ? withRelays(state, { pausedUntilMs: null }) : state
  const kept = relaysOf(resumed.relay).reduce(
    (before, { relayId }) => andThen(before, (next) => keptOrLost(next, relayId, atMs)),
    step<RoomState, RoomEffect>(resumed),
  )
  return step(searchDue(kept.state, atMs), ...kept.effects)
}

function keptOrLost(state: RoomState, relayId: RelayId, atMs: number): RoomStep {
  const relay = relayOf(state.relay, relayId)
  if (relay === null) return step(state)
  const isOver = relay.presence.kind === 'away' && atMs >= relay.presence.untilMs
  if (isOver) return step(withoutRelay(state, relay, 'lost'))
  return isForsaken(state, relay) ? relayGivenUp(state, relay) : step(state)
}

/** All of its own who are there, and there are several, hear nothing of it: a machine that died leaves its socket open (RT3). */
function isForsaken(state: RoomState, relay: ServingRelay): boolean {
  if (!isInRoute(state, relay)) return false
  const present = linkable(state).filter(
    ({ presence, occupantId }) =>
      presence.kind === 'present' && homeOf(state.route, occupantId) === relay.relayId,
  )
  return (
    present.length > 1 &&
    present.every(({ occupantId }) => {
      const verdict = reportOf(state, occupantId, relay.relayId)?.verdict
      return verdict === 'silent' || verdict === 'unreachable'
    })
  )
}

function searchDue(state: RoomState, atMs: number): RoomState {
  const { search } = state.relay
  if (search === null || atMs < search.untilMs) return state
  switch (search.kind) {
    case 'asking':
      return rested(state, 1, atMs)
    case 'awaited':
      return shunning(withRelays(state, { search: null }), search.relay.relayId)
    case 'resting':
      return withRelays(state, { search: null })
  }
}

function rested(state: RoomState, random: number, atMs: number): RoomState {
  const { failures } = state.relay
  const untilMs = atMs + backoffMs(failures, random, retryBounds)
  // Nobody else is there: those that failed may have recovered.
  return withRelays(state, { search: { kind: 'resting', untilMs }, failures: failures + 1, shunned: [] })
}

const isSteady = (relay: ServingRelay | null): relay is ServingRelay =>
  relay !== null && socketOf(relay) !== null && !relay.isDraining

/**
 * One that is there and means to stay is enough; so is the next one beside one that does not. Of a tree a branch takes over: it
 * stands already, and the registry would name it again.
 */
function searched(state: RoomState, atMs: number): RoomStep {
  const { serving, next, branches, search, shunned } = state.relay
  if (next !== null || isSteady(serving)) return step(state)
  const heir = branches.find(isSteady)
  if (heir !== undefined) {
    const others = branches.filter((branch) => branch !== heir)
    return step(withRelays(state, { next: heir, branches: others, search: null }))
  }
  if (search !== null) return step(state)
  const exclude = [...shunned, ...relaysOf(state.relay).map(({ relayId }) => relayId)]
  const untilMs = atMs + limits.relayAnswerMs
  return step(withRelays(state, { search: { kind: 'asking', untilMs } }), {
    type: 'summon-relay',
    purpose: 'route',
    exclude,
  })
}

/** The one that was given up for a moment is back: the next one, there or on its way, is not needed. */
function withoutSpare(state: RoomState): RoomStep {
  const { serving, next, branches, search } = state.relay
  if (!isSteady(serving) || (next === null && search === null)) return step(state)
  const free = withRelays(state, { search: null })
  if (next === null) return step(free)
  // It was a branch of the tree, and is one again.
  if (isInRoute(state, next)) return step(withRelays(free, { next: null, branches: [...branches, next] }))
  return step(withoutRelay(free, next, 'dismissed'), ...closingOf(next, 'left'))
}

/** Nobody needs one any more; one that is on its way finds the door closed. */
function dismissed(state: RoomState): RoomStep {
  if (relaysOf(state.relay).length === 0 && state.relay.search === null) return step(state)
  const effects = relaysOf(state.relay).flatMap((relay) => closingOf(relay, 'left'))
  // The next one first: it would take the place of the other.
  const left = relaysOf(state.relay)
    .toReversed()
    .reduce((next, relay) => withoutRelay(next, relay, 'dismissed'), state)
  return step(withRelays(left, { search: null, branchSearch: null, failures: 0, shunned: [] }), ...effects)
}

/**
 * The registry named one, and told it to come. An answer to a question that was given up is nobody's; one that is here already
 * comes again with its new secret, as the same.
 */
export function relaySummoned(state: RoomState, { relay, atMs, purpose }: Of<'relay-summoned'>): RoomState {
  const known = relayOf(state.relay, relay.relayId)
  if (known !== null) {
    // On another of its threads, perhaps: it may have forgotten us (RG8).
    const { tokenHash, candidates } = relay
    const renewed = withChanged(state, { ...known, tokenHash, candidates })
    return withRelays(renewed, purpose === 'branch' ? { branchSearch: null } : { search: null })
  }
  const awaited = { kind: 'awaited', untilMs: atMs + limits.relayConnectMs, relay } as const
  if (purpose === 'branch') return branchSummoned(state, awaited)
  return state.relay.search?.kind === 'asking' ? withRelays(state, { search: awaited }) : state
}

export function relayUnavailable(state: RoomState, event: Of<'relay-unavailable'>): RoomState {
  const { random, atMs, purpose } = event
  if (purpose === 'branch') return branchUnavailable(state, atMs)
  return state.relay.search?.kind === 'asking' ? rested(state, random, atMs) : state
}

/** Does this token open a relay's socket? */
export function isRelayToken({ relay }: RoomState, tokenHash: SecretHash): boolean {
  return relayByToken(relay, tokenHash) !== null
}
