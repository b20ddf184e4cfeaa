/**
 * Decides: who must be told what after a change: derived by comparing before and after, never written by hand.
 * Does not decide: the change itself.
 * Invariants: one revision per visible change (SN2); a new socket hears `welcome` first (SK4), never the patch of its own
 * arrival; a socket at the door hears that it is there and nothing else (KN1); only sockets that are present afterwards
 * are written to.
 */
import type { RelayId, Secret } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { isSameData } from '@video-room/shared/same.ts'
import { diffSnapshot, type SnapshotPatch } from '@video-room/shared/snapshot.ts'
import type { RoomEffect } from './effect.ts'
import { recordsBetween } from './gate.ts'
import { isAskedAnew } from './knock-picture.ts'
import { knocksFor } from './knocking.ts'
import { noticesBetween } from './notices.ts'
import { relayLinksOf, servedLinks } from './relay-links.ts'
import { relayOf, relaysOf, socketOf, type ServingRelay } from './relay-state.ts'
import { wordsBetween } from './route-words.ts'
import { snapshotOf } from './snapshot-of.ts'
import { isConversation, linksOf } from './start.ts'
import type { ConnectionId } from './connection-id.ts'
import { connectionOf, knockOf, seatOf, type RoomState, type Seat } from './state.ts'
import { trunksOf } from './trunk-links.ts'

interface Occasion {
  readonly atMs: number
  /** What the relay whose socket this is gets for its next one; null: it is no such occasion. */
  readonly resumeToken: Secret | null
}

/** Completes a step: raises the revision when something visible changed, keeps the sweep armed, tells whom it concerns. */
export function announce(
  before: RoomState,
  { state: changed, effects }: Step<RoomState, RoomEffect>,
  { atMs, resumeToken }: Occasion,
): Step<RoomState, RoomEffect> {
  if (changed === before) return step(before, ...effects)
  const diff = diffSnapshot(snapshotOf(before), snapshotOf(changed))
  const revised = diff === null ? changed : { ...changed, revision: changed.revision + 1 }
  const patch = diff === null ? null : { ...diff, revision: revised.revision }
  const after = withSweep(withStarted(revised), atMs)
  const told = connections(after).flatMap(({ seat, connectionId }) => [
    ...newsFor(before, after, seat, patch).map((message): RoomEffect => ({
      type: 'send',
      connectionId,
      message,
    })),
    ...startFor(before, after, seat, connectionId),
  ])
  const notices = noticesBetween(before, after, atMs)
  return step(
    after,
    ...effects,
    // First the relay: whoever hears of a link finds it there.
    ...relayNews(before, after, patch, resumeToken),
    ...told,
    ...knockings(before, after),
    ...recordsBetween(before, after),
    ...notices,
    ...wordsBetween(before, after, atMs),
  )
}

function newsFor(
  before: RoomState,
  after: RoomState,
  seat: Seat,
  patch: SnapshotPatch | null,
): readonly ServerMessage[] {
  const earlier = seatOf(before, seat.occupantId)
  const isNew = earlier === undefined || connectionOf(earlier) !== connectionOf(seat)
  const news: ServerMessage[] = []
  if (isNew) news.push(welcome(after, seat))
  else if (patch !== null) news.push({ type: 'room-changed', patch })
  if (isOwedKnocks(before, isNew ? undefined : earlier, after, seat)) {
    news.push({ type: 'knocks', knocks: [...knocksFor(after, seat)] })
  }
  if (isNew) news.push(...seat.unmuteAsked.map((source) => ({ type: 'unmute-asked' as const, source })))
  return news
}

function startFor(
  before: RoomState,
  after: RoomState,
  seat: Seat,
  connectionId: ConnectionId,
): readonly RoomEffect[] {
  if (!isOwedStart(before, seatOf(before, seat.occupantId), after, seat)) return []
  const links = [...linksOf(after, seat.occupantId)]
  const relays = relayLinksOf(after, seat.occupantId)
  return relays.length === 0
    ? [{ type: 'send', connectionId, message: { type: 'start', links } }]
    : [{ type: 'send-ticketed', connectionId, message: { type: 'start', links, relays } }]
}

const relayNews = (
  before: RoomState,
  after: RoomState,
  patch: SnapshotPatch | null,
  resumeToken: Secret | null,
): readonly RoomEffect[] =>
  relaysOf(after.relay).flatMap((relay) => newsForRelay(before, after, relay, { patch, resumeToken }))

