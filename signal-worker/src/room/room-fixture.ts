/** A room in a test: a state that events are fed to, with the effects of the last one at hand. */
import {
  instanceIdSchema,
  linkIdSchema,
  occupantIdSchema,
  relayIdSchema,
  secretHashSchema,
  secretSchema,
} from '@video-room/shared/ids.ts'
import type { OccupantId, RelayId, SecretHash } from '@video-room/shared/ids.ts'
import { defaultSettings, type RoomSettings } from '@video-room/shared/room-info.ts'
import type { LinkAssignment, ClientMessage, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { RelayToRoom, RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import type { PathVerdict } from '@video-room/shared/protocol/path-report.ts'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { Publication } from '@video-room/shared/snapshot.ts'
import * as v from 'valibot'
import type { RoomEffect, RouteWord } from './effect.ts'
import type { GateOutcome, RoomEvent } from './event.ts'
import { reduceRoom } from './reduce.ts'
import type { RelayLink } from './relay-links.ts'
import { relaysOf, type KnownRelay } from './relay-state.ts'
import { generationOf } from './start.ts'
import { connectionIdSchema, type ConnectionId } from './connection-id.ts'
import { initialRoom, knockOf, seatOf, type RoomState } from './state.ts'

export const occupant = (name: string): OccupantId => v.parse(occupantIdSchema, `o_${name.padEnd(16, '_')}`)
export const connection = (name: string): ConnectionId =>
  v.parse(connectionIdSchema, `c_${name.padEnd(16, '_')}`)
export const tokenHash = (name: string): SecretHash => v.parse(secretHashSchema, name.padEnd(43, '_'))
export const instance = (name: string) => v.parse(instanceIdSchema, `i_${name.padEnd(16, '_')}`)

export const relay = (name: string): RelayId => v.parse(relayIdSchema, `r_${name.padEnd(16, '_')}`)

/** As the registry would name it; `secret` is what its first socket brings. */
export const knownRelay = (name: string, secret = `${name}1`): KnownRelay => ({
  relayId: relay(name),
  region: name,
  candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 3478 }],
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  iceKey: v.parse(secretSchema, 'k'.repeat(43)),
  tokenHash: tokenHash(secret),
  linkBase: v.parse(linkIdSchema, 'fffffffffffe'),
})

export const live: readonly Publication[] = [
  { source: 'microphone', mutedBy: null },
  { source: 'camera', mutedBy: null },
]

type UntimedEvent = RoomEvent extends infer E ? (E extends RoomEvent ? Omit<E, 'atMs'> : never) : never

export class RoomFixture {
  state: RoomState
  effects: readonly RoomEffect[] = []
  atMs = 1_000_000

  constructor(settings: Partial<RoomSettings> = {}, seatsMax = 15) {
    this.state = initialRoom({
      settings: { ...defaultSettings, maxParticipants: 15, ...settings },
      expiresAtMs: this.atMs + 12 * 3_600_000,
      creatorId: 'acme',
      seatsMax,
      gate: { hostTokenHash: tokenHash('host-token'), lifetimeMs: 12 * 3_600_000 },
    })
  }

  feed(event: UntimedEvent): this {
    const { state, effects } = reduceRoom(this.state, { ...event, atMs: this.atMs })
    this.state = state
    this.effects = effects
    return this
  }

  later(ms: number): this {
    this.atMs += ms
    return this
  }

  join(name: string, { isHost = name === 'host', token = `${name}1` } = {}): this {
    return this.feed({
      type: 'occupant-joined',
      occupantId: occupant(name),
      isHost,
      provedHost: isHost,
      displayName: name,
      resumeTokenHash: tokenHash(token),
    })
  }

  /** Someone comes to the door, with a socket named after them. */
  knock(name: string, { token = `${name}1` } = {}): this {
    return this.feed({
      type: 'knocked',
      occupantId: occupant(name),
      displayName: name,
      resumeTokenHash: tokenHash(token),
    }).open(name, token)
  }

  gate(name: string, outcome: GateOutcome = 'admitted'): this {
    return this.feed({ type: 'gate-answered', occupantId: occupant(name), outcome })
  }

  open(socket: string, token: string): this {
    return this.feed({
      type: 'socket-opened',
      connectionId: connection(socket),
      tokenHash: tokenHash(token),
    })
  }

  say(socket: string, message: ClientMessage): this {
    return this.feed({ type: 'message', connectionId: connection(socket), message })
  }

  ready(socket: string, publications = live, instanceName = socket): this {
    return this.say(socket, {
      type: 'media-ready',
      instanceId: instance(instanceName),
      publications: [...publications],
    })
  }

  close(socket: string): this {
    return this.feed({ type: 'socket-closed', connectionId: connection(socket) })
  }

  /** Join, socket and `media-ready` of one occupant, whose socket and first token are named after them. */
  enter(name: string): this {
    return this.join(name).open(name, `${name}1`).ready(name)
  }

