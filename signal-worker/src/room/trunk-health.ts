/**
 * Decides: what the room knows of its trunks, and when one is given up (CH3, CH6, R7).
 * Does not decide: which trunks there are (trunk-links.ts).
 * Invariants: word of an attempt that is over changes nothing; a trunk that failed is tried anew at once, under another id.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import type { RelayToRoom } from '@video-room/shared/protocol/relay-messages.ts'
import type { RoomEffect } from './effect.ts'
import { relayGivenUp } from './relay.ts'
import { relayOf } from './relay-state.ts'
import { withRaisedGeneration } from './start.ts'
import { withChain, type RoomState } from './state.ts'
import { edgesOf, isCurrentTrunk } from './trunk-links.ts'

type Report = Extract<RelayToRoom, { type: 'trunk-report' }>

/** It is up; `from` dialled it. */
export function trunkReported(state: RoomState, from: RelayId, { to, generation, rttMs }: Report): RoomState {
  if (!isCurrentTrunk(state, from, to, generation)) return state
  return withChain(state, { trunks: { ...state.chain.trunks, [from]: { downSinceMs: null, rttMs } } })
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
  const child = edgesOf(state).find(
    ({ dials, answers }) => [from, to].includes(dials.relayId) && [from, to].includes(answers.relayId),
  )?.dials.relayId
  if (child === undefined) return state
  const downSinceMs = state.chain.trunks[child]?.downSinceMs ?? atMs
  const trunks = { ...state.chain.trunks, [child]: { downSinceMs, rttMs: null } }
  return withRaisedGeneration(withChain(state, { trunks }), from, to)
}

/** Relays of the present route that are cut off from their parent. */
export const cutRelaysOf = ({ route, chain }: RoomState): readonly RelayId[] =>
  route.kind === 'mesh'
    ? []
    : route.relays.flatMap(({ relayId, parentId }) =>
        parentId !== undefined && typeof chain.trunks[relayId]?.downSinceMs === 'number' ? [relayId] : [],
      )

export const trunkDeadlines = ({ chain }: RoomState): readonly (number | null)[] =>
  Object.values(chain.trunks).map(({ downSinceMs }) =>
    downSinceMs === null ? null : downSinceMs + limits.trunkLostMs,
  )

/** Forgets trunks that are over; a branch that was cut off for too long is lost to the room. */
export function settleTrunks(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  const dialling = new Set(edgesOf(state).map(({ dials }) => dials.relayId))
  const known = entriesOf(state.chain.trunks)
  const kept = known.filter(([relayId]) => dialling.has(relayId))
  const tidy = kept.length === known.length ? state : withChain(state, { trunks: Object.fromEntries(kept) })
  return kept.reduce((before, [relayId, { downSinceMs }]) => {
    if (downSinceMs === null || atMs < downSinceMs + limits.trunkLostMs) return before
    return andThen(before, (next) => {
      const branch = relayOf(next.relay, relayId)
      if (branch === null) return step(next)
      const given = relayGivenUp(next, branch)
      const restUntilMs = atMs + limits.chainRestMs
      return step(withChain(given.state, { restUntilMs, wanted: null, candidate: null }), ...given.effects)
    })
  }, step<RoomState, RoomEffect>(tidy))
}
