/**
 * Decides: the one way a room changes: what is due, then the event, then what follows from it, then who must hear of it.
 * Does not decide: anything itself; each matter has its own file.
 * Invariants: never throws for any event of the right type; the same state object comes back when nothing changed.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import { announce } from './announce.ts'
import { occupantJoined } from './admission.ts'
import { relaysSurveyed } from './chain.ts'
import { control } from './control.ts'
import { roomDeadline } from './deadline.ts'
import type { RoomEffect } from './effect.ts'
import { endRoom } from './ending.ts'
import type { BadMessageCode, RoomEvent } from './event.ts'
import { gateFailed, gateTold } from './gate.ts'
import { settleHost } from './host.ts'
import { gateAnswered, knocked, openDoor } from './knocking.ts'
import { settleRoom } from './lifetime.ts'
import { reduceKnockMessage, reduceMessage } from './messages.ts'
import { notify } from './notices.ts'
import { away, openSocket } from './presence.ts'
import { expel, refuse } from './refusal.ts'
import { relayAway, relayConnected, relayMisspoke, relaySilent } from './relay.ts'
import { relaySummoned, relayUnavailable } from './relay-search.ts'
import { relayByConnection, type ServingRelay } from './relay-state.ts'
import { settleMedia } from './settle-media.ts'
import { reduceRelayMessage } from './signalling.ts'
import { withUnlistedRaised } from './start.ts'
import { isSeat, placeByConnection, type Place, type RoomState } from './state.ts'

type RoomStep = Step<RoomState, RoomEffect>

export function reduceRoom(state: RoomState, event: RoomEvent): RoomStep {
  const { atMs } = event
  // Whatever an event leaves is settled: before the next one only time can have brought something.
  const isDue = event.type === 'timer' || atMs >= (roomDeadline(state) ?? Number.POSITIVE_INFINITY)
  const due = isDue ? settleRoom(state, atMs) : step<RoomState, RoomEffect>(state)
  const done = andThen(due, (next) =>
    next.status === 'open' ? reduceOpen(next, event) : reduceEnded(next, event),
  )
  const hosted = andThen(done, (next) => settleHost(next, atMs))
  const opened = andThen(hosted, (next) => openDoor(state, next, atMs))
  const settled =
    opened.state === due.state
      ? opened
      : andThen(opened, (next) => settleMedia(next, atMs, due.state.readyCount))
  const resumeToken = event.type === 'relay-connected' ? event.resumeToken : null
  const raised = step(withUnlistedRaised(state, settled.state), ...settled.effects)
  return announce(state, raised, { atMs, resumeToken })
}

function reduceEnded(state: RoomState, event: RoomEvent): RoomStep {
  if (event.type === 'socket-opened' || event.type === 'relay-connected') {
    return step(state, { type: 'close', connectionId: event.connectionId, reason: 'room_ended' })
  }
  if (state.status === 'gone') return step(state)
  // The gate still has to learn of the end.
  if (event.type === 'gate-failed') return step(gateFailed(state, event.random, event.atMs))
  return step(event.type === 'gate-told' ? gateTold(state) : state)
}

function reduceOpen(state: RoomState, event: RoomEvent): RoomStep {
  switch (event.type) {
    case 'created':
      return step(state, notify(state, { type: 'room.created' }, event.atMs))
    case 'occupant-joined':
      return step(occupantJoined(state, event))
    case 'knocked':
      return step(knocked(state, event))
    case 'gate-answered':
      return gateAnswered(state, event)
    case 'gate-failed':
      return step(gateFailed(state, event.random, event.atMs))
    case 'gate-told':
      return step(gateTold(state))
    case 'controlled':
      return control(state, event.request, event.atMs)
    case 'socket-opened':
      return openSocket(state, event.connectionId, event.tokenHash)
    case 'timer':
      return step(state)
    case 'ended':
      return endRoom(state, event.atMs)
    case 'relay-summoned':
      return step(relaySummoned(state, event))
    case 'relay-unavailable':
      return step(relayUnavailable(state, event))
    case 'relays-surveyed':
      return relaysSurveyed(state, event.relays, event.atMs)
    case 'relay-connected':
      return relayConnected(state, event)
    case 'relay-message':
    case 'message':
    case 'bad-message':
    case 'socket-closed':
    case 'socket-silent': {
      const relay = relayByConnection(state.relay, event.connectionId)
      if (relay !== null) return reduceRelaySocket(state, relay, event)
      const place = placeByConnection(state, event.connectionId)
      // A socket that was taken over, removed or closed may still have had words on the way.
      return place === undefined ? step(state) : reduceSocket(state, place, event)
    }
    default:
      return assertNever(event)
  }
}

type SocketEvent = Extract<
  RoomEvent,
  { type: 'message' | 'relay-message' | 'bad-message' | 'socket-closed' | 'socket-silent' }
>

function reduceSocket(state: RoomState, place: Place, event: SocketEvent): RoomStep {
  switch (event.type) {
    case 'message':
      return isSeat(place)
        ? reduceMessage(state, place, event.message, event.atMs)
        : reduceKnockMessage(state, place, event.message, event.atMs)
    case 'bad-message':
      return badMessage(state, place, event.code, event.atMs)
    case 'socket-closed':
      return step(away(state, place, event.atMs))
    case 'socket-silent':
      return expel(state, place, event.atMs, 'silent')
    case 'relay-message':
      return step(state)
    default:
      return assertNever(event)
  }
}

function reduceRelaySocket(state: RoomState, relay: ServingRelay, event: SocketEvent): RoomStep {
  switch (event.type) {
    case 'relay-message':
      return reduceRelayMessage(state, relay, event.message, event.atMs)
    case 'bad-message':
      return relayMisspoke(state, relay, event.code === 'too_large')
    case 'socket-closed':
      return step(relayAway(state, relay, event.atMs))
    case 'socket-silent':
      return relaySilent(state, relay, event.atMs)
    case 'message':
      return step(state)
    default:
      return assertNever(event)
  }
}

const badMessage = (state: RoomState, place: Place, code: BadMessageCode, atMs: number): RoomStep =>
  code === 'too_large' ? expel(state, place, atMs, 'message_too_large') : refuse(state, place, atMs, code)