  /** The registry names a relay. */
  summoned(name: string, secret = `${name}1`): this {
    return this.feed({ type: 'relay-summoned', purpose: 'route', relay: knownRelay(name, secret) })
  }

  noRelay(random = 0): this {
    return this.feed({ type: 'relay-unavailable', purpose: 'route', random })
  }

  /** A relay opens a socket of this name; its next one opens with `next`. `thread`: as it names it, if it does. */
  openRelay(socket: string, token: string, next = `${token}-`, thread?: number): this {
    return this.feed({
      type: 'relay-connected',
      connectionId: connection(socket),
      tokenHash: tokenHash(token),
      resumeToken: v.parse(secretSchema, next.padEnd(43, '_')),
      resumeTokenHash: tokenHash(next),
      ...(thread === undefined ? {} : { thread }),
    })
  }

  /** The whole way of a relay into the room: named after it are its socket and its secret. */
  serve(name: string): this {
    return this.summoned(name).openRelay(name, `${name}1`)
  }

  relaySay(socket: string, message: RelayToRoom): this {
    return this.feed({ type: 'relay-message', connectionId: connection(socket), message })
  }

  wish(socket: string, routeWish: RouteWish): this {
    const message = { type: 'media-ready', instanceId: instance(socket) } as const
    return this.say(socket, { ...message, publications: [...live], routeWish })
  }

  /** What the last event sent to a relay's socket. */
  relayHeard(socket: string): readonly RoomToRelay[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'send-relay' && effect.connectionId === connection(socket) ? [effect.message] : [],
    )
  }

  /** The (newer) relay link of the last event's `start` to this socket; null: it names none, or there was no `start`. */
  relayLink(socket: string): RelayLink | null {
    const effect = this.effects.find(
      (one) => one.type === 'send-ticketed' && one.connectionId === connection(socket),
    )
    if (effect?.type !== 'send-ticketed') return null
    const { message } = effect
    return message.type === 'start' ? (message.relays.at(-1) ?? null) : message.link
  }

  /** The relay links of the last event's `start` to this socket: the present or standing one, then the next. */
  relayLinks(socket: string): readonly RelayLink[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'send-ticketed' &&
      effect.connectionId === connection(socket) &&
      effect.message.type === 'start'
        ? effect.message.relays
        : [],
    )
  }

  /** These people have seen all of the route that is prepared (MG3). */
  vote(...sockets: readonly string[]): this {
    const { migration } = this.state.routing
    if (migration === null) throw new Error('no route is prepared')
    for (const socket of sockets) this.say(socket, { type: 'route-ready', epoch: migration.route.epoch })
    return this
  }

  /** What someone says of their links, by name of the other end: a verdict, or a verdict and a round trip (FX1). */
  report(
    name: string,
    paths: Readonly<Record<string, PathVerdict | readonly [PathVerdict, number]>>,
    isUplinkLimited = false,
  ): this {
    const reports = Object.entries(paths).map(([to, said]) => {
      const [verdict, rttMs] = typeof said === 'string' ? [said, null] : said
      const far = relaysOf(this.state.relay).some(({ relayId }) => relayId === relay(to))
        ? relay(to)
        : occupant(to)
      const generation = generationOf(this.state, occupant(name), far)
      return { to: far, generation, verdict, rttMs, jitterMs: null, lossShare: null }
    })
    return this.say(name, { type: 'report', paths: reports, isUplinkLimited })
  }

  get summons(): readonly (readonly RelayId[])[] {
    return this.effects.flatMap((effect) => (effect.type === 'summon-relay' ? [effect.exclude] : []))
  }

  seat(name: string) {
    return seatOf(this.state, occupant(name))
  }

  atDoor(name: string) {
    return knockOf(this.state, occupant(name))
  }

  /** The effects of the last event but what was sent, closed, noticed or counted: what concerns the gate and the clock. */
  get orders(): readonly RoomEffect[] {
    const others: readonly RoomEffect['type'][] = ['send', 'close', 'notify', 'count-route']
    return this.effects.filter(({ type }) => !others.includes(type))
  }

  /** What the last event had counted. */
  get words(): readonly RouteWord[] {
    return this.effects.flatMap((effect) => (effect.type === 'count-route' ? effect.words : []))
  }

  /** What followers outside were told by the last event. */
  get notices(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.type === 'notify' ? [effect.notice.type] : []))
  }

  /** What the last event sent to this socket. */
  heard(socket: string): readonly ServerMessage[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'send' && effect.connectionId === connection(socket) ? [effect.message] : [],
    )
  }

  /** The `start` of the last event to this socket, or null. */
  links(socket: string): readonly LinkAssignment[] | null {
    const start = this.heard(socket).find((message) => message.type === 'start')
    return start?.links ?? null
  }

  closed(socket: string): string | null {
    const close = this.effects.find(
      (effect) => effect.type === 'close' && effect.connectionId === connection(socket),
    )
    return close?.type === 'close' ? close.reason : null
  }
}

export const room = (settings?: Partial<RoomSettings>, seatsMax?: number): RoomFixture =>
  new RoomFixture(settings, seatsMax)
