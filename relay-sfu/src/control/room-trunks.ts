/**
 * Decides: what the room's list and the transport's news do to the trunks of a room (CH3, R7).
 * Does not decide: what crosses them (trunk-plan.ts), when a failed one is made anew (the room).
 * Invariants: nothing crosses before the far end proved the certificate that the room named; one that fails again and again is
 * dialled more and more seldom.
 */
import type { LinkId, RelayId } from '@video-room/shared/ids.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import type { ServedTrunk } from '@video-room/shared/protocol/relay-messages.ts'
import { neighboursOf } from '@video-room/shared/route-tree.ts'
import { relayLimits } from '../limits.ts'
import type { RelayRoomState, RoomTrunk } from './room-state.ts'

const retryBounds = { firstMs: relayLimits.trunkRetryFirstMs, maxMs: relayLimits.trunkRetryMaxMs }

interface Chance {
  readonly atMs: number
  readonly random: number
}

const isSame = (trunk: RoomTrunk, served: ServedTrunk): boolean =>
  trunk.linkId === served.linkId && trunk.generation === served.generation && trunk.relayId === served.relayId

/** The list replaces the earlier one. What led to a relay that the room has let go goes on as long as all of the former route does. */
export function takeTrunks(
  state: RelayRoomState,
  served: readonly ServedTrunk[],
  chance: Chance,
): RelayRoomState {
  const once = new Map(served.map((one) => [one.relayId, one]))
  const trunks = [...once.values()].map(
    (one) => listed(state.trunks.find((trunk) => isSame(trunk, one))) ?? newTrunk(state, one, chance),
  )
  const named = new Set(trunks.map(({ relayId }) => relayId))
  const { former, relayId: own } = state
  const neighbours = former === null ? [] : neighboursOf(former.route, own)
  const leaving = state.trunks
    .filter(({ relayId, isProved }) => isProved && !named.has(relayId) && neighbours.includes(relayId))
    .map((trunk) => ({ ...trunk, leavesAtMs: former?.untilMs ?? null }))
  const trunkFailures = Object.fromEntries(
    Object.entries(state.trunkFailures).filter(([relayId]) => [...named].some((id) => id === relayId)),
  )
  return { ...state, trunks: [...trunks, ...leaving], trunkFailures }
}

const listed = (trunk: RoomTrunk | undefined): RoomTrunk | undefined =>
  trunk === undefined || trunk.leavesAtMs === null ? trunk : { ...trunk, leavesAtMs: null }

function newTrunk(state: RelayRoomState, served: ServedTrunk, { atMs, random }: Chance): RoomTrunk {
  const { relayId, linkId, generation, fingerprint, ticket = null } = served
  const failures = state.trunkFailures[relayId] ?? 0
  return {
    relayId,
    linkId,
    generation,
    fingerprint,
    ticket,
    hasBegun: false,
    dialAtMs: failures === 0 ? atMs : atMs + backoffMs(failures - 1, random, retryBounds),
    isProved: false,
    failure: null,
    failureToldOn: null,
    leavesAtMs: null,
    upByMs: atMs + relayLimits.linkUpMs,
    measureAtMs: null,
    reported: null,
  }
}

export const mapTrunks = (state: RelayRoomState, change: (trunk: RoomTrunk) => RoomTrunk): RelayRoomState => {
  const trunks = state.trunks.map(change)
  return trunks.every((trunk, at) => trunk === state.trunks[at]) ? state : { ...state, trunks }
}

const failed = (trunk: RoomTrunk, failure: NonNullable<RoomTrunk['failure']>): RoomTrunk => ({
  ...trunk,
  failure,
  isProved: false,
  upByMs: null,
  measureAtMs: null,
})

const withFailure = (state: RelayRoomState, relayId: RelayId): RelayRoomState => ({
  ...state,
  trunkFailures: { ...state.trunkFailures, [relayId]: (state.trunkFailures[relayId] ?? 0) + 1 },
})

/** One trunk that works, changed; whatever fails is counted. */
function changed(
  state: RelayRoomState,
  linkId: LinkId,
  change: (trunk: RoomTrunk) => RoomTrunk,
): RelayRoomState {
  const trunk = state.trunks.find((one) => one.linkId === linkId && one.failure === null)
  if (trunk === undefined) return state
  const next = change(trunk)
  const kept = mapTrunks(state, (one) => (one === trunk ? next : one))
  return next.failure === null ? kept : withFailure(kept, trunk.relayId)
}

export const trunkSecured = (
  state: RelayRoomState,
  linkId: LinkId,
  fingerprint: string,
  atMs: number,
): RelayRoomState =>
  changed(state, linkId, (trunk) =>
    trunk.fingerprint === fingerprint
      ? { ...trunk, isProved: true, upByMs: null, measureAtMs: trunk.ticket === null ? null : atMs }
      : failed(trunk, 'refused'),
  )

export const trunkLost = (state: RelayRoomState, linkId: LinkId): RelayRoomState =>
  changed(state, linkId, (trunk) => failed(trunk, 'lost'))

/** Trunks whose time to come up is over, and those that were let go. */
export function giveUpLateTrunks(state: RelayRoomState, atMs: number): RelayRoomState {
  const staying = state.trunks.filter(({ leavesAtMs }) => leavesAtMs === null || atMs < leavesAtMs)
  return staying.reduce(
    (next, { linkId, upByMs }) =>
      upByMs !== null && atMs >= upByMs ? changed(next, linkId, (trunk) => failed(trunk, 'late')) : next,
    staying.length === state.trunks.length ? state : { ...state, trunks: staying },
  )
}

/** How far its ends are apart: told when it is first known, and when it is another by much. */
export function trunkMeasured(state: RelayRoomState, linkId: LinkId, rttMs: number | null): RelayRoomState {
  return changed(state, linkId, (trunk) => {
    const before = trunk.reported?.rttMs ?? null
    const isNews =
      trunk.reported === null ||
      (rttMs !== null && (before === null || Math.abs(rttMs - before) >= Math.max(10, before / 4)))
    return isNews ? { ...trunk, reported: { rttMs, toldOn: null } } : trunk
  })
}

/** One that this end dials begins when its time has come, one that is dialled from the other end at once. */
export const beginDueTrunks = (state: RelayRoomState, atMs: number): RelayRoomState =>
  mapTrunks(state, (trunk) => {
    const isDue = trunk.failure === null && (trunk.ticket === null || atMs >= trunk.dialAtMs)
    return isDue && !trunk.hasBegun ? { ...trunk, hasBegun: true } : trunk
  })

export const trunkDeadlines = (state: RelayRoomState): readonly (number | null)[] =>
  state.trunks.flatMap(({ upByMs, leavesAtMs, measureAtMs, dialAtMs, failure, hasBegun }) => [
    upByMs,
    leavesAtMs,
    measureAtMs,
    failure === null && !hasBegun ? dialAtMs : null,
  ])
