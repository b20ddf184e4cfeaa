/**
 * Decides: which relays there are, how busy each is, and which one the next room gets (RG1–RG3).
 * Does not decide: who is a relay (app.ts checks the key), nor how one is reached (objects/relay-registry.ts).
 * Invariants: a relay has one socket, the newest; one that drains, is full or fell silent gets no room; plain JSON.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { CloseReason } from '@video-room/shared/errors.ts'
import { earliest, step, type Step } from '@video-room/shared/machine/step.ts'
import type { RegistryToRelay, RelayToRegistry } from '@video-room/shared/protocol/relay-messages.ts'
import type { ConnectionId } from '../room/connection-id.ts'
import {
  busyShare,
  expectedLinks,
  silentAtMs,
  type ListedRelay,
  type RelayRoster,
  type RelaySocket,
} from './listed-relay.ts'
import { forgettingTheGone, introductions, rttsToKeep } from './relay-acquaintance.ts'

export type RosterEvent = { readonly atMs: number } & (
  | { readonly type: 'socket-opened'; readonly connectionId: ConnectionId }
  | { readonly type: 'socket-closed'; readonly connectionId: ConnectionId }
  | { readonly type: 'bad-message'; readonly connectionId: ConnectionId }
  | { readonly type: 'message'; readonly connectionId: ConnectionId; readonly message: RelayToRegistry }
  /** A room was given to it. */
  | { readonly type: 'summoned'; readonly relayId: RelayId }
  /** An operator wants it empty (RG7). */
  | { readonly type: 'drain-asked'; readonly relayId: RelayId }
  | { readonly type: 'timer' }
)

export type RosterEffect =
  | { readonly type: 'send'; readonly connectionId: ConnectionId; readonly message: RegistryToRelay }
  | {
      readonly type: 'close'
      readonly connectionId: ConnectionId
      readonly reason: CloseReason | 'silent'
    }

type RosterStep = Step<RelayRoster, RosterEffect>

/** When a `timer` is due, or null. */
export const rosterDeadline = (roster: RelayRoster): number | null => earliest(...roster.map(silentAtMs))

export function reduceRoster(roster: RelayRoster, event: RosterEvent): RosterStep {
  const silent = roster.filter((socket) => event.atMs >= silentAtMs(socket))
  const heard = silent.length === 0 ? roster : roster.filter((socket) => !silent.includes(socket))
  const { state, effects } = reduceHeard(heard, event)
  const next = forgettingTheGone(state, roster)
  const closed = silent.map((socket) => closing(socket, 'silent'))
  return step(next, ...closed, ...effects, ...introductions(next, roster))
}

const closing = (socket: RelaySocket, reason: CloseReason | 'silent'): RosterEffect => ({
  type: 'close',
  connectionId: socket.connectionId,
  reason,
})

function reduceHeard(roster: RelayRoster, event: RosterEvent): RosterStep {
  if (event.type === 'timer') return step(roster)
  if (event.type === 'summoned') return step(withPromise(roster, event.relayId))
  if (event.type === 'drain-asked') return askedToDrain(roster, event.relayId)
  const { connectionId, atMs } = event
  const socket = roster.find((other) => other.connectionId === connectionId)
  if (event.type === 'socket-opened') {
    const fresh: RelaySocket = { connectionId, heardAtMs: atMs, violations: 0, relay: null }
    const isFull = roster.length >= limits.relaysMax
    return isFull ? step(roster, closing(fresh, 'internal')) : step([...roster, fresh])
  }
  // Forgotten by us, but not by the far end: it comes back with a hello.
  if (socket === undefined) {
    return event.type === 'socket-closed'
      ? step(roster)
      : step(roster, { type: 'close', connectionId, reason: 'internal' })
  }
  switch (event.type) {
    case 'socket-closed':
      return step(roster.filter((other) => other !== socket))
    case 'bad-message':
      return violated(roster, socket, atMs)
    case 'message':
      return reduceMessage(roster, { ...socket, heardAtMs: atMs }, event.message)
    default:
      return assertNever(event)
  }
}

const withSocket = (roster: RelayRoster, socket: RelaySocket): RelayRoster =>
  roster.map((other) => (other.connectionId === socket.connectionId ? socket : other))

function violated(roster: RelayRoster, socket: RelaySocket, heardAtMs: number): RosterStep {
  const violations = socket.violations + 1
  return violations > limits.violationsMax
    ? step(
        roster.filter((other) => other.connectionId !== socket.connectionId),
        closing(socket, 'violations'),
      )
    : step(withSocket(roster, { ...socket, heardAtMs, violations }))
}

