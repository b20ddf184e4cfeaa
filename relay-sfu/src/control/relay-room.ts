/**
 * Decides: what each event does to a relay's copy of one room.
 * Does not decide: the way to the room (room-connection.ts), links (room-links.ts), what follows for media (settle.ts).
 * Invariants: the room's word is final and never argued with; an event of an older socket changes nothing; after the end
 * there are no effects any more; the same state and event always give the same step.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, earliest, step, type Step } from '@video-room/shared/machine/step.ts'
import type { RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { applyPatch, type Snapshot, type SnapshotPatch } from '@video-room/shared/snapshot.ts'
import {
  connectionTimer,
  endRoom,
  giveUpAtMs,
  loseSocket,
  startOver,
  takeSummon,
  type Chance,
} from './room-connection.ts'
import { publicationOf } from './origins.ts'
import type { LoudLink, RelayRoomEffect, RelayRoomEvent } from './room-event.ts'
import { giveUpLate, linkLost, linkSecured, takeLinks, takeSignal } from './room-links.ts'
import type { RelayRoomState } from './room-state.ts'
import {
  giveUpLateTrunks,
  takeTrunks,
  trunkDeadlines,
  trunkLost,
  trunkMeasured,
  trunkSecured,
} from './room-trunks.ts'
import { settle, speakersDueAtMs } from './settle.ts'

type RoomStep = Step<RelayRoomState, RelayRoomEffect>

/** When the room next wants a `timer` event (milliseconds of the events' clock), or null. */
export function relayRoomDeadline(state: RelayRoomState): number | null {
  const { connection } = state
  return earliest(
    'deadlineMs' in connection ? connection.deadlineMs : null,
    giveUpAtMs(state),
    speakersDueAtMs(state),
    state.former?.untilMs ?? null,
    ...state.links.flatMap((link) => [link.upByMs, link.leavesAtMs]),
    ...trunkDeadlines(state),
  )
}

export function reduceRelayRoom(state: RelayRoomState, event: RelayRoomEvent): RoomStep {
  if (state.connection.kind === 'ended') return step(state)
  if ('attempt' in event && event.attempt !== state.attempt) return step(state)
  const settled = andThen(take(state, event), (next) => settle(next, event.atMs))
  const ended = andThen(settled, (next) => endWhenEmpty(next, event.atMs))
  return andThen(ended, forgetWhenEnded)
}

function take(state: RelayRoomState, event: RelayRoomEvent): RoomStep {
  switch (event.type) {
    case 'summoned':
      return takeSummon(state, event.secret, event.atMs)
    case 'message-received':
      return takeMessage(state, event.message, event)
    case 'message-unreadable':
      return startOver(state, event)
    case 'socket-lost':
      return loseSocket(state, event.code, event)
    case 'link-secured': {
      const { linkId, fingerprint, atMs } = event
      return step(trunkSecured(linkSecured(state, linkId, fingerprint), linkId, fingerprint, atMs))
    }
    case 'link-lost':
      return step(trunkLost(linkLost(state, event.linkId), event.linkId))
    case 'trunk-measured':
      return step(trunkMeasured(state, event.linkId, event.rttMs))
    case 'speakers-changed':
      return step({ ...state, loud: ownOf(state, event.speakers) })
    case 'leave':
      return step({ ...state, isLeaving: true })
    case 'stop':
      return endRoom(state, 'stopped')
    case 'timer':
      return connectionTimer(
        forgetFormer(giveUpLateTrunks(giveUpLate(state, event.atMs), event.atMs), event.atMs),
        event,
      )
    default:
      return assertNever(event)
  }
}

const forgetFormer = (state: RelayRoomState, atMs: number): RelayRoomState =>
  state.former !== null && atMs >= state.former.untilMs ? { ...state, former: null } : state

/** Microphones of this room, as the occupants they are. */
function ownOf(state: RelayRoomState, speakers: readonly LoudLink[]): RelayRoomState['loud'] {
  const occupants = state.snapshot?.occupants ?? []
  return speakers.flatMap(({ linkId, mid }) => {
    const own = state.links.find((link) => link.linkId === linkId)
    if (own !== undefined) return [own.occupantId]
    const far = occupants.find(({ occupantId }) => {
      const microphone = publicationOf(state, occupantId, 'microphone')
      return mid !== undefined && microphone?.linkId === linkId && microphone.mid === mid
    })
    return far === undefined ? [] : [far.occupantId]
  })
}

/** Before anything else comes the welcome; a room that says otherwise is not understood. */
function takeMessage(state: RelayRoomState, message: RoomToRelay, chance: Chance): RoomStep {
  if (message.type === 'relay-welcome') {
    const { snapshot, resumeToken } = message
    return step(welcomed(state, snapshot, resumeToken))
  }
  const { snapshot } = state
  if (state.connection.kind !== 'open' || snapshot === null) return startOver(state, chance)
  switch (message.type) {
    case 'room-changed':
      return takePatch(state, snapshot, message.patch, chance)
    case 'relay-links': {
      const linked = takeLinks(state, message.links, chance.atMs)
      return step(takeTrunks(linked, message.trunks ?? [], chance))
    }
    case 'signal':
      return step(takeSignal(state, message))
    default:
      return assertNever(message)
  }
}

const welcomed = (
  state: RelayRoomState,
  snapshot: Snapshot,
  token: RelayRoomState['token'],
): RelayRoomState => ({
  ...state,
  connection: { kind: 'open' },
  failures: 0,
  lostAtMs: null,
  token,
  snapshot,
  // What was missed meanwhile nobody knows.
  former: null,
})

function takePatch(
  state: RelayRoomState,
  snapshot: Snapshot,
  patch: SnapshotPatch,
  chance: Chance,
): RoomStep {
  const changed = applyPatch(snapshot, patch)
  if (changed === null) return startOver(state, chance)
  const { route } = snapshot
  const isLeft = route.kind === 'relayed' && changed.route.epoch !== route.epoch
  const former = isLeft ? { route, untilMs: chance.atMs + limits.formerRouteMs } : state.former
  return step({ ...state, snapshot: changed, former })
}

/**
 * A room that has moved on is done with when its last link is; one that the relay has left, when nobody uses it there. A relay in
 * the middle of a tree may have trunks alone.
 */
function endWhenEmpty(state: RelayRoomState, atMs: number): RoomStep {
  const { connection, links, trunks } = state
  if (connection.kind === 'ended' || [...links, ...trunks].some(({ failure }) => failure === null)) {
    return step(state)
  }
  const hasLeft = state.leaveToldOn !== null && links.length + trunks.length === 0
  if (connection.kind !== 'lingering' && !hasLeft) return step(state)
  const ended = endRoom(state, connection.kind === 'lingering' ? connection.why : 'left')
  return andThen(ended, (next) => settle(next, atMs))
}

const forgetWhenEnded = (state: RelayRoomState): RoomStep =>
  state.connection.kind === 'ended'
    ? step(state, { type: 'forget-room', why: state.connection.why })
    : step(state)
