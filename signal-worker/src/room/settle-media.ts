/**
 * Decides: the order in which relays, trees, route and links are brought in line after an event.
 * Does not decide: any of them (relay-search.ts, chain.ts, migration.ts, start.ts, relay-links.ts).
 * Invariants: asked again at once it changes nothing, but for what time brings.
 */
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import { settleChain } from './chain.ts'
import type { RoomEffect } from './effect.ts'
import { settleRoute } from './migration.ts'
import { withLinkIds } from './relay-links.ts'
import { settleRelay } from './relay-search.ts'
import { withCurrentReports, withDirectRested } from './reports.ts'
import { isCrowd } from './start.ts'
import { withRouting, type RoomState } from './state.ts'
import { withTrunkIds } from './trunk-links.ts'

/** From the change of the setting until the mesh is left (RT2). */
function withHidden(state: RoomState): RoomState {
  const { hiddenFrom } = state.routing
  const isHiding = state.settings.route === 'relay' && state.route.kind === 'mesh'
  const next = isHiding ? (hiddenFrom ?? state.readyCount) : null
  return next === hiddenFrom ? state : withRouting(state, { hiddenFrom: next })
}

/** From the coming of one too many for a mesh until the relay that is prepared for it carries, or is given up (ST5). */
function withCrowded(state: RoomState, readyBefore: number): RoomState {
  const { crowdedFrom, migration } = state.routing
  const isCrowding = state.route.kind === 'mesh' && migration?.route.reasons?.includes('occupants') === true
  const next = isCrowding ? (crowdedFrom ?? readyBefore) : null
  return next === crowdedFrom ? state : withRouting(state, { crowdedFrom: next })
}

/** A preparation that was given up for fewer people says nothing of this one, and waiting would make the mesh of too many (ST5). */
function withUnrested(state: RoomState, readyBefore: number): RoomState {
  const isNewcomer = state.readyCount > readyBefore && isCrowd(state)
  return isNewcomer && state.routing.restUntilMs !== null ? withRouting(state, { restUntilMs: null }) : state
}

/** Each may leave something to the others: a route a relay that nobody needs, a relay that is given up another route. */
const roundsMax = 4

/** `readyBefore`: how many `media-ready` there had been before the event that brought this. */
export function settleMedia(
  state: RoomState,
  atMs: number,
  readyBefore = state.readyCount,
): Step<RoomState, RoomEffect> {
  if (state.status !== 'open') return step(state)
  const current = withUnrested(withCurrentReports(state), readyBefore)
  let settled = step<RoomState, RoomEffect>(withDirectRested(current, atMs))
  for (let round = 0; round < roundsMax; round += 1) {
    const before = settled.state
    settled = step(withHidden(before), ...settled.effects)
    for (const settle of [settleRelay, settleChain, settleRoute]) {
      settled = andThen(settled, (next) => settle(next, atMs))
    }
    settled = step(withCrowded(settled.state, readyBefore), ...settled.effects)
    if (settled.state === before) break
  }
  return step(withTrunkIds(withLinkIds(settled.state)), ...settled.effects)
}
