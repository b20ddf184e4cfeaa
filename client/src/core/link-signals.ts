/**
 * Decides: what links send through the room and get from it: signals (SG), and tickets for relay links (RL5).
 * Does not decide: what signals say, or when a link needs a ticket (the link does).
 * Invariants: what belongs to another generation changes nothing; queues are bounded; nothing is sent that nobody could
 * bring or hear.
 */
import { isRelayId, type EndpointId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { occupantOf } from '@video-room/shared/snapshot.ts'
import type { SessionEffect } from './effect.ts'
import { routeNames, wantedLinks } from './link-plan.ts'
import { isOpen, type EarlySignal, type LinkState, type RelaySide, type SessionState } from './state.ts'

type SessionStep = Step<SessionState, SessionEffect>

export const withLink = (state: SessionState, id: EndpointId, link: LinkState): SessionState => ({
  ...state,
  links: { ...state.links, [id]: link },
})

export const withRelaySide = (
  state: SessionState,
  id: EndpointId,
  link: LinkState,
  side: RelaySide,
): SessionState => withLink(state, id, { ...link, relay: side })

export const send = (
  state: SessionState,
  message: Extract<SessionEffect, { type: 'send' }>['message'],
): SessionEffect => ({ type: 'send', attempt: state.attempt, message })

/** Both ends have a socket: a signal would arrive. What the room does not name any more it has left behind. */
export function canSignal(state: SessionState, id: EndpointId): boolean {
  const use = state.links[id]?.use ?? 'left'
  if (!isOpen(state) || state.snapshot === null || use === 'left') return false
  if (!isRelayId(id)) return occupantOf(state.snapshot, id)?.isPresent === true
  // A relay that stands by is of no route; one that was lost leaves the route before the list says so (RT3).
  const { route, migration } = state.snapshot
  return use === 'standby' || routeNames(route, id) || routeNames(migration, id)
}

/** The present link of this name, if it is the present one. */
export function linkOf(state: SessionState, id: EndpointId, generation: number): LinkState | null {
  const link = state.links[id]
  return link?.generation === generation ? link : null
}

const delivered = ({ from, generation, payload }: EarlySignal): SessionEffect => ({
  type: 'link-signal',
  endpointId: from,
  generation,
  payload,
})

/** A signal from the far end: for the present link, for one that `start` will name, or of one that is gone. */
export function takeSignal(
  state: SessionState,
  { from, generation, payload }: Extract<ServerMessage, { type: 'signal' }>,
): SessionStep {
  const known = state.links[from]?.generation ?? 0
  const signal = { from, generation, payload }
  if (generation === known) return step(state, delivered(signal))
  if (generation < known || state.early.length >= limits.heldSignalsMax) return step(state)
  return step({ ...state, early: [...state.early, signal] })
}

/** Links were opened: signals that were there before them are delivered. */
export function deliverEarlySignals(state: SessionState): SessionStep {
  const isDue = ({ from, generation }: EarlySignal): boolean => linkOf(state, from, generation) !== null
  const due = state.early.filter(isDue)
  if (due.length === 0) return step(state)
  return step({ ...state, early: state.early.filter((signal) => !isDue(signal)) }, ...due.map(delivered))
}

/** The list has come: signals that it overtook are dropped. Those for links that it names and that are not opened yet wait on (MG6). */
export function dropOvertakenSignals(state: SessionState): SessionStep {
  const { assigned, assignedRelays } = state
  const named = wantedLinks(assigned, assignedRelays, state.snapshot, state.seat?.occupantId ?? null)
  const early = state.early.filter(({ from, generation }) =>
    named.some((link) => link.endpointId === from && link.generation === generation),
  )
  return step(early.length === state.early.length ? state : { ...state, early })
}

/** A signal for the far end; it waits while nobody could bring or hear it. */
export function sendSignal(
  state: SessionState,
  id: EndpointId,
  generation: number,
  payload: string,
): SessionStep {
  const link = linkOf(state, id, generation)
  if (link === null) return step(state)
  if (canSignal(state, id)) return step(state, send(state, { type: 'signal', to: id, generation, payload }))
  if (link.use === 'left' || link.held.length >= limits.heldSignalsMax) return step(state)
  return step(withLink(state, id, { ...link, held: [...link.held, payload] }))
}

/** Sends what waited, in order, to everyone who can hear it again. */
export function releaseHeldSignals(state: SessionState): SessionStep {
  let result: SessionStep = step(state)
  for (const [id, link] of entriesOf(state.links)) {
    if (link.held.length === 0 || !canSignal(state, id)) continue
    result = andThen(result, (next) =>
      step(
        withLink(next, id, { ...link, held: [] }),
        ...link.held.map((payload) =>
          send(next, { type: 'signal', to: id, generation: link.generation, payload }),
        ),
      ),
    )
  }
  return result
}

/** The link asks once; the question is repeated here until a ticket has come. */
export function wantTicket(state: SessionState, id: EndpointId, generation: number): SessionStep {
  const link = linkOf(state, id, generation)
  if (link === null || link.relay === null) return step(state)
  return step(
    withRelaySide(state, id, link, { ...link.relay, ticketWanted: true }),
    ...askForTicket(state, id, generation),
  )
}

const askForTicket = (state: SessionState, id: EndpointId, generation: number): readonly SessionEffect[] =>
  isRelayId(id) && canSignal(state, id) ? [send(state, { type: 'ask-ticket', to: id, generation })] : []

/** What was asked on a socket that is gone is asked anew. */
export const askForTicketsAgain = (state: SessionState): SessionStep =>
  step(
    state,
    ...entriesOf(state.links).flatMap(([id, { generation, relay }]) =>
      relay?.ticketWanted === true ? askForTicket(state, id, generation) : [],
    ),
  )

export function takeTicket(
  state: SessionState,
  { relayId, generation, ticket }: Extract<ServerMessage, { type: 'ticket' }>,
): SessionStep {
  const link = linkOf(state, relayId, generation)
  if (link === null || link.relay?.ticketWanted !== true) return step(state)
  return step(withRelaySide(state, relayId, link, { ...link.relay, ticketWanted: false }), {
    type: 'renew-relay-link',
    relayId,
    generation,
    ticket,
  })
}
