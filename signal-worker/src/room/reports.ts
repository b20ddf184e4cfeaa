/**
 * Decides: what a room keeps of what occupants report of their links, and what follows from links that stand by and fail (FX, MG6, RP4).
 * Does not decide: which route follows (route-policy.ts).
 * Invariants: one report for each seat, none of anybody who left; a report changes nothing but the facts of the policy.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import { isSameData } from '@video-room/shared/same.ts'
import { reportOf } from './route-facts.ts'
import { meshLinksOf } from './start.ts'
import { withRouting, type RoomState } from './state.ts'

type Report = Extract<ClientMessage, { type: 'report' }>

export function reported(state: RoomState, from: OccupantId, { paths, isUplinkLimited }: Report): RoomState {
  const { reports } = state.routing
  const report = { paths, isUplinkLimited }
  return isSameData(reports[from], report)
    ? state
    : withRouting(state, { reports: { ...reports, [from]: report } })
}

export function withCurrentReports(state: RoomState): RoomState {
  const known = Object.entries(state.routing.reports)
  const current = known.filter(([id]) => state.seats.some((seat) => seat.occupantId === id))
  return current.length === known.length
    ? state
    : withRouting(state, { reports: Object.fromEntries(current) })
}

/** A direct link that stands by failed: none is listed for a while, longer each time (RP4). */
export function directStandbyFailed(state: RoomState, atMs: number): RoomState {
  const { directFailures } = state.routing
  const waitMs = Math.min(limits.directRetryFirstMs * 2 ** directFailures, limits.directRetryMaxMs)
  return withRouting(state, { directPausedUntilMs: atMs + waitMs, directFailures: directFailures + 1 })
}

/** The wait is over; or every direct link is good, and the next failure is a first one. */
export function withDirectRested(state: RoomState, atMs: number): RoomState {
  const { directPausedUntilMs, directFailures } = state.routing
  if (directPausedUntilMs !== null) {
    return atMs < directPausedUntilMs ? state : withRouting(state, { directPausedUntilMs: null })
  }
  return directFailures > 0 && isAllGood(state) ? withRouting(state, { directFailures: 0 }) : state
}

const isAllGood = (state: RoomState): boolean =>
  state.seats.length > 1 &&
  state.seats.every(({ occupantId }) => {
    const links = meshLinksOf(state, occupantId)
    return (
      links.length > 0 &&
      links.every(({ other }) => reportOf(state, occupantId, other.occupantId)?.verdict === 'good')
    )
  })
