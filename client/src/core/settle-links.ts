/**
 * Decides: when links are opened, carry, stand by and are closed: the way from those there are to those wanted (MG1, MG6).
 * Does not decide: which are wanted (link-plan.ts), whether one lives (link-health.ts).
 * Invariants: every open stands before every close; what is to carry is opened before what is to stand by; a link that gives way
 * carries on until its successors stand, and ends by its deadline.
 */
import { isRelayId, type EndpointId, type OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import { occupantOf } from '@video-room/shared/snapshot.ts'
import type { SessionEffect } from './effect.ts'
import { isCarrying, newHealth, type LinkHealth } from './link-health.ts'
import { isOvertaken, planLinks, wantedLinks, type LinkName, type WantedLink } from './link-plan.ts'
import { deliverEarlySignals } from './link-signals.ts'
import { freshPath } from './path-memory.ts'
import type { LinkState, SessionState, SlotCounts } from './state.ts'
import { slotsFor } from './subscribe-plan.ts'

type SessionStep = Step<SessionState, SessionEffect>

/** Whoever saves data has nothing stand by (MG6). */
function wantedOf({ assigned, assignedRelays, snapshot, seat, config }: SessionState): readonly WantedLink[] {
  const wanted = wantedLinks(assigned, assignedRelays, snapshot, seat?.occupantId ?? null)
  return config.savesData ? wanted.filter(isMedia) : wanted
}

const isMedia = ({ use }: WantedLink): boolean => use === 'media'

/** It is decided: it works, or will not. */
const isSettled = (health: LinkHealth | undefined): boolean =>
  health?.connected === true || health?.failed === true

/** Closes the difference between the links there are and those wanted (design, rule 4). */
export function settleLinks(state: SessionState, atMs: number): SessionStep {
  const wanted = wantedOf(state)
  const present = entriesOf(state.links).map(([endpointId, { generation }]) => ({ endpointId, generation }))
  const plan = planLinks(present, wanted)
  const open = mayStandBy(state, wanted, atMs) ? plan.open : plan.open.filter(isMedia)
  const slots = slotsFor(state)
  const links: Record<EndpointId, LinkState> = { ...state.links }
  const kept = keptForNow(state, plan.close, wanted, atMs)
  const close = plan.close.filter(({ endpointId }) => !kept.includes(endpointId))
  for (const { endpointId } of close) delete links[endpointId]
  for (const link of open) links[link.endpointId] = openedLink(state, link, slots, atMs)
  for (const [id, link] of entriesOf(links)) {
    const use = wanted.find(({ endpointId }) => endpointId === id)?.use ?? 'left'
    links[id] = withUse(link, use, atMs)
  }
  const isSame = entriesOf({ ...state.links, ...links }).every(([id, link]) => state.links[id] === link)
  if (isSame && close.length === 0) return step(state)
  const settled = step<SessionState, SessionEffect>(
    { ...state, links },
    ...open.map((link) => opening(state, link, slots)),
    ...carryChanges(state.links, links),
    ...close.map((link): SessionEffect => ({ type: 'close-link', ...link })),
  )
  return open.length === 0 ? settled : andThen(settled, deliverEarlySignals)
}

/** What carries goes first; what stands by takes nothing from its first picture. */
function mayStandBy(state: SessionState, wanted: readonly WantedLink[], atMs: number): boolean {
  if (state.phase !== 'live') return false
  return wanted.filter(isMedia).every(({ endpointId, generation }) => {
    const link = state.links[endpointId]
    if (link?.generation !== generation) return false
    return isSettled(link.health) || atMs - link.health.openedAtMs >= limits.standbyAfterMs
  })
}

function opening(state: SessionState, link: WantedLink, slots: SlotCounts): SessionEffect {
  const iceServers = state.seat?.iceServers ?? []
  const carries = link.use === 'media'
  if (!('ticket' in link)) {
    const { endpointId: occupantId, generation, initiator } = link
    return { type: 'open-link', occupantId, generation, initiator, iceServers, carries }
  }
  const { endpointId: relayId, generation, ticket } = link
  return { type: 'open-relay-link', relayId, generation, ticket, iceServers, slots, carries }
}

type Links = Readonly<Record<EndpointId, LinkState>>

const carryChanges = (before: Links, after: Links): readonly SessionEffect[] =>
  entriesOf(after).flatMap(([endpointId, { generation, carries }]): readonly SessionEffect[] => {
    const old = before[endpointId]
    const isSame = old?.generation !== generation || old.carries === carries
    return isSame ? [] : [{ type: 'carry-link', endpointId, generation, carries }]
  })

/** The same link for another use. One that carried and should not goes on until its time is over. */
function withUse(link: LinkState, use: LinkState['use'], atMs: number): LinkState {
  const { carries, health, drainUntilMs } = link
  if (use === 'media') {
    if (link.use === 'media') return link
    const heard = carries ? health : { ...health, heardAtMs: atMs }
    const carriesSinceMs = carries ? link.carriesSinceMs : atMs
    // What stood by was heard seldom: its silence is counted from now.
    return { ...link, use, carries: true, carriesSinceMs, drainUntilMs: null, health: heard }
  }
  const mayDrain = carries && (use === 'left' || isCarrying(health)) && atMs < (drainUntilMs ?? Infinity)
  if (mayDrain) {
    const untilMs = drainUntilMs ?? atMs + limits.linkDrainMs
    return link.use === use && drainUntilMs === untilMs ? link : { ...link, use, drainUntilMs: untilMs }
  }
  if (link.use === use && !carries) return link
  return { ...link, use, carries: false, carriesSinceMs: atMs, drainUntilMs: null }
}

const isInRoom = ({ snapshot }: SessionState, id: OccupantId): boolean =>
  snapshot !== null && occupantOf(snapshot, id) !== undefined

/** Of the links that are not wanted any more, those that still carry media until others do. Two relay links at most. */
function keptForNow(
  state: SessionState,
  unwanted: readonly LinkName[],
  wanted: readonly WantedLink[],
  atMs: number,
): readonly EndpointId[] {
  const untilMs = (id: EndpointId): number => state.links[id]?.drainUntilMs ?? Number.POSITIVE_INFINITY
  const isWanted = (id: EndpointId): boolean => wanted.some(({ endpointId }) => endpointId === id)
  const kept = unwanted
    .map(({ endpointId }) => endpointId)
    .filter((id) => {
      const link = state.links[id]
      if (link === undefined || !link.carries || !isCarrying(link.health) || isWanted(id)) return false
      // What gives way already goes on doing so, also when its route is back before the list of links is.
      const isGoing = link.use === 'left' && (isRelayId(id) || isInRoom(state, id))
      return atMs < untilMs(id) && (isGoing || isOvertaken(id, wanted.filter(isMedia), state.snapshot))
    })
  const hasRoom = wanted.filter(({ endpointId }) => isRelayId(endpointId)).length < 2
  const newest = kept
    .filter(isRelayId)
    .toSorted((a, b) => untilMs(a) - untilMs(b))
    .at(-1)
  return kept.filter((id) => !isRelayId(id) || (hasRoom && id === newest))
}

/**
 * After every event: what drains ends a little after its successors stand, or were given up, so that each has shown its first
 * picture; when they take too long; and when it carries nothing itself. What waits to stand by is opened when it may.
 */
export function settleStanding(state: SessionState, atMs: number): SessionStep {
  const drains = Object.values(state.links).some(({ drainUntilMs }) => drainUntilMs !== null)
  const wanted = wantedOf(state)
  const awaits = wanted.some(
    ({ endpointId, generation }) => state.links[endpointId]?.generation !== generation,
  )
  if (!drains) return awaits ? settleLinks(state, atMs) : step(state)
  const media = wanted.filter(isMedia)
  const stand = media.every(({ endpointId }) => isSettled(state.links[endpointId]?.health))
  if (media.length === 0 || !stand) return settleLinks(state, atMs)
  const links: Record<EndpointId, LinkState> = { ...state.links }
  for (const [id, link] of entriesOf(state.links)) {
    const untilMs = atMs + limits.linkSettleMs
    if (link.drainUntilMs !== null && link.drainUntilMs > untilMs)
      links[id] = { ...link, drainUntilMs: untilMs }
  }
  return settleLinks({ ...state, links }, atMs)
}

function openedLink(state: SessionState, link: WantedLink, slots: SlotCounts, atMs: number): LinkState {
  const { endpointId, generation, use } = link
  const isForSame = (id: EndpointId): boolean => id === endpointId || isRelayId(id) || isRelayId(endpointId)
  const hasBrought = ({ remade, health, carries }: LinkState): boolean =>
    remade || (health.connected && carries)
  return {
    generation,
    health: newHealth(atMs),
    remade: entriesOf(state.links).some(([id, old]) => isForSame(id) && hasBrought(old)),
    held: [],
    use,
    carries: use === 'media',
    carriesSinceMs: atMs,
    drainUntilMs: null,
    isCapped: false,
    hasUplinkRoom: false,
    failureToldOn: null,
    path: freshPath,
    relay: 'ticket' in link ? { ticketWanted: false, isNamed: false, slots, told: null } : null,
  }
}
