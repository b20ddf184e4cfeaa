/**
 * Decides: which relays have a part in a room: the one that serves or stands by, the next one that takes over from it (RT3, RG4),
 * and the branches of a tree (CH1).
 * Does not decide: when one is looked for (relay-search.ts, chain.ts), whether media goes through it (route-policy.ts, migration.ts), which
 * links it has (relay-links.ts).
 * Invariants: there is a next one only beside one that serves; a relay counts as no occupant; no generation of a link to the same
 * relay comes twice.
 */
import type { CloseReason } from '@video-room/shared/errors.ts'
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { RoomEffect } from './effect.ts'
import type { RoomEvent } from './event.ts'
import { relaysOf, socketOf, withRelay, type RelayState, type ServingRelay } from './relay-state.ts'
import { isItsThread, onThread } from './relay-thread.ts'
import { generationsOf, withoutGenerationsOf } from './start.ts'
import type { RoomState } from './state.ts'

type RoomStep = Step<RoomState, RoomEffect>
type Of<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

export const withRelays = (state: RoomState, change: Partial<RelayState>): RoomState => ({
  ...state,
  relay: { ...state.relay, ...change },
})

export const withChanged = (state: RoomState, relay: ServingRelay): RoomState => ({
  ...state,
  relay: withRelay(state.relay, relay),
})

export const closingOf = (
  relay: ServingRelay,
  reason: CloseReason | 'silent' | 'left',
): readonly RoomEffect[] => {
  const connectionId = socketOf(relay)
  return connectionId === null ? [] : [{ type: 'close', connectionId, reason }]
}

export const shunning = (state: RoomState, relayId: RelayId): RoomState =>
  withRelays(state, { shunned: [...state.relay.shunned, relayId].slice(-limits.relaysShunnedMax) })

/** Does the present route name it? */
export const isInRoute = ({ route }: RoomState, { relayId }: ServingRelay): boolean =>
  route.kind === 'relayed' && route.relays.some((relay) => relay.relayId === relayId)

/** It has no part any more, and no generation of its links comes again. The next one serves in its place. */
export function withoutRelay(state: RoomState, relay: ServingRelay, why: 'lost' | 'dismissed'): RoomState {
  const { relayId } = relay
  const { serving, next, search } = state.relay
  const used = generationsOf(state.generations, relayId)
  const branches = state.relay.branches.filter((branch) => branch.relayId !== relayId)
  const isServing = serving?.relayId === relayId
  // Of a tree whose middle is gone a branch stands already.
  const [heir = null, ...others] = isServing && next === null ? branches : [next, ...branches]
  const free: RoomState = {
    ...withRelays(state, {
      serving: isServing ? heir : serving,
      next: isServing || next?.relayId === relayId ? null : next,
      branches: isServing ? others.filter((branch) => branch !== null) : branches,
      firstGeneration: 1 + Math.max(state.relay.firstGeneration, relay.firstGeneration, ...used),
      // It was resting because this one drained and there was no other; now there is a need.
      search: search?.kind === 'resting' ? null : search,
    }),
    generations: withoutGenerationsOf(state.generations, new Set([relayId])),
  }
  return why === 'lost' ? shunning(free, relayId) : free
}

