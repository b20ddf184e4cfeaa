/**
 * Decides: what the events of links, the `start` list and the snapshot do to the table of links.
 * Does not decide: which links are wanted (link-plan.ts), whether one lives (link-health.ts), what they say (link-signals.ts).
 * Invariants: an event of another generation than the present one changes nothing; a failed link is reported
 * with its own generation only, and stays listed until the room names a new one (LK5); what drains ends by its deadline.
 */
import { isRelayId, type EndpointId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { SessionEffect } from './effect.ts'
import type { LinkReading } from './event.ts'
import { connectedHealth, isCarrying, judge, newHealth, type LinkHealth } from './link-health.ts'
import { isOvertaken, planLinks, wantedLinks, type LinkName, type WantedLink } from './link-plan.ts'
import {
  askForTicketsAgain,
  canSignal,
  deliverEarlySignals,
  linkOf,
  send,
  withLink,
  withRelaySide,
} from './link-signals.ts'
import type { LinkState, SessionState, SlotCounts } from './state.ts'
import { slotsFor } from './subscribe-plan.ts'

type SessionStep = Step<SessionState, SessionEffect>

const wantedOf = ({ assigned, assignedRelay, snapshot, seat }: SessionState): readonly WantedLink[] =>
  wantedLinks(assigned, assignedRelay, snapshot, seat?.occupantId ?? null)

/** Closes the difference between the links there are and those wanted (design, rule 4). */
export function settleLinks(state: SessionState, atMs: number): SessionStep {
  const wanted = wantedOf(state)
  const present = entriesOf(state.links).map(([endpointId, { generation }]) => ({ endpointId, generation }))
  const plan = planLinks(present, wanted)
  const iceServers = state.seat?.iceServers ?? []
  const slots = slotsFor(state)
  const links: Record<EndpointId, LinkState> = { ...state.links }
  const kept = keptForNow(state, plan.close, wanted, atMs)
  const close = plan.close.filter(({ endpointId }) => !kept.includes(endpointId))
  for (const { endpointId } of close) delete links[endpointId]
  for (const link of plan.open) links[link.endpointId] = openedLink(state, link, slots, atMs)
  for (const [id, link] of entriesOf(links)) {
    const isDraining = link.drainUntilMs !== null
    if (isDraining === kept.includes(id)) continue
    links[id] = { ...link, drainUntilMs: isDraining ? null : atMs + limits.linkDrainMs }
  }
  const isSame = entriesOf({ ...state.links, ...links }).every(([id, link]) => state.links[id] === link)
  if (isSame && close.length === 0) return step(state)
  return step(
    { ...state, links },
    ...plan.open.map((link): SessionEffect => {
      if (!('ticket' in link)) {
        const { endpointId: occupantId, generation, initiator } = link
        return { type: 'open-link', occupantId, generation, initiator, iceServers }
      }
      const { endpointId: relayId, generation, ticket } = link
      return { type: 'open-relay-link', relayId, generation, ticket, iceServers, slots }
    }),
    ...close.map((link): SessionEffect => ({ type: 'close-link', ...link })),
  )
}

/** Of the links that are not wanted any more, those that still carry media until others do. Of relay links one is enough. */
function keptForNow(
  state: SessionState,
  unwanted: readonly LinkName[],
  wanted: readonly WantedLink[],
  atMs: number,
): readonly EndpointId[] {
  const untilMs = (id: EndpointId): number => state.links[id]?.drainUntilMs ?? Number.POSITIVE_INFINITY
  const kept = unwanted
    .map(({ endpointId }) => endpointId)
    .filter((id) => {
      const health = state.links[id]?.health
      const isOver = health === undefined || !isCarrying(health) || atMs >= untilMs(id)
      return !isOver && isOvertaken(id, wanted, state.snapshot)
    })
  const newest = kept
    .filter(isRelayId)
    .toSorted((a, b) => untilMs(a) - untilMs(b))
    .at(-1)
  return kept.filter((id) => !isRelayId(id) || id === newest)
}

/**
 * After every event: what drains is closed a little after its successors stand, or were given up, so that each has shown its
 * first picture; when they take too long; and when it carries nothing itself.
 */
export function settleDrains(state: SessionState, atMs: number): SessionStep {
  const isDraining = ({ drainUntilMs }: LinkState): boolean => drainUntilMs !== null
  if (!Object.values(state.links).some(isDraining)) return step(state)
  const wanted = wantedOf(state)
  const stand = wanted.every(({ endpointId }) => {
    const health = state.links[endpointId]?.health
    return health?.connected === true || health?.failed === true
  })
  if (wanted.length === 0 || !stand) return settleLinks(state, atMs)
  const links: Record<EndpointId, LinkState> = { ...state.links }
  for (const [id, link] of entriesOf(state.links)) {
    const untilMs = atMs + limits.linkSettleMs
    if (link.drainUntilMs !== null && link.drainUntilMs > untilMs)
      links[id] = { ...link, drainUntilMs: untilMs }
  }
  return settleLinks({ ...state, links }, atMs)
}

function openedLink(state: SessionState, link: WantedLink, slots: SlotCounts, atMs: number): LinkState {
  const { endpointId, generation } = link
  const isForSame = (id: EndpointId): boolean => id === endpointId || isRelayId(id) || isRelayId(endpointId)
  return {
    generation,
    health: newHealth(atMs),
    remade: entriesOf(state.links).some(([id, old]) => isForSame(id) && (old.remade || old.health.connected)),
    held: [],
    drainUntilMs: null,
    relay: 'ticket' in link ? { ticketWanted: false, isNamed: false, slots, told: null } : null,
  }
}

/** The room's list of links arrived (ST1, RL1). Signals that overtook it are delivered now. */
export function takeStart(
  state: SessionState,
  message: Extract<ServerMessage, { type: 'start' }>,
  atMs: number,
): SessionStep {
  const named = { ...state, assigned: message.links, assignedRelay: message.relay ?? null }
  const steps = [deliverEarlySignals, reportFailedLinks, askForTicketsAgain, repeatToRelay]
  return steps.reduce<SessionStep>(andThen, settleLinks(named, atMs))
}

/** Named once more: the socket was another one, the occupant's or the relay's, and what was said may be lost (RL6). */
function repeatToRelay(state: SessionState): SessionStep {
  const relayId = state.assignedRelay?.relayId
  const link = relayId === undefined ? undefined : state.links[relayId]
  if (relayId === undefined || !link?.relay) return step(state)
  if (!link.relay.isNamed) return step(withRelaySide(state, relayId, link, { ...link.relay, isNamed: true }))
  const untold = withRelaySide(state, relayId, link, { ...link.relay, told: null })
  return step(untold, { type: 'repeat-facts', relayId, generation: link.generation })
}

/** A report that went down with the old socket is repeated on the new one. */
function reportFailedLinks(state: SessionState): SessionStep {
  const failed = entriesOf(state.links).filter(([, link]) => link.health.failed)
  return step(state, ...failed.map(([id, link]) => failureOf(state, id, link)))
}

const failureOf = (state: SessionState, to: EndpointId, { generation }: LinkState): SessionEffect =>
  send(state, { type: 'link-failed', to, generation })

function changeHealth(
  state: SessionState,
  id: EndpointId,
  generation: number,
  change: (health: LinkHealth) => LinkHealth,
): SessionStep {
  const link = linkOf(state, id, generation)
  return step(link === null ? state : withLink(state, id, { ...link, health: change(link.health) }))
}

export const linkConnected = (
  state: SessionState,
  id: EndpointId,
  generation: number,
  atMs: number,
): SessionStep => changeHealth(state, id, generation, (health) => connectedHealth(health, atMs))

/** Judged with the next samples: when the other has left, the room says so first and nothing is reported. */
export const linkClosed = (state: SessionState, id: EndpointId, generation: number): SessionStep =>
  changeHealth(state, id, generation, (health) => ({ ...health, closed: true }))

/** Judges every link by one look at all of them (LK3). */
export function judgeLinks(state: SessionState, readings: readonly LinkReading[], atMs: number): SessionStep {
  let result: SessionStep = step(state)
  for (const [id, link] of entriesOf(state.links)) {
    const reading = readings.find(
      ({ endpointId, generation }) => endpointId === id && generation === link.generation,
    )
    if (reading === undefined && !link.health.closed) continue
    const { health, verdict } = judge(link.health, {
      atMs,
      receivedBytes: reading?.receivedBytes ?? null,
      canSignal: canSignal(state, id),
    })
    result = andThen(result, (next) => {
      const judged = withLink(next, id, { ...link, health })
      if (verdict === 'restart') {
        return step(judged, { type: 'restart-link', endpointId: id, generation: link.generation })
      }
      return verdict === 'failed' ? step(judged, failureOf(judged, id, link)) : step(judged)
    })
  }
  return result
}
