/**
 * Decides: what each event does to a session.
 * Does not decide: the details of the way to the room (connection.ts), links (link-table.ts), publications (publications.ts).
 * Invariants: an event of an older attempt or generation changes nothing; after the end there are no effects until
 * the next join; the same state and event always give the same step.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, earliest, step, type Step } from '@video-room/shared/machine/step.ts'
import type { ClientMessage, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { applyPatch, occupantOf, type Snapshot } from '@video-room/shared/snapshot.ts'
import { announcementsBetween } from './announce.ts'
import {
  backToLobby,
  connectionTimer,
  endSession,
  loseSocket,
  requestJoin,
  startOver,
  takeKnocking,
  takeRefusal,
  takeSeat,
  wakeUp,
  withRole,
} from './connection.ts'
import type { SessionEffect } from './effect.ts'
import type { SessionEvent } from './event.ts'
import {
  offeredPicture,
  showPicture,
  withKnocks,
  withPictureOf,
  withPictureRefused,
  withPicturesAllowed,
} from './knock-picture.ts'
import { releaseHeldSignals, sendSignal, takeSignal, takeTicket, wantTicket } from './link-signals.ts'
import { judgeLinks, linkClosed, linkConnected, takeStart } from './link-table.ts'
import { tellPaths } from './path-report.ts'
import {
  answerUnmute,
  obeyHostMutes,
  publishChanges,
  repeatPublications,
  takeRefusedUnmute,
  takeUnmuteAsked,
  wishCapture,
  withAnnounced,
} from './publications.ts'
import { relaysProbed, takeProbes } from './relay-probes.ts'
import { followRoutes, settleCaps } from './route-follower.ts'
import { tellGap } from './route-gap.ts'
import { tellReady } from './route-ready.ts'
import { settleLinks, settleStanding } from './settle-links.ts'
import { isHeard, isOpen, type SessionState } from './state.ts'
import { forgetWants, settleSubscriptions, withShown } from './subscribe-plan.ts'
import { linksOfNext } from './track-table.ts'

type SessionStep = Step<SessionState, SessionEffect>
type Received = Extract<SessionEvent, { type: 'message-received' }>

/** When the session next wants a `timer` event (milliseconds of the events' clock), or null. */
export function sessionDeadline(state: SessionState): number | null {
  const connectionMs = 'deadlineMs' in state.connection ? state.connection.deadlineMs : null
  return earliest(connectionMs, state.nextSampleAtMs, state.nextWantsAtMs)
}

export function reduceSession(state: SessionState, event: SessionEvent): SessionStep {
  const { atMs } = event
  const settled = andThen(take(state, event), (next) => settleStanding(next, atMs))
  const capped = andThen(settled, settleCaps)
  const subscribed = andThen(capped, (next) => settleSubscriptions(next, atMs))
  const taken = andThen(subscribed, (next) => scheduleSamples(next, atMs))
  const news = announcementsBetween(state, taken.state)
  if (news.length === 0) return taken
  return step(
    taken.state,
    ...taken.effects,
    ...news.map((announcement): SessionEffect => ({ type: 'emit', announcement })),
  )
}

function take(state: SessionState, event: SessionEvent): SessionStep {
  // Captures are followed at all times: the lobby shows them, and a join repeats them.
  if (event.type === 'captures-changed') return publishChanges({ ...state, captures: event.captures })
  if (event.type === 'capture-wished') return wishCapture(state, event.source, event.on)
  if (event.type === 'join') return takeJoin(state, event)
  if (state.phase === 'lobby' || state.phase === 'ended') return step(state)
  if ('attempt' in event && event.attempt !== state.attempt) return step(state)
  switch (event.type) {
    case 'leave':
      return leave(state)
    case 'join-answered':
      if (state.connection.kind !== 'requesting') return step(state)
      return event.answer.ok
        ? takeSeat(state, event.answer.response, event.atMs)
        : takeRefusal(state, event.answer, event)
    case 'message-received':
      return takeMessage(state, event)
    case 'socket-lost':
      return hasSocket(state) ? loseSocket(state, event) : step(state)
    case 'timer':
      return connectionTimer(state, event)
    case 'online':
      return wakeUp(state, event.atMs)
    case 'host-wished':
      return tell(state, event.message)
    case 'knock-picture-wished':
      return showPicture(state, event.picture)
    case 'unmute-answered':
      return answerUnmute(state, event.source, event.yes)
    case 'link-connected':
      return linkConnected(state, event.endpointId, event.generation, event.atMs)
    case 'link-closed':
      return linkClosed(state, event.endpointId, event.generation)
    case 'link-signalled':
      return sendSignal(state, event.endpointId, event.generation, event.payload)
    case 'ticket-wanted':
      return wantTicket(state, event.endpointId, event.generation)
    case 'shown':
      return step(withShown(state, event.occupantId, event.source, event.widthPx))
    case 'gap-measured':
      return tellGap(state, event.gap)
    case 'links-sampled':
      return takeSamples(state, event)
    case 'relays-probed':
      return relaysProbed(state, event)
    default:
      return assertNever(event)
  }
}

