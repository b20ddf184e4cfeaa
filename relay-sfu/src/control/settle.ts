/**
 * Decides: what follows from a changed room: slots, orders to the transport, words to the occupants and to the room.
 * Does not decide: why it changed (relay-room.ts).
 * Invariants: everything is the difference between what should be and what was told; what stops goes out before what starts, so
 * a mute is obeyed in the step that brought it (RL9); settling twice says nothing twice.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import { encodeFromRelay, type SlotFill } from '@video-room/shared/protocol/relay-signal.ts'
import { isSameData } from '@video-room/shared/same.ts'
import { occupantOf, publicationOf } from '@video-room/shared/snapshot.ts'
import type { LinkId } from '@video-room/shared/ids.ts'
import { relayLimits } from '../limits.ts'
import { commandsBetween, isForwarded, noOrders, ordersOf, type LinkOrders } from './link-orders.ts'
import type { LinkCommand } from './link-command.ts'
import { isServed } from './origins.ts'
import type { RelayRoomEffect } from './room-event.ts'
import {
  isAdmitted,
  isReachable,
  mapLinks,
  unheard,
  type RelayRoomState,
  type RoomLink,
} from './room-state.ts'
import { beginDueTrunks } from './room-trunks.ts'
import { planSlots, type PublicationName, type Slot } from './slot-plan.ts'
import { orderTrunks, tellOfTrunks } from './trunk-orders.ts'

type RoomStep = Step<RelayRoomState, RelayRoomEffect>

export function settle(state: RelayRoomState, atMs: number): RoomStep {
  const planned = withDominant(withPlans(withHurry(beginDueTrunks(state, atMs), atMs)))
  const ordered = andThen(order(planned), tellRoom)
  const told = andThen(ordered, (next) => tellOfTrunks(next, atMs))
  return andThen(told, (next) => tellOccupants(next, atMs))
}

/** The clock of a link runs while its occupant is there to open it, and until it is admitted. */
function withHurry(state: RelayRoomState, atMs: number): RelayRoomState {
  const { snapshot } = state
  return mapLinks(state, (link) => {
    const isPresent = snapshot !== null && occupantOf(snapshot, link.occupantId)?.isPresent === true
    const isDue = isPresent && link.failure === null && !isAdmitted(state, link)
    const upByMs = isDue ? (link.upByMs ?? atMs + relayLimits.linkUpMs) : null
    return upByMs === link.upByMs ? link : { ...link, upByMs }
  })
}

/** What those publish whose media comes here, in order of arrival. A muted one counts: it keeps its slot. */
function publicationsFor(state: RelayRoomState, viewer: OccupantId): readonly PublicationName[] {
  return (state.snapshot?.occupants ?? [])
    .filter(({ occupantId }) => occupantId !== viewer && isServed(state, occupantId))
    .flatMap(({ occupantId, publications }) => publications.map(({ source }) => ({ occupantId, source })))
}

const slotsOf = (link: RoomLink): readonly Slot[] =>
  (link.facts?.sections ?? []).flatMap(({ kind, direction }, index) =>
    direction === 'receive' ? { index, kind } : [],
  )

function withPlans(state: RelayRoomState): RelayRoomState {
  return mapLinks(state, (link) => {
    const placements = planSlots({
      slots: slotsOf(link),
      publications: publicationsFor(state, link.occupantId),
      wants: link.wants,
      before: link.placements,
    })
    return isSameData(placements, link.placements) ? link : { ...link, placements }
  })
}

function order(state: RelayRoomState): RoomStep {
  const wanted = new Map<LinkId, LinkOrders>()
  for (const link of state.links) if (link.failure === null) wanted.set(link.linkId, ordersOf(state, link))

  const opening: RelayRoomEffect[] = []
  const stopping: RelayRoomEffect[] = []
  const starting: RelayRoomEffect[] = []
  const told: Record<LinkId, LinkOrders> = {}
  const closing: RelayRoomEffect[] = entriesOf(state.told)
    .filter(([linkId, { servedAs }]) => wanted.get(linkId)?.servedAs !== servedAs)
    .map(([linkId]) => ({ type: 'close-link', linkId }))
  for (const [linkId, orders] of wanted) {
    const earlier = state.told[linkId]
    const isOpen = earlier?.servedAs === orders.servedAs
    if (!isOpen) opening.push({ type: 'open-link', linkId })
    const command = (one: LinkCommand): RelayRoomEffect => ({ type: 'command-link', linkId, command: one })
    const commands = commandsBetween(isOpen ? earlier : noOrders(orders.servedAs), orders)
    // What is just being opened can be told nothing before.
    const first = isOpen ? stopping : starting
    first.push(...commands.stopping.map(command))
    starting.push(...commands.starting.map(command))
    told[linkId] = orders
  }
  const trunks = orderTrunks(state)
  const effects = [
    ...stopping,
    ...trunks.effects.stopping,
    ...closing,
    ...opening,
    ...trunks.effects.opening,
    ...trunks.effects.starting,
    ...starting,
  ]
  if (effects.length === 0) return step(state)
  return step({ ...state, told, toldTrunks: trunks.told }, ...effects)
}