function newsForRelay(
  before: RoomState,
  after: RoomState,
  relay: ServingRelay,
  { patch, resumeToken }: { readonly patch: SnapshotPatch | null; readonly resumeToken: Secret | null },
): readonly RoomEffect[] {
  const connectionId = socketOf(relay)
  if (connectionId === null) return []
  const earlier = relayOf(before.relay, relay.relayId)
  const listed = { links: servedLinks(after, relay), trunks: trunksOf(after, relay) }
  const say = (message: RoomToRelay): RoomEffect => ({ type: 'send-relay', connectionId, message })
  const list: RoomEffect =
    listed.trunks.length === 0
      ? say({ type: 'relay-links', links: [...listed.links] })
      : { type: 'send-relay-links', connectionId, ...listed }
  if (earlier === null || connectionId !== socketOf(earlier)) {
    if (resumeToken === null) return []
    return [say({ type: 'relay-welcome', snapshot: snapshotOf(after), resumeToken }), list]
  }
  const wasListed = { links: servedLinks(before, earlier), trunks: trunksOf(before, earlier) }
  return [
    ...(patch === null ? [] : [say({ type: 'room-changed', patch })]),
    ...(isSameData(listed, wasListed) ? [] : [list]),
  ]
}

function connections(state: RoomState): readonly { seat: Seat; connectionId: ConnectionId }[] {
  return state.seats.flatMap((seat) => {
    const connectionId = connectionOf(seat)
    return connectionId === null ? [] : [{ seat, connectionId }]
  })
}

/** A socket that came to the door hears so, and again when a picture should be shown anew (KN8). */
const knockings = (before: RoomState, after: RoomState): readonly RoomEffect[] =>
  after.knocks.flatMap((knock): readonly RoomEffect[] => {
    const connectionId = connectionOf(knock)
    const earlier = knockOf(before, knock.occupantId)
    const isNew = earlier === undefined || connectionOf(earlier) !== connectionId
    if (connectionId === null || !(isNew || isAskedAnew(before, after))) return []
    const offer = after.settings.knockPicture ? { mayShowPicture: true } : {}
    return [{ type: 'send', connectionId, message: { type: 'knocking', ...offer } }]
  })

/** Who is at the door, whenever it differs from what this socket was told; a new socket was told of nobody. */
function isOwedKnocks(before: RoomState, earlier: Seat | undefined, after: RoomState, seat: Seat): boolean {
  const known = earlier === undefined ? [] : knocksFor(before, earlier)
  return !isSameData(known, knocksFor(after, seat))
}

const welcome = (state: RoomState, seat: Seat): ServerMessage => ({
  type: 'welcome',
  occupantId: seat.occupantId,
  isHost: seat.isHost,
  snapshot: snapshotOf(state),
})

/** Every ready socket hears its list once, empty or not, and again whenever it changes (ST2) or the relay may have missed something (RL6). */
function isOwedStart(before: RoomState, earlier: Seat | undefined, after: RoomState, seat: Seat): boolean {
  if (!isReady(seat)) return false
  const wasReady = earlier !== undefined && connectionOf(earlier) === connectionOf(seat) && isReady(earlier)
  if (!wasReady) return true
  const id = seat.occupantId
  const links = relayLinksOf(after, id)
  const isRelayBack = links.some(({ relayId }) => isNewSocket(before, after, relayId))
  return (
    isRelayBack ||
    !isSameData(relayLinksOf(before, id), links) ||
    !isSameData(linksOf(before, id), linksOf(after, id))
  )
}

function isNewSocket(before: RoomState, after: RoomState, id: RelayId): boolean {
  const [earlier, relay] = [relayOf(before.relay, id), relayOf(after.relay, id)]
  const socket = relay === null ? null : socketOf(relay)
  return socket !== null && (earlier === null || socket !== socketOf(earlier))
}

const isReady = (seat: Seat): boolean => seat.presence.kind === 'present' && seat.presence.isReady

function withSweep(state: RoomState, atMs: number): RoomState {
  const sockets = [
    ...[...state.seats, ...state.knocks].map(connectionOf),
    ...relaysOf(state.relay).map(socketOf),
  ]
  const isWanted = sockets.some((connectionId) => connectionId !== null)
  if (isWanted === (state.sweepAtMs !== null)) return state
  return { ...state, sweepAtMs: isWanted ? atMs + limits.presenceSweepMs : null }
}

/** A room has started when its host and someone else were told of their link. */
function withStarted(state: RoomState): RoomState {
  return state.hasStarted || !isConversation(state) ? state : { ...state, hasStarted: true }
}