/** A summoned relay is there, or one that served is back. Each token works once (RG4). */
export function relayConnected(state: RoomState, event: Of<'relay-connected'>): RoomStep {
  const { connectionId, tokenHash, resumeTokenHash, thread = 0 } = event
  const { serving, search, branches, branchSearch } = state.relay
  if (!isItsThread(state.relay, tokenHash, thread))
    return step(state, { type: 'close', connectionId, reason: 'unauthorised' })
  const opened = {
    tokenHash: resumeTokenHash,
    presence: { kind: 'present', connectionId, violations: 0 },
  } as const
  const known = relaysOf(state.relay).find((relay) => relay.tokenHash === tokenHash)
  if (known) {
    const back = onThread({ ...known, ...opened }, thread)
    return step(withChanged(state, back), ...closingOf(known, 'taken_over'))
  }
  const { firstGeneration } = state.relay
  const newcomer = { doubt: null, isDraining: false, firstGeneration, linkCount: 0, links: {}, trunks: {} }
  if (branchSearch?.kind === 'awaited' && branchSearch.relay.tokenHash === tokenHash) {
    const branch = onThread({ ...branchSearch.relay, ...opened, ...newcomer }, thread)
    return step(withRelays(state, { branchSearch: null, branches: [...branches, branch] }))
  }
  if (search?.kind !== 'awaited' || search.relay.tokenHash !== tokenHash) {
    return step(state, { type: 'close', connectionId, reason: 'unauthorised' })
  }
  const found = withRelays(state, { search: null, failures: 0, shunned: [] })
  const fresh = onThread({ ...search.relay, ...opened, ...newcomer }, thread)
  if (serving === null) return step(withRelays(found, { serving: fresh }))
  // Media goes through the old one still; it moves when everybody stands at the new one (MG4).
  const isOther = serving.relayId !== fresh.relayId
  if (isOther && isInRoute(state, serving)) return step(withRelays(found, { next: fresh }))
  const free = withoutRelay(found, serving, 'dismissed')
  const first = Math.max(firstGeneration, free.relay.firstGeneration)
  return step(
    withRelays(free, { serving: { ...fresh, firstGeneration: first } }),
    ...closingOf(serving, 'left'),
  )
}

/** Its socket is gone. One that wanted to leave, or carries nothing yet, is not waited for. */
export function relayAway(state: RoomState, relay: ServingRelay, atMs: number): RoomState {
  const isNext = state.relay.next?.relayId === relay.relayId && !isInRoute(state, relay)
  if (relay.isDraining || isNext) return withoutRelay(state, relay, 'lost')
  return withChanged(state, {
    ...relay,
    presence: { kind: 'away', sinceMs: atMs, untilMs: atMs + limits.relayGraceMs },
  })
}

/** Nothing is answered: a relay hears no errors. The ninth bad message ends its service (VR4). */
export function relayMisspoke(state: RoomState, relay: ServingRelay, isTooLarge: boolean): RoomStep {
  const { presence } = relay
  if (presence.kind !== 'present') return step(state)
  const violations = presence.violations + 1
  if (!isTooLarge && violations <= limits.violationsMax) {
    return step(withChanged(state, { ...relay, presence: { ...presence, violations } }))
  }
  const reason = isTooLarge ? 'message_too_large' : 'violations'
  return step(withoutRelay(state, relay, 'lost'), ...closingOf(relay, reason))
}

/**
 * An occupant's link to the relay of the route failed. No socket and no media: nothing is left to wait for. Its socket alone says
 * little: a machine that died leaves it open for a minute. But two people do not lose the way to it by chance (RT3).
 */
export function relayDoubted(
  state: RoomState,
  relay: ServingRelay,
  occupantId: OccupantId,
  atMs: number,
): RoomStep | null {
  const { presence, doubt } = relay
  if (presence.kind === 'away') return step(withoutRelay(state, relay, 'lost'))
  const isSecond =
    doubt !== null && doubt.occupantId !== occupantId && atMs - doubt.atMs < limits.relayDoubtMs
  return isSecond ? relayGivenUp(state, relay) : null
}

/** Lost, though its socket is there: it is told to go, should it hear that. */
export const relayGivenUp = (state: RoomState, relay: ServingRelay): RoomStep =>
  step(withoutRelay(state, relay, 'lost'), ...closingOf(relay, 'left'))

/** Someone cannot reach the one that stands by: it would carry nobody's media, and none stands by for a while. */
export function standbyFailed(state: RoomState, relay: ServingRelay, atMs: number): RoomStep {
  const given = relayGivenUp(state, relay)
  return step(
    withRelays(given.state, { pausedUntilMs: atMs + limits.standbyRetryMs, search: null }),
    ...given.effects,
  )
}

/** It sent nothing for too long (PR3); if it lives, it comes back. */
export const relaySilent = (state: RoomState, relay: ServingRelay, atMs: number): RoomStep =>
  step(relayAway(state, relay, atMs), ...closingOf(relay, 'silent'))