/** `link-failed` once on each socket, and `leave`. */
function tellRoom(state: RelayRoomState): RoomStep {
  const { attempt } = state
  if (state.connection.kind !== 'open') return step(state)
  const effects: RelayRoomEffect[] = []
  let next = mapLinks(state, (link) => {
    if (link.failure === null || link.failureToldOn === attempt) return link
    const { occupantId: to, generation } = link
    effects.push({ type: 'send', attempt, message: { type: 'link-failed', to, generation } })
    return { ...link, failureToldOn: attempt }
  })
  if (state.isLeaving && state.leaveToldOn !== attempt) {
    effects.push({ type: 'send', attempt, message: { type: 'leave' } })
    next = { ...next, leaveToldOn: attempt }
  }
  return step(next, ...effects)
}

function slotsSaid(link: RoomLink): string {
  const sections = link.facts?.sections ?? []
  const slots = link.placements.flatMap(({ slot, occupantId, source }): SlotFill[] => {
    const mid = sections[slot]?.mid
    return mid === undefined ? [] : [{ mid, occupantId, source }]
  })
  return encodeFromRelay({ slots })
}

/** Of those whom the others can hear: a mute takes the mark away, and un-muting does not bring it back. */
function withDominant(state: RelayRoomState): RelayRoomState {
  const candidates = state.dominant === null ? state.loud : [...state.loud, state.dominant]
  const dominant = candidates.find((occupantId) => isHeard(state, occupantId)) ?? null
  return dominant === state.dominant ? state : { ...state, dominant }
}

function isHeard(state: RelayRoomState, occupantId: OccupantId): boolean {
  const own = state.links.find((link) => link.occupantId === occupantId)
  if (own !== undefined) return isForwarded(state, own, 'microphone')
  const view = state.snapshot === null ? undefined : occupantOf(state.snapshot, occupantId)
  return publicationOf(view, 'microphone')?.mutedBy === null && isServed(state, occupantId)
}

/** One name at most: every word goes by way of the room and wakes it, so that pauses and murmurs must not be one. */
const speakersSaid = ({ dominant }: RelayRoomState): string =>
  encodeFromRelay({ speakers: dominant === null ? [] : [dominant] })

const hearsSpeakers = (state: RelayRoomState, link: RoomLink): boolean =>
  isReachable(state, link) && isAdmitted(state, link)

/** When the occupants are due to hear who speaks, or null when they know. */
export function speakersDueAtMs(state: RelayRoomState): number | null {
  const said = speakersSaid(state)
  const isNews = state.links.some((link) => hearsSpeakers(state, link) && link.told.speakers !== said)
  return isNews ? state.speakersToldAtMs + relayLimits.speakersEveryMs : null
}

function tellOccupants(state: RelayRoomState, atMs: number): RoomStep {
  const { attempt } = state
  const effects: RelayRoomEffect[] = []
  const say = ({ occupantId: to, generation }: RoomLink, payload: string): void => {
    effects.push({ type: 'send', attempt, message: { type: 'signal', to, generation, payload } })
  }
  const dueAtMs = speakersDueAtMs(state)
  const isTimeForSpeakers = dueAtMs !== null && atMs >= dueAtMs
  const speakers = speakersSaid(state)
  const next = mapLinks(state, (link) => {
    if (link.failure !== null) return link
    // Whoever is out of reach may have missed what was said last.
    if (!isReachable(state, link)) return unheard(link)
    const slots = link.facts === null ? link.told.slots : slotsSaid(link)
    if (slots !== null && slots !== link.told.slots) say(link, slots)
    const tellsSpeakers = isTimeForSpeakers && hearsSpeakers(state, link) && link.told.speakers !== speakers
    if (tellsSpeakers) say(link, speakers)
    const told = { slots, speakers: tellsSpeakers ? speakers : link.told.speakers }
    return isSameTold(told, link) ? link : { ...link, told }
  })
  return step(isTimeForSpeakers ? { ...next, speakersToldAtMs: atMs } : next, ...effects)
}

const isSameTold = (told: RoomLink['told'], link: RoomLink): boolean =>
  told.slots === link.told.slots && told.speakers === link.told.speakers
