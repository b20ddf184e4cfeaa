/**
 * Decides: what the events of links, looks at them and the `start` list do to the table of links.
 * Does not decide: which links there are (settle-links.ts), whether one lives (link-health.ts), what they say (link-signals.ts).
 * Invariants: an event of another generation than the present one changes nothing; a failed link is reported with its own
 * generation only, once on each socket, and stays listed until the room names a new one (LK5).
 */
import { isRelayId, type EndpointId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import type { RelayAssignment, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { occupantOf, publicationOf } from '@video-room/shared/snapshot.ts'
import type { SessionEffect } from './effect.ts'
import type { LinkReading } from './event.ts'
import { connectedHealth, judge, type LinkHealth } from './link-health.ts'
import {
  askForTicketsAgain,
  canSignal,
  dropOvertakenSignals,
  linkOf,
  releaseHeldSignals,
  send,
  withLink,
  withRelaySide,
} from './link-signals.ts'
import { notePath, type Expects } from './path-memory.ts'
import { settleLinks } from './settle-links.ts'
import type { LinkState, SessionState } from './state.ts'
import { isWatched } from './subscribe-plan.ts'

type SessionStep = Step<SessionState, SessionEffect>

/** The room's list of links arrived (ST1, RL1, MG2). Signals that overtook it are delivered now. */
export function takeStart(
  state: SessionState,
  message: Extract<ServerMessage, { type: 'start' }>,
  atMs: number,
): SessionStep {
  const named: SessionState = {
    ...state,
    assigned: message.links,
    assignedRelays: relaysOf(message),
    migration: state.migration && { ...state.migration, hasStart: true },
  }
  const steps = [
    dropOvertakenSignals,
    reportFailedLinks,
    releaseHeldSignals,
    askForTicketsAgain,
    repeatToRelays,
  ]
  return steps.reduce<SessionStep>(andThen, settleLinks(named, atMs))
}

function relaysOf({ relay, nextRelay }: Extract<ServerMessage, { type: 'start' }>): RelayAssignment[] {
  if (relay === undefined) return nextRelay === undefined ? [] : [nextRelay]
  return nextRelay === undefined || nextRelay.relayId === relay.relayId ? [relay] : [relay, nextRelay]
}

/** Named once more: the socket was another one, the occupant's or the relay's, and what was said may be lost (RL6). */
const repeatToRelays = (state: SessionState): SessionStep =>
  state.assignedRelays.reduce<SessionStep>(
    (result, { relayId }) =>
      andThen(result, (next) => {
        const link = next.links[relayId]
        if (!link?.relay) return step(next)
        if (!link.relay.isNamed)
          return step(withRelaySide(next, relayId, link, { ...link.relay, isNamed: true }))
        const untold = withRelaySide(next, relayId, link, { ...link.relay, told: null })
        return step(untold, { type: 'repeat-facts', relayId, generation: link.generation })
      }),
    step(state),
  )

/** A report that went down with the old socket is repeated on the new one. */
const reportFailedLinks = (state: SessionState): SessionStep =>
  entriesOf(state.links).reduce<SessionStep>(
    (result, [id, link]) =>
      link.health.failed ? andThen(result, (next) => tellFailure(next, id, link)) : result,
    step(state),
  )

/** What stands by may stay listed although it failed: one word about it is enough, the room tries again when it likes. */
function tellFailure(state: SessionState, to: EndpointId, link: LinkState): SessionStep {
  if (link.failureToldOn === state.attempt || link.use === 'left') return step(state)
  return step(
    withLink(state, to, { ...link, failureToldOn: state.attempt }),
    send(state, { type: 'link-failed', to, generation: link.generation }),
  )
}

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
    result = andThen(result, (next) => judgeLink(next, id, link, reading ?? null, atMs))
  }
  return result
}

function judgeLink(
  state: SessionState,
  id: EndpointId,
  link: LinkState,
  reading: LinkReading | null,
  atMs: number,
): SessionStep {
  const { health, verdict } = judge(link.health, {
    atMs,
    receivedBytes: reading && reading.receivedBytes + reading.answeredChecks,
    canSignal: canSignal(state, id),
    silentAfterMs: isRelayId(id) && !link.carries ? limits.standbySilentMs : limits.linkSilentMs,
  })
  const path = reading === null ? link.path : notePath(link.path, reading, atMs, expectedOver(state, link))
  const { hasUplinkRoom } = reading ?? link
  const judged: LinkState = { ...link, health, path, hasUplinkRoom }
  const next = withLink(state, id, judged)
  if (verdict === 'failed') return tellFailure(next, id, judged)
  // What stands by is no picture that anyone misses: that it is silent is only told (FX2).
  if (verdict !== 'restart' || !link.carries) return step(next)
  return step(next, { type: 'restart-link', endpointId: id, generation: link.generation })
}

/** Which pictures should be seen over this link: what is live and looked at, where media is sent. */
const expectedOver =
  (state: SessionState, { use }: LinkState): Expects =>
  ({ occupantId, source }) => {
    if (use !== 'media' || state.snapshot === null) return false
    const publication = publicationOf(occupantOf(state.snapshot, occupantId), source)
    return publication?.mutedBy === null && isWatched(state, occupantId, source)
  }
