/**
 * The Durable Object that knows the relays of a deployment: the shell around their roster. There is one; a room asks it for
 * a relay and the relay is told over its own socket. It holds each relay's ICE key and hands it to the rooms it serves,
 * nobody else (ADR 0014).
 */
import { DurableObject } from 'cloudflare:workers'
import { closeCodes } from '@video-room/shared/errors.ts'
import { loggable, type RelayId, type RoomId, type Secret } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import type { RelayStanding } from '@video-room/shared/protocol/operator.ts'
import { decodeRelayToRegistry, encodeRegistryToRelay } from '@video-room/shared/protocol/relay-codec.ts'
import { relayProtocol } from '@video-room/shared/protocol/version.ts'
import * as v from 'valibot'
import type { Env } from '../env.ts'
import { log, logBug } from '../log.ts'
import { Rejections } from '../rejections.ts'
import { relaySocketSchema, type ListedRelay, type RelayRoster } from '../relays/listed-relay.ts'
import {
  pickRelay,
  reduceRoster,
  rosterDeadline,
  type RosterEffect,
  type RosterEvent,
} from '../relays/relay-roster.ts'
import { standingsOf, surveyOf, type SurveyedRelay } from '../relays/relay-survey.ts'
import { distanceKm, type Whereabouts } from '../relays/whereabouts.ts'
import { whereaboutsIn } from '../request-whereabouts.ts'
import type { ConnectionId } from '../room/connection-id.ts'
import { newConnectionId, newSecret } from '../secrets.ts'
import { hasTable } from '../store/stored-version.ts'
import { MessageRates } from './message-rates.ts'
import { answerSocket, socketOfferOf, turnedAway } from './socket-door.ts'
import { closeSocket, SocketDirectory } from './socket-directory.ts'

/** What a room needs of a relay to serve it and to mint its tickets. */
export interface Summoned extends Pick<
  ListedRelay,
  'relayId' | 'region' | 'candidates' | 'fingerprint' | 'iceKey'
> {
  /** Opens the relay's first socket to the room. */
  readonly secret: Secret
}

export interface SummonOrder {
  readonly roomId: RoomId
  /** Those that the room does not want (again). */
  readonly exclude: readonly RelayId[]
  /** This one or none: a tree of relays was planned with it (CH5). */
  readonly only?: RelayId
  /** Where its people are, as far as the edge says. */
  readonly people: readonly Whereabouts[]
}

/** What became of an operator's wish (OP3). */
export type DrainAnswer = 'asked' | 'drains-already' | 'unknown'

/** Relays say something every few seconds: the rate of an occupant is more than they need. */
const messageRate = { burst: limits.messageBurst, perSecond: limits.messagesPerSecond }

const rowSchema = v.pipe(v.string(), v.parseJson(), relaySocketSchema)

export const registryOf = (env: Env): DurableObjectStub<RelayRegistry> =>
  env.RELAY_REGISTRY.get(env.RELAY_REGISTRY.idFromName('relays'))

export class RelayRegistry extends DurableObject<Env> {
  readonly #sockets = new SocketDirectory(this.ctx)
  readonly #rates = new MessageRates()
  /** Rooms that got none: they ask again every few seconds, and one line a minute says it. */
  readonly #unserved = new Rejections((counts) => log('warn', 'no-relay', { counts }))
  #running: Loop<RelayRoster, RosterEvent, RosterEffect> | null = null

  /** A relay for a room, which is told to come; null: there is none (RG3). */
  async summon(order: SummonOrder): Promise<Summoned | null> {
    try {
      return this.#summon(order)
    } catch (error) {
      logBug('summon', error)
      return null
    }
  }

