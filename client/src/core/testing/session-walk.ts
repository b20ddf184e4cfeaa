/** A session core taken through events by a test, with a room of known occupants around it. */
import {
  instanceIdSchema,
  linkIdSchema,
  occupantIdSchema,
  relayIdSchema,
  roomIdSchema,
  secretSchema,
  type EndpointId,
  type OccupantId,
  type RelayId,
  type Secret,
} from '@video-room/shared/ids.ts'
import type { JoinResponse } from '@video-room/shared/protocol/http.ts'
import type {
  ClientMessage,
  LinkAssignment,
  RelayAssignment,
  ServerMessage,
} from '@video-room/shared/protocol/messages.ts'
import { defaultSettings, type RoomSettings } from '@video-room/shared/room-info.ts'
import { firstRoute, type Route } from '@video-room/shared/route.ts'
import type { OccupantView, Publication, Snapshot } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import { relayTicketSchema, type RelayTicket } from '@video-room/shared/ticket.ts'
import * as v from 'valibot'
import type { CaptureStatus } from '../../media/view.ts'
import type { SessionAnnouncement, SessionEffect } from '../effect.ts'
import type { JoinAnswer, LinkReading, SessionEvent } from '../event.ts'
import { reduceSession, sessionDeadline } from '../reduce.ts'
import { initialSession, noCaptures, type SessionConfig, type SessionState } from '../state.ts'
import { viewOf } from '../view-of.ts'
import type { MediaTrack, SessionView } from '../view.ts'

export const self: OccupantId = v.parse(occupantIdSchema, 'o_selfselfselfself')
export const host: OccupantId = v.parse(occupantIdSchema, 'o_hosthosthosthost')
export const third: OccupantId = v.parse(occupantIdSchema, 'o_thirdthirdthirdd')
export const relay: RelayId = v.parse(relayIdSchema, 'r_relayrelayrelayr')
export const otherRelay: RelayId = v.parse(relayIdSchema, 'r_otherotherothero')
export const tokenA: Secret = v.parse(secretSchema, 'A'.repeat(43))
export const tokenB: Secret = v.parse(secretSchema, 'B'.repeat(43))

export const config: SessionConfig = {
  roomId: v.parse(roomIdSchema, '11111111-1111-4111-8111-111111111111'),
  instanceId: v.parse(instanceIdSchema, 'i_instanceinstance'),
  hostToken: null,
  routeWish: 'auto',
  savesData: false,
}

export const occupant = (
  occupantId: OccupantId,
  publications: readonly Publication[] = [],
  more: Partial<OccupantView> = {},
): OccupantView => ({
  occupantId,
  displayName: occupantId.slice(2, 6),
  isHost: occupantId === host,
  isPresent: true,
  publications: [...publications],
  ...more,
})

/** Each number another ticket. */
export const ticketOf = (number = 1): RelayTicket =>
  v.parse(relayTicketSchema, {
    iceUfrag: String(number).padStart(20, 'A'),
    icePwd: 'p'.repeat(43),
    fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
    candidates: [{ protocol: 'udp', address: '127.0.0.1', port: 3478 }],
  })

export const relayLink = (relayId: RelayId = relay, generation = 1): RelayAssignment => ({
  relayId,
  generation,
  linkId: v.parse(linkIdSchema, '0123456789ab'),
  ticket: ticketOf(generation),
})

export const relayedBy = (...relays: RelayId[]): Route => ({
  kind: 'relayed',
  epoch: 2,
  relays: relays.map((relayId) => ({ relayId, region: 'fra' })),
})

export const snapshotOf = (revision: number, ...occupants: OccupantView[]): Snapshot => ({
  revision,
  route: firstRoute,
  settings: defaultSettings,
  occupants,
})

export const joinResponse = (more: Partial<JoinResponse> = {}): JoinResponse => ({
  occupantId: self,
  isHost: false,
  resumeToken: tokenA,
  iceServers: [],
  settings: defaultSettings,
  admission: 'admitted',
  ...more,
})

export const trackNamed = (id: string, kind = 'video'): MediaTrack => ({
  id,
  kind,
  readyState: 'live',
  enabled: true,
  stop: () => undefined,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
})

type Refused = Extract<JoinAnswer, { ok: false }>

/** Without the members that the walk adds by itself. */
type Bare<Event> = Event extends SessionEvent ? Omit<Event, 'atMs' | 'random' | 'attempt'> : never

export class Walk {
  state: SessionState
  nowMs = 1_000
  random = 0.5
  /** What the last event asked for. */
  effects: readonly SessionEffect[] = []

  constructor(more: Partial<SessionConfig> = {}) {
    this.state = initialSession({ ...config, ...more })
  }

  take(event: Bare<SessionEvent>, more: { attempt?: number } = {}): this {
    const whole = { attempt: this.state.attempt, ...more, ...event, atMs: this.nowMs, random: this.random }
    const { state, effects } = reduceSession(this.state, whole)
    this.state = state
    this.effects = effects
    return this
  }

  /** Moves the clock to the next deadline and fires the timer. */
  timer(): this {
    const deadlineMs = sessionDeadline(this.state)
    if (deadlineMs === null) throw new Error('no deadline is armed')
    this.nowMs = Math.max(this.nowMs, deadlineMs)
    return this.take({ type: 'timer' })
  }

  later(ms: number): this {
    this.nowMs += ms
    return this
  }

  join(resumeToken: Secret | null = null): this {
    return this.take({ type: 'join', displayName: 'Ann', resumeToken })
  }

