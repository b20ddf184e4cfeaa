/**
 * Decides: what the room knows of its trunks, and when one is given up (CH3, CH6, R7).
 * Does not decide: which trunks there are (trunk-links.ts).
 * Invariants: word of an attempt that is over changes nothing; a trunk that failed is tried anew at once, under another id.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import type { RelayToRoom } from '@video-room/shared/protocol/relay-messages.ts'
import type { Route } from '@video-room/shared/route.ts'
import { trunkBetween, type Chain } from './chain-state.ts'
import type { RoomEffect } from './effect.ts'
import { relayGivenUp } from './relay.ts'
import { relayOf } from './relay-state.ts'
import { trunkedRoutesOf, withRaisedGeneration } from './start.ts'
import { withChain, type RoomState } from './state.ts'
import { edgesOf, isCurrentTrunk } from './trunk-links.ts'

type Report = Extract<RelayToRoom, { type: 'trunk-report' }>

type TrunkState = Chain['trunks'][number]

const withTrunk = (state: RoomState, trunk: TrunkState): RoomState => {
  const others = state.chain.trunks.filter(
    ({ dials, answers }) => dials !== trunk.dials || answers !== trunk.answers,
  )
  return withChain(state, { trunks: [...others, trunk] })
}

/** It is up; `from` dialled it. */
export function trunkReported(state: RoomState, from: RelayId, { to, generation, rttMs }: Report): RoomState {
  if (!isCurrentTrunk(state, from, to, generation)) return state
  return withTrunk(state, { dials: from, answers: to, downSinceMs: null, rttMs })
}

/** Both ends may say so; the first word moves the generation on, and the second finds it moved. */
export function trunkFailed(
  state: RoomState,
  from: RelayId,
  to: RelayId,
  generation: number,
  atMs: number,
): RoomState {
  if (!isCurrentTrunk(state, from, to, generation)) return state
  const edge = edgesOf(state).find(
    ({ dials, answers }) => [from, to].includes(dials.relayId) && [from, to].includes(answers.relayId),
  )
  if (edge === undefined) return state
  const [dials, answers] = [edge.dials.relayId, edge.answers.relayId]
  const downSinceMs = trunkBetween(state.chain, dials, answers)?.downSinceMs ?? atMs
  return withRaisedGeneration(withTrunk(state, { dials, answers, downSinceMs, rttMs: null }), from, to)
}

/** Relays of the present route that are cut off from their parent. */
export const cutRelaysOf = ({ route, chain }: RoomState): readonly RelayId[] =>
  route.kind === 'mesh'
    ? []
    : route.relays.flatMap(({ relayId, parentId }) => {
        const trunk = parentId === undefined ? undefined : trunkBetween(chain, relayId, parentId)
        return typeof trunk?.downSinceMs === 'number' ? [relayId] : []
      })

/** Are all trunks of this route up? Before that it cannot be taken: not everyone whom that concerns has another link to tell by (MG4). */
export const areTrunksUp = ({ chain }: RoomState, route: Route): boolean =>
  route.kind === 'mesh' ||
  route.relays.every(
    ({ relayId, parentId }) =>
      parentId === undefined || trunkBetween(chain, relayId, parentId)?.downSinceMs === null,
  )

export const trunkDeadlines = ({ chain }: RoomState): readonly (number | null)[] =>
  chain.trunks.map(({ downSinceMs }) => (downSinceMs === null ? null : downSinceMs + limits.trunkLostMs))

/** By the route that has a trunk between the two, the present one first. */
function isChildOf(state: RoomState, child: RelayId, parent: RelayId): boolean {
  const joints = trunkedRoutesOf(state).flatMap((route) => (route.kind === 'mesh' ? [] : route.relays))
  const joint = joints.find(
    ({ relayId, parentId }) =>
      (relayId === child && parentId === parent) || (relayId === parent && parentId === child),
  )
  return joint?.relayId === child
}

/** Forgets trunks that are over; a branch that was cut off for too long is lost to the room. */
export function settleTrunks(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  const edges = edgesOf(state)
  const { trunks } = state.chain
  const kept = trunks.filter((trunk) =>
    edges.some(({ dials, answers }) => dials.relayId === trunk.dials && answers.relayId === trunk.answers),
  )
  const tidy = kept.length === trunks.length ? state : withChain(state, { trunks: kept })
  return kept.reduce((before, { dials, answers, downSinceMs }) => {
    if (downSinceMs === null || atMs < downSinceMs + limits.trunkLostMs) return before
    return andThen(before, (next) => {
      // Of its two ends the one that is nearer to the middle of the tree stays.
      const lost = isChildOf(next, answers, dials) ? answers : dials
      const branch = relayOf(next.relay, lost)
      if (branch === null) return step(next)
      const given = relayGivenUp(next, branch)
      const restUntilMs = atMs + limits.chainRestMs
      return step(withChain(given.state, { restUntilMs, wanted: null, candidate: null }), ...given.effects)
    })
  }, step<RoomState, RoomEffect>(tidy))
}