  /** All live relays, for a room that plans a tree of them. */
  async survey(): Promise<readonly SurveyedRelay[]> {
    return surveyOf(this.#loop.state, Date.now())
  }

  /** The same for an operator, who needs no keys (OP2). */
  async standings(): Promise<readonly RelayStanding[]> {
    return standingsOf(this.#loop.state, Date.now())
  }

  /** An operator wants this relay empty (OP3). */
  async drain(relayId: RelayId): Promise<DrainAnswer> {
    const atMs = Date.now()
    const listed = standingsOf(this.#loop.state, atMs).find((relay) => relay.relayId === relayId)
    if (listed === undefined) return 'unknown'
    if (listed.isDraining) return 'drains-already'
    this.#loop.dispatch({ type: 'drain-asked', atMs, relayId })
    log('info', 'drain-asked', { relay: loggable(relayId), rooms: listed.rooms, links: listed.links })
    return 'asked'
  }

  #summon(order: SummonOrder): Summoned | null {
    const { roomId, exclude: excluded, only, people } = order
    const atMs = Date.now()
    const farthestKm = (connectionId: ConnectionId): number | null => {
      const relay = this.#sockets.whereaboutsOf(connectionId)
      if (relay === null || people.length === 0) return null
      return Math.max(...people.map((person) => distanceKm(person, relay)))
    }
    const wish = { excluded, farthestKm, ...(only === undefined ? {} : { only }) }
    const picked = pickRelay(this.#loop.state, wish, atMs)
    if (picked === null) {
      this.#unserved.count(this.#loop.state.length === 0 ? 'none_registered' : 'none_left', atMs)
      return null
    }
    const { relayId, region, candidates, fingerprint, iceKey } = picked.relay
    const secret = newSecret()
    const summon = encodeRegistryToRelay({ type: 'summon', roomId, secret })
    if (!this.#sockets.send(picked.connectionId, summon)) {
      // Its socket is gone and nobody told us: the next one, then.
      this.#loop.dispatch({ type: 'socket-closed', atMs, connectionId: picked.connectionId })
      return this.#summon(order)
    }
    this.#loop.dispatch({ type: 'summoned', atMs, relayId })
    log('info', 'relay-summoned', { room: loggable(roomId), relay: loggable(relayId) })
    return { relayId, region, candidates, fingerprint, iceKey, secret }
  }

  /** A relay's socket; the worker has checked method, upgrade and key. */
  override fetch(request: Request): Response {
    try {
      const { 0: far, 1: near } = new WebSocketPair()
      const [connectionId, atMs] = [newConnectionId(), Date.now()]
      const whereabouts = whereaboutsIn(request)
      this.#sockets.accept(near, { kind: 'relay', connectionId, openedAtMs: atMs, whereabouts })
      this.#loop.dispatch({ type: 'socket-opened', atMs, connectionId })
      return answerSocket(socketOfferOf(request, relayProtocol), far)
    } catch (error) {
      logBug('relay-socket-open', error)
      return turnedAway('internal')
    }
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#onSocket('relay-message', socket, (connectionId, atMs) => {
      const decoded = decodeRelayToRegistry(data)
      if (!decoded.ok || !this.#rates.admits(connectionId, messageRate, atMs)) {
        return this.#loop.dispatch({ type: 'bad-message', atMs, connectionId })
      }
      const message = decoded.value
      this.#loop.dispatch({ type: 'message', atMs, connectionId, message })
      if (message.type !== 'relay-load') this.#logMessage(message.type, connectionId)
    })
  }

  override webSocketClose(socket: WebSocket): void {
    closeSocket(socket, 1000, 'closed')
    this.#onSocket('relay-close', socket, (connectionId, atMs) => {
      this.#rates.forget(connectionId)
      this.#loop.dispatch({ type: 'socket-closed', atMs, connectionId })
    })
  }

  override webSocketError(socket: WebSocket): void {
    this.webSocketClose(socket)
  }

  override alarm(): void {
    try {
      this.#loop.disarmed()
      this.#loop.dispatch({ type: 'timer', atMs: Date.now() })
    } catch (error) {
      logBug('relay-registry-alarm', error)
    }
  }

  #logMessage(event: string, connectionId: ConnectionId): void {
    const relay = this.#loop.state.find((socket) => socket.connectionId === connectionId)?.relay
    if (relay !== undefined && relay !== null) {
      log('info', event, { relay: loggable(relay.relayId), capacity: relay.capacity })
    }
  }

  #onSocket(where: string, socket: WebSocket, act: (connectionId: ConnectionId, atMs: number) => void): void {
    try {
      const connectionId = this.#sockets.attachmentOf(socket)?.connectionId
      if (connectionId !== undefined) act(connectionId, Date.now())
    } catch (error) {
      logBug(where, error)
      closeSocket(socket, closeCodes.internal, 'internal')
    }
  }

  get #loop(): Loop<RelayRoster, RosterEvent, RosterEffect> {
    this.#running ??= new Loop<RelayRoster, RosterEvent, RosterEffect>(this.#load(), {
      reduce: reduceRoster,
      deadlineOf: rosterDeadline,
      keep: (next, previous) => this.#keep(next, previous),
      run: (effect) => this.#run(effect),
      arm: (deadlineMs) =>
        this.ctx.waitUntil(
          deadlineMs === null ? this.ctx.storage.deleteAlarm() : this.ctx.storage.setAlarm(deadlineMs),
        ),
    })
    return this.#running
  }

  #run(effect: RosterEffect): void {
    switch (effect.type) {
      case 'send':
        this.#sockets.send(effect.connectionId, encodeRegistryToRelay(effect.message))
        return
      case 'close':
        log('info', 'relay-closed', { reason: effect.reason })
        return this.#sockets.close(effect.connectionId, effect.reason)
      default:
        return assertNever(effect)
    }
  }

  /** A row that this build does not understand is no loss: its relay says hello again. */
  #load(): RelayRoster {
    const { sql } = this.ctx.storage
    if (!hasTable(sql, 'relay_sockets')) return []
    const rows = sql.exec('SELECT socket FROM relay_sockets ORDER BY position').toArray()
    return rows.flatMap((row) => {
      const socket = v.safeParse(rowSchema, row['socket'])
      return socket.success ? [socket.output] : []
    })
  }

  /** Row by row: what one relay says every few seconds does not write the others anew. */
  #keep(next: RelayRoster, previous: RelayRoster): void {
    const { sql } = this.ctx.storage
    sql.exec(
      `CREATE TABLE IF NOT EXISTS relay_sockets (
        position INTEGER PRIMARY KEY, connection_id TEXT NOT NULL UNIQUE, socket TEXT NOT NULL
      ) STRICT`,
    )
    const listed = new Set(next.map(({ connectionId }) => connectionId))
    for (const { connectionId } of previous) {
      if (!listed.has(connectionId))
        sql.exec('DELETE FROM relay_sockets WHERE connection_id = ?', connectionId)
    }
    for (const socket of next) {
      if (previous.includes(socket)) continue
      sql.exec(
        `INSERT INTO relay_sockets (connection_id, socket) VALUES (?, ?)
         ON CONFLICT (connection_id) DO UPDATE SET socket = excluded.socket`,
        socket.connectionId,
        JSON.stringify(socket),
      )
    }
  }
}