  answer(more: Partial<JoinResponse> = {}): this {
    return this.take({ type: 'join-answered', answer: { ok: true, response: joinResponse(more) } })
  }

  refuse(code: Refused['code']): this {
    return this.take({ type: 'join-answered', answer: { ok: false, code, retryAfterMs: null } })
  }

  hear(message: ServerMessage): this {
    return this.take({ type: 'message-received', message })
  }

  welcome(...occupants: OccupantView[]): this {
    return this.hear({
      type: 'welcome',
      occupantId: self,
      isHost: false,
      snapshot: snapshotOf(5, ...occupants),
    })
  }

  /** Joined, and at the door. */
  knock(): this {
    return this.join().answer({ admission: 'knocking' }).hear({ type: 'knocking' })
  }

  /** Joined with the host token, and welcomed as the host. */
  enterAsHost(...occupants: OccupantView[]): this {
    const others = occupants.length > 0 ? occupants : [occupant(self, [], { isHost: true })]
    const seated = this.join().answer({ isHost: true })
    return seated.hear({
      type: 'welcome',
      occupantId: self,
      isHost: true,
      snapshot: snapshotOf(5, ...others),
    })
  }

  /** The host changed the settings. */
  settings(change: Partial<RoomSettings>): this {
    const settings = { ...defaultSettings, ...change }
    const patch = { revision: this.revision + 1, changed: [], left: [], settings }
    return this.hear({ type: 'room-changed', patch })
  }

  /** Joined and welcomed, the host is there. */
  enter(...occupants: OccupantView[]): this {
    const others = occupants.length > 0 ? occupants : [occupant(self), occupant(host)]
    return this.join()
      .answer()
      .welcome(...others)
  }

  change(...changed: OccupantView[]): this {
    return this.hear({ type: 'room-changed', patch: { revision: this.revision + 1, changed, left: [] } })
  }

  left(...left: OccupantId[]): this {
    return this.hear({ type: 'room-changed', patch: { revision: this.revision + 1, changed: [], left } })
  }

  start(...links: LinkAssignment[]): this {
    return this.hear({ type: 'start', links })
  }

  startRelayed(assignment: RelayAssignment | null = relayLink(), ...links: LinkAssignment[]): this {
    return this.hear({ type: 'start', links, ...(assignment === null ? {} : { relay: assignment }) })
  }

  route(route: Route): this {
    return this.hear({
      type: 'room-changed',
      patch: { revision: this.revision + 1, changed: [], left: [], route },
    })
  }

  /** The room prepares a route (MG1), or gives one up. */
  migrate(migration: Route | null): this {
    const patch = { revision: this.revision + 1, changed: [], left: [], migration }
    return this.hear({ type: 'room-changed', patch })
  }

  commit(route: Route): this {
    const patch = { revision: this.revision + 1, changed: [], left: [], route, migration: null }
    return this.hear({ type: 'room-changed', patch })
  }

  look(...readings: LinkReading[]): this {
    return this.take({ type: 'links-sampled', readings })
  }

  /** Joined and welcomed in a relayed room, its relay link named. */
  enterRelayed(...occupants: OccupantView[]): this {
    const others = occupants.length > 0 ? occupants : [occupant(self), occupant(host)]
    const snapshot = { ...snapshotOf(5, ...others), route: relayedBy(relay) }
    this.join().answer().hear({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    return this.startRelayed()
  }

  connected(endpointId: EndpointId, generation = 1): this {
    return this.take({ type: 'link-connected', endpointId, generation })
  }

  captures(captures: Partial<Record<Source, CaptureStatus>>): this {
    return this.take({ type: 'captures-changed', captures: { ...noCaptures, ...captures } })
  }

  lose(code = 1006): this {
    return this.take({ type: 'socket-lost', code })
  }

  get revision(): number {
    return this.state.snapshot?.revision ?? 0
  }

  get sent(): readonly ClientMessage[] {
    return this.effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []))
  }

  get reports(): readonly Extract<ClientMessage, { type: 'report' }>[] {
    return this.sent.flatMap((message) => (message.type === 'report' ? [message] : []))
  }

  get announced(): readonly SessionAnnouncement[] {
    return this.effects.flatMap((effect) => (effect.type === 'emit' ? [effect.announcement] : []))
  }

  /** The types of effects, announcements left out. */
  get asked(): readonly string[] {
    return this.effects.filter(({ type }) => type !== 'emit').map(({ type }) => type)
  }

  get view(): SessionView {
    return viewOf(this.state, (id, source) => trackNamed(`${id}/${source}`))
  }
}

/** What the room is told of links goes beside all else; tests of other things leave it out. */
export const isReport = (effect: SessionEffect): boolean =>
  effect.type === 'send' && effect.message.type === 'report'

/** A look at a link; by default it has brought nothing. */
export const readingOf = (
  endpointId: EndpointId,
  generation = 1,
  more: Partial<LinkReading> = {},
): LinkReading => ({
  endpointId,
  generation,
  receivedBytes: 0,
  answeredChecks: 0,
  receivedPackets: 0,
  lostPackets: 0,
  rttMs: null,
  jitterMs: null,
  received: [],
  isUplinkLimited: false,
  hasUplinkRoom: false,
  ...more,
})

export const linkTo = (occupantId: OccupantId, generation = 1, initiator = true): LinkAssignment => ({
  occupantId,
  initiator,
  generation,
})
