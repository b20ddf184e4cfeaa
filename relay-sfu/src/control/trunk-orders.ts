/**
 * Decides: what the transport shall do for each trunk now, and which effects lead there from what it was told before (CH3).
 * Does not decide: what crosses (trunk-plan.ts), which trunks there are (room-trunks.ts).
 * Invariants: the same orders again are no effects; what stops goes out before what starts.
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { isSameData } from '@video-room/shared/same.ts'
import { relayLimits } from '../limits.ts'
import type { RelayRoomEffect } from './room-event.ts'
import type { RelayRoomState, RoomTrunk } from './room-state.ts'
import { mapTrunks } from './room-trunks.ts'
import { planTrunk, type TrunkPlan } from './trunk-plan.ts'

export interface TrunkOrders {
  readonly isAdmitted: boolean
  readonly plan: TrunkPlan
}

const nothing: TrunkOrders = { isAdmitted: false, plan: { incoming: [], outgoing: [] } }

const isOpen = ({ failure, hasBegun }: RoomTrunk): boolean => failure === null && hasBegun

const ordersOf = (state: RelayRoomState, { relayId, isProved }: RoomTrunk): TrunkOrders =>
  isProved ? { isAdmitted: true, plan: planTrunk(state, relayId) } : nothing

/** Effects in rows, as of links: whatever is opened is so before anything is pointed at it. */
export interface TrunkEffects {
  readonly stopping: readonly RelayRoomEffect[]
  readonly opening: readonly RelayRoomEffect[]
  readonly starting: readonly RelayRoomEffect[]
}

export function orderTrunks(state: RelayRoomState): {
  readonly told: RelayRoomState['toldTrunks']
  readonly effects: TrunkEffects
} {
  const stopping: RelayRoomEffect[] = []
  const opening: RelayRoomEffect[] = []
  const starting: RelayRoomEffect[] = []
  const told: Record<LinkId, TrunkOrders> = {}
  const open = state.trunks.filter(isOpen)
  for (const [linkId] of entriesOf(state.toldTrunks)) {
    if (!open.some((trunk) => trunk.linkId === linkId)) stopping.push({ type: 'close-link', linkId })
  }
  for (const trunk of open) {
    const { linkId, ticket } = trunk
    const before = state.toldTrunks[linkId]
    if (before === undefined) {
      opening.push(
        ticket === null
          ? { type: 'open-link', linkId, isTrunk: true }
          : { type: 'dial-link', linkId, ticket },
      )
    }
    const { isAdmitted, plan } = ordersOf(state, trunk)
    const earlier = before ?? nothing
    if (!isSameData(plan, earlier.plan)) {
      // A mute among them is obeyed in the step that brought it.
      const row = isQuieter(earlier.plan, plan) ? stopping : starting
      row.push({ type: 'command-link', linkId, command: { type: 'set-trunk', ...plan } })
    }
    if (isAdmitted !== earlier.isAdmitted) {
      const row = isAdmitted ? starting : stopping
      row.push({ type: 'command-link', linkId, command: { type: 'set-admitted', isAdmitted } })
    }
    told[linkId] = { isAdmitted, plan }
  }
  return { told, effects: { stopping, opening, starting } }
}

/** Something that came in may not any more. */
const isQuieter = (before: TrunkPlan, after: TrunkPlan): boolean =>
  before.incoming.some(
    ({ mid, isForwarded }) =>
      isForwarded && after.incoming.find((one) => one.mid === mid)?.isForwarded !== true,
  )

/** Asks how long trunks are, and tells the room what is new of them: `link-failed` once on each socket, and distances. */
export function tellOfTrunks(state: RelayRoomState, atMs: number): Step<RelayRoomState, RelayRoomEffect> {
  const { attempt } = state
  const hears = state.connection.kind === 'open'
  const effects: RelayRoomEffect[] = []
  const next = mapTrunks(state, (before) => {
    let trunk = before
    const { relayId: to, linkId, generation } = trunk
    if (trunk.measureAtMs !== null && atMs >= trunk.measureAtMs) {
      effects.push({ type: 'measure-trunk', linkId })
      trunk = { ...trunk, measureAtMs: atMs + relayLimits.trunkMeasureMs }
    }
    if (trunk.leavesAtMs !== null) return trunk
    if (hears && trunk.failure !== null && trunk.failureToldOn !== attempt) {
      effects.push({ type: 'send', attempt, message: { type: 'link-failed', to, generation } })
      trunk = { ...trunk, failureToldOn: attempt }
    }
    const { reported } = trunk
    if (hears && trunk.failure === null && reported !== null && reported.toldOn !== attempt) {
      const { rttMs } = reported
      effects.push({ type: 'send', attempt, message: { type: 'trunk-report', to, generation, rttMs } })
      trunk = { ...trunk, reported: { ...reported, toldOn: attempt } }
    }
    return trunk
  })
  return step(next, ...effects)
}