function takeSamples(
  state: SessionState,
  { readings, atMs }: Extract<SessionEvent, { type: 'links-sampled' }>,
): SessionStep {
  const told = andThen(judgeLinks(state, readings, atMs), (next) => tellPaths(next, readings, atMs))
  return andThen(told, (next) => tellReady(next, atMs))
}

const hasSocket = (state: SessionState): boolean => state.connection.kind === 'opening' || isHeard(state)

function takeJoin(state: SessionState, event: Extract<SessionEvent, { type: 'join' }>): SessionStep {
  if (state.phase === 'joining' || state.phase === 'live') return step(state)
  return requestJoin(
    {
      ...state,
      phase: 'joining',
      refusal: null,
      endReason: null,
      displayName: event.displayName,
      resumeToken: event.resumeToken,
      lostAtMs: event.atMs,
      failures: 0,
      isKnocking: false,
      knockPicture: null,
      // A person asks anew: whoever holds the host token may take the host's seat back (MD8).
      handedOver: false,
      seat: null,
      snapshot: null,
      routeHistory: [],
      gapToldOf: null,
    },
    event.atMs,
  )
}

function leave(state: SessionState): SessionStep {
  const ended = endSession(state, 'left')
  // A knock is taken back too: the host must not let in someone who has gone.
  if (!isHeard(state)) return ended
  return step(
    ended.state,
    { type: 'send', attempt: state.attempt, message: { type: 'leave' } },
    ...ended.effects,
  )
}

/** A wish that only the room can fulfil; out of reach it is dropped and said so, never done later by surprise. */
function tell(state: SessionState, message: ClientMessage): SessionStep {
  if (isOpen(state)) return step(state, { type: 'send', attempt: state.attempt, message })
  return step(state, {
    type: 'emit',
    announcement: { type: 'error', code: 'not_connected', about: message.type },
  })
}

function takeMessage(state: SessionState, event: Received): SessionStep {
  const { message, atMs } = event
  if (message.type === 'welcome') return takeWelcome(state, message, event)
  const { connection } = state
  if (connection.kind === 'opening' || connection.kind === 'knocking') {
    if (message.type === 'knocking') {
      const mayShowPicture = message.mayShowPicture === true
      const knocking =
        connection.kind === 'opening'
          ? takeKnocking(state, mayShowPicture, atMs)
          : step<SessionState, SessionEffect>({ ...state, connection: { ...connection, mayShowPicture } })
      return andThen(knocking, offeredPicture)
    }
    if (message.type === 'error' && message.about === 'knock-picture') {
      return announceError(withPictureRefused(state), message)
    }
  }
  if (!isOpen(state) || state.snapshot === null) {
    // The first message is the welcome (SK4); a room that breaks this is asked anew.
    return hasSocket(state) ? startOver(state, event) : step(state)
  }
  switch (message.type) {
    case 'room-changed': {
      const snapshot = applyPatch(state.snapshot, message.patch)
      return snapshot === null ? startOver(state, event) : takeSnapshot(state, snapshot, atMs)
    }
    case 'start':
      return takeStart(state, message, atMs)
    case 'signal':
      return takeSignal(state, message)
    case 'ticket':
      return takeTicket(state, message)
    case 'probe-relays':
      return takeProbes(state, message)
    case 'knocks':
      return step(withKnocks(state, state.seat?.isHost === true ? message.knocks : []))
    case 'knock-picture':
      return step(withPictureOf(state, message))
    case 'unmute-asked':
      return takeUnmuteAsked(state, message.source)
    case 'error':
      return takeError(state, message)
    case 'knocking':
      // Who was welcomed is inside; a room that says otherwise is asked anew.
      return startOver(state, event)
    default:
      return assertNever(message)
  }
}