function reduceMessage(roster: RelayRoster, socket: RelaySocket, message: RelayToRegistry): RosterStep {
  const { relay } = socket
  if (message.type === 'relay-hello') return greeted(roster, socket, message)
  if (relay === null) return violated(roster, socket, socket.heardAtMs)
  switch (message.type) {
    case 'relay-load': {
      const { links, rooms, cpu, trunks = 0 } = message
      const rtts = [...rttsToKeep(message.rtts ?? [], relay.relayId, roster)]
      return step(
        withSocket(roster, {
          ...socket,
          relay: { ...relay, links, rooms, trunks, cpu, rtts, promisedLinks: 0 },
        }),
      )
    }
    case 'relay-draining':
      return step(withSocket(roster, { ...socket, relay: { ...relay, isDraining: true } }))
    default:
      return assertNever(message)
  }
}

function greeted(
  roster: RelayRoster,
  socket: RelaySocket,
  { type: _hello, ...facts }: Extract<RelayToRegistry, { type: 'relay-hello' }>,
): RosterStep {
  const older = roster.filter(
    (other) => other.connectionId !== socket.connectionId && other.relay?.relayId === facts.relayId,
  )
  // A relay that drains never stops to: one whose socket was lost just then is told again.
  const isDraining = older.some((other) => other.relay?.isDraining === true)
  const fresh = { links: 0, rooms: 0, trunks: 0, cpu: 0, rtts: [], promisedLinks: 0 }
  const relay: ListedRelay = { ...facts, ...fresh, isDraining }
  const kept = roster.filter((other) => !older.includes(other))
  return step(
    withSocket(kept, { ...socket, relay }),
    ...older.map((other) => closing(other, 'taken_over')),
    sending(socket, { type: 'registered' }),
    ...(isDraining ? [sending(socket, { type: 'drain' })] : []),
  )
}

const sending = ({ connectionId }: RelaySocket, message: RegistryToRelay): RosterEffect => ({
  type: 'send',
  connectionId,
  message,
})

/** It gets no more rooms from this moment, whenever it hears of it. */
function askedToDrain(roster: RelayRoster, relayId: RelayId): RosterStep {
  const socket = roster.find(({ relay }) => relay?.relayId === relayId)
  if (socket === undefined || socket.relay === null || socket.relay.isDraining) return step(roster)
  const relay = { ...socket.relay, isDraining: true }
  return step(withSocket(roster, { ...socket, relay }), sending(socket, { type: 'drain' }))
}

const withPromise = (roster: RelayRoster, relayId: RelayId): RelayRoster =>
  roster.map((socket) => {
    const { relay } = socket
    if (relay?.relayId !== relayId) return socket
    return { ...socket, relay: { ...relay, promisedLinks: relay.promisedLinks + limits.relayRoomLinks } }
  })

export interface PickedRelay {
  readonly connectionId: ConnectionId
  readonly relay: ListedRelay
}

export interface RelayWish {
  readonly excluded: readonly RelayId[]
  /** This one or none. */
  readonly only?: RelayId
  /** How far the relay of a socket is from whoever of the room is furthest from it, kilometres; null: nobody knows. */
  readonly farthestKm?: (connectionId: ConnectionId) => number | null
}

const unknownDistance = (): null => null

/** The least busy of the near among those that may be asked, by share of what each can carry, of equals the first by id; or the one that is named. */
export function pickRelay(
  roster: RelayRoster,
  { excluded, only, farthestKm = unknownDistance }: RelayWish,
  atMs: number,
): PickedRelay | null {
  const askable = roster
    .flatMap((socket): readonly PickedRelay[] => {
      const { relay, connectionId } = socket
      const isListed = relay !== null && atMs < silentAtMs(socket) && !excluded.includes(relay.relayId)
      const isNamed = only === undefined || relay?.relayId === only
      const hasRoom = isListed && isNamed && !relay.isDraining && expectedLinks(relay) < relay.capacity
      return hasRoom ? [{ connectionId, relay }] : []
    })
    .toSorted(
      (a, b) => busyShare(a.relay) - busyShare(b.relay) || (a.relay.relayId < b.relay.relayId ? -1 : 1),
    )
  return near(askable, farthestKm)[0] ?? null
}

/** All that are about as far as the nearest; all, where it is known of none. */
function near(
  relays: readonly PickedRelay[],
  farthestKm: (connectionId: ConnectionId) => number | null,
): readonly PickedRelay[] {
  const kmOf = ({ connectionId }: PickedRelay): number => farthestKm(connectionId) ?? Infinity
  const leastKm = Math.min(...relays.map(kmOf))
  return relays.filter((one) => leastKm === Infinity || kmOf(one) <= leastKm + limits.relayNearKm)
}