function takeWelcome(
  state: SessionState,
  welcome: Extract<ServerMessage, { type: 'welcome' }>,
  event: Received,
): SessionStep {
  const isDue = state.connection.kind === 'opening' || state.connection.kind === 'knocking'
  if (!isDue || state.seat === null) return startOver(state, event)
  const { occupantId, isHost, snapshot } = welcome
  const opened: SessionState = {
    ...forgetWants(withRole(state, isHost)),
    phase: 'live',
    isKnocking: false,
    knockPicture: null,
    // The room tells the host the whole list again (KN1).
    knocks: [],
    lostAtMs: null,
    connection: { kind: 'open', sinceMs: event.atMs },
    seat: { ...state.seat, occupantId, isHost },
  }
  const announced = state.connection.kind === 'opening' ? state.connection.announced : null
  const repeated: SessionStep =
    announced === null ? repeatPublications(opened, snapshot) : step(withAnnounced(opened, announced))
  const shown = andThen(repeated, (next) => takeSnapshot(next, snapshot, event.atMs))
  return andThen(shown, publishChanges)
}

function takeSnapshot(state: SessionState, snapshot: Snapshot, atMs: number): SessionStep {
  const self = state.seat === null ? undefined : occupantOf(snapshot, state.seat.occupantId)
  // Roles change while one is there (MD8, MD9): the snapshot's word counts, not that of the join.
  const known = self === undefined ? state : withRole(state, self.isHost)
  const allowed = followRoutes(withPicturesAllowed({ ...known, snapshot }), atMs)
  const shown = obeyHostMutes(allowed, state.snapshot, snapshot)
  return andThen(
    andThen(shown, (next) => settleLinks(next, atMs)),
    releaseHeldSignals,
  )
}

function takeError(state: SessionState, error: Extract<ServerMessage, { type: 'error' }>): SessionStep {
  // The far end of a link left while a signal or a report was on its way: nothing that anyone should read.
  const isRace =
    error.code === 'no_such_occupant' && ['signal', 'link-failed', 'ask-ticket'].includes(error.about ?? '')
  if (isRace) return step(state)
  if (error.code === 'not_allowed' && error.about === 'media-ready') {
    // PB4: the devices that were still starting at the join gave nothing in time.
    return backToLobby(state, { code: 'media_required', retryAfterMs: null })
  }
  const isRefusedUnmute = error.code === 'not_allowed' && error.about === 'publish'
  const taken = isRefusedUnmute ? takeRefusedUnmute(state) : step<SessionState, SessionEffect>(state)
  return andThen(taken, (next) => announceError(next, error))
}

function announceError(state: SessionState, error: Extract<ServerMessage, { type: 'error' }>): SessionStep {
  const announcement = { type: 'error', code: error.code, about: error.about ?? null } as const
  return step(state, { type: 'emit', announcement })
}

/**
 * Links are looked at every `limits.linkSampleMs` while there are any, and those of a route that is prepared more often, as the move
 * waits for what they show: statistics cost the page time to draw.
 */
function scheduleSamples(state: SessionState, atMs: number): SessionStep {
  const hasLinks = Object.keys(state.links).length > 0
  if (!hasLinks) return step(state.nextSampleAtMs === null ? state : { ...state, nextSampleAtMs: null })
  const nextAtMs = atMs + (state.migration === null ? limits.linkSampleMs : limits.migrationSampleMs)
  const { nextSampleAtMs } = state
  if (nextSampleAtMs !== null && atMs < nextSampleAtMs) {
    return step(nextSampleAtMs <= nextAtMs ? state : { ...state, nextSampleAtMs: nextAtMs })
  }
  const next: SessionState = { ...state, nextSampleAtMs: nextAtMs }
  if (nextSampleAtMs === null) return step({ ...next, sampledAllAtMs: atMs })
  const only = atMs - state.sampledAllAtMs < limits.linkSampleMs ? linksOfNext(state) : null
  const sampled = only === null ? { ...next, sampledAllAtMs: atMs } : next
  return step(sampled, { type: 'sample-links', only })
}
