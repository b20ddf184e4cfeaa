/**
 * The Durable Object of one room: the shell around the pure room. It draws random values, reads the clock, asks the
 * gate, keeps the state and owns the sockets; every decision is in room/ and store/record.ts.
 */
import { DurableObject } from 'cloudflare:workers'
import { closeCodes } from '@video-room/shared/errors.ts'
import {
  loggable,
  roomIdSchema,
  secretSchema,
  type RoomId,
  type Secret,
  type SecretHash,
} from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import { encodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import type { ControlRequest, JoinRequest } from '@video-room/shared/protocol/http.ts'
import { encodeRoomToRelay } from '@video-room/shared/protocol/relay-codec.ts'
import { relayProtocol } from '@video-room/shared/protocol/version.ts'
import { threadOfText } from '@video-room/shared/relay-threads.ts'
import type { RoomInfo } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { readConfig } from '../config.ts'
import type { Env } from '../env.ts'
import { log, logBug } from '../log.ts'
import { Rejections } from '../rejections.ts'
import type { Whereabouts } from '../relays/whereabouts.ts'
import { roomDeadline } from '../room/deadline.ts'
import type { RoomEffect, RoomNotice } from '../room/effect.ts'
import { reduceRoom } from '../room/reduce.ts'
import { placeByToken, type RoomState } from '../room/state.ts'
import { hashSecret, newConnectionId } from '../secrets.ts'
import { MessageRates } from './message-rates.ts'
import { completed, withTrunkTickets } from './relay-tickets.ts'
import { RoomAlarm } from './room-alarm.ts'
import { RoomFollowers } from './room-followers.ts'
import { RoomGate } from './room-gate.ts'
import { RoomDesk, type Joined, type RoomAnswer, type RoomLoop, type RoomOrder } from './room-desk.ts'
import { roomInfoStoreOf } from './room-info-store-of.ts'
import { RoomRelays } from './room-relays.ts'
import { logRoute } from './route-log.ts'
import { RouteTeller } from './route-tally.ts'
import { RoomStorage } from './room-storage.ts'
import { answerSocket, socketOfferOf, turnedAway, type SocketOffer } from './socket-door.ts'
import { closeSocket, SocketDirectory, type Attachment } from './socket-directory.ts'
import { eventOf } from './socket-words.ts'
import { Turns } from './turns.ts'

export class Room extends DurableObject<Env> {
  readonly #storage = new RoomStorage(this.ctx.storage)
  readonly #sockets = new SocketDirectory(this.ctx)
  readonly #rejections = new Rejections((counts) => log('info', 'rejected', { ...this.#who, counts }))
  /** What touches room info happens one after another. */
  readonly #turns = new Turns()
  readonly #gate = new RoomGate({
    store: roomInfoStoreOf(this.ctx, this.env),
    turns: this.#turns,
    who: this.#who,
    open: () => this.#open(),
  })
  readonly #desk = new RoomDesk({
    gate: this.#gate,
    turns: this.#turns,
    rejections: this.#rejections,
    who: this.#who,
    open: () => this.#open(),
    begin: (state) => {
      this.#storage.create(state)
      this.#loop = this.#loopOf(state)
      return this.#loop
    },
  })
  readonly #followers = new RoomFollowers({
    env: this.env,
    storage: this.ctx.storage,
    who: this.#who,
    target: readConfig(this.env).webhook,
    waitUntil: (task) => this.ctx.waitUntil(task),
  })
  readonly #relays = new RoomRelays({
    env: this.env,
    roomId: () => this.#roomId,
    sockets: this.#sockets,
    who: this.#who,
    open: () => this.#open(),
    rejected: (reason, atMs) => this.#rejections.count(reason, atMs),
  })
  readonly #teller = new RouteTeller(this.env, this.ctx.id.toString(), this.#who)
  readonly #alarm = new RoomAlarm(
    this.ctx.storage,
    (armed) => this.ctx.waitUntil(armed),
    () => [this.#roomDeadlineMs(), this.#followers.deadlineMs],
  )
  /** undefined = not looked for yet since waking; null = no such room. */
  #loop: RoomLoop | null | undefined
  readonly #rates = new MessageRates()

  /** What a log line may say of this room. */
  get #who(): { readonly room: string } {
    return { room: this.ctx.id.toString().slice(0, 8) }
  }

  async create(order: RoomOrder): Promise<RoomAnswer<{ readonly expiresAtMs: number }>> {
    return this.#desk.create(order)
  }

  async join(request: JoinRequest, from: Whereabouts | null = null): Promise<RoomAnswer<Joined>> {
    this.#relays.joining(from)
    return this.#desk.join(request)
  }

  async info(): Promise<RoomAnswer<RoomInfo>> {
    return this.#desk.info()
  }

  async end(hostToken: Secret): Promise<RoomAnswer<null>> {
    return this.#desk.end(hostToken)
  }

  /** From outside: `creatorId` proved by the worker, or null for what the deployment's own Redis says (RC1, RC2). */
  async control(request: ControlRequest, creatorId: string | null): Promise<RoomAnswer<null>> {
    return this.#desk.control(request, creatorId)
  }

  /** Rooms are only ever reached by name, which is their id. */
  get #roomId(): RoomId {
    return v.parse(roomIdSchema, this.ctx.id.name)
  }

  /** A socket; the worker has checked method, upgrade and origin. */
  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    return pathname.endsWith('/relay')
      ? this.#relays.openSocket(
          socketOfferOf(request, relayProtocol),
          threadOfText(searchParams.get('thread')),
        )
      : this.#openAnySocket(socketOfferOf(request))
  }

  async #openAnySocket(offer: SocketOffer): Promise<Response> {
    const token = v.safeParse(secretSchema, offer.token)
    const tokenHash = token.success ? await hashSecret(token.output) : null
    try {
      return this.#openSocket(offer, tokenHash, Date.now())
    } catch (error) {
      logBug('socket-open', error)
      return turnedAway('internal')
    }
  }

  #openSocket(offer: SocketOffer, tokenHash: SecretHash | null, atMs: number): Response {
    const loop = this.#open()
    loop?.dispatch({ type: 'timer', atMs })
    const place = loop === null || tokenHash === null ? undefined : placeByToken(loop.state, tokenHash)
    if (loop === null || tokenHash === null || place === undefined) {
      const reason = loop?.state.status === 'ended' ? 'room_ended' : 'unauthorised'
      this.#rejections.count(reason, atMs)
      return turnedAway(reason)
    }
    const { 0: far, 1: near } = new WebSocketPair()
    const connectionId = newConnectionId()
    this.#sockets.accept(near, { kind: 'occupant', connectionId, openedAtMs: atMs })
    loop.dispatch({ type: 'socket-opened', atMs, connectionId, tokenHash })
    return answerSocket(offer, far)
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#onSocket('socket-message', socket, (loop, from, atMs) => {
      this.#sockets.heard(from.connectionId, atMs)
      loop.dispatch(eventOf({ from, data, atMs }, this.#rates))
    })
  }

  override webSocketClose(socket: WebSocket): void {
    closeSocket(socket, 1000, 'closed')
    this.#onSocket('socket-close', socket, (loop, { connectionId }, atMs) => {
      this.#rates.forget(connectionId)
      this.#sockets.forget(connectionId)
      loop.dispatch({ type: 'socket-closed', atMs, connectionId })
    })
  }

  override webSocketError(socket: WebSocket): void {
    this.webSocketClose(socket)
  }

  override alarm(): void {
    this.#alarm.fired()
    try {
      const loop = this.#open()
      loop?.disarmed()
      loop?.dispatch({ type: 'timer', atMs: Date.now() })
    } catch (error) {
      // Not thrown on: the platform would repeat the alarm, and a bug does not go away by that.
      logBug('alarm', error)
    }
    // Not awaited: the next alarm cannot fire before this one is over, and the room has its own times to keep.
    this.ctx.waitUntil(this.#tellFollowers())
    this.#alarm.arm()
  }

  async #tellFollowers(): Promise<void> {
    try {
      await this.#followers.deliver()
      if (this.#open() === null) await this.#turns.take(async () => this.#deleteTold())
      this.#alarm.arm()
    } catch (error) {
      logBug('followers', error)
    }
  }

  /** A bug costs the socket that met it, not the room. */
  #onSocket(
    where: string,
    socket: WebSocket,
    act: (loop: RoomLoop, from: Attachment, atMs: number) => void,
  ): void {
    try {
      const loop = this.#open()
      const from = this.#sockets.attachmentOf(socket)
      if (loop !== null && from !== null) act(loop, from, Date.now())
    } catch (error) {
      logBug(where, error)
      closeSocket(socket, closeCodes.internal, 'internal')
    }
  }

  #open(): RoomLoop | null {
    if (this.#loop === undefined) {
      const state = this.#storage.load()
      // `gone` was about to be deleted when the object stopped; to everyone it is deleted.
      this.#loop = state === null || state.status === 'gone' ? null : this.#loopOf(state)
    }
    return this.#loop
  }

  #roomDeadlineMs(): number | null {
    const loop = this.#open()
    return loop === null ? null : roomDeadline(loop.state)
  }

  #loopOf(state: RoomState): RoomLoop {
    return new Loop(state, {
      reduce: reduceRoom,
      deadlineOf: roomDeadline,
      keep: (next, previous) => this.#keep(next, previous),
      run: (effect, next) => this.#run(effect, next),
      arm: () => this.#alarm.arm(),
    })
  }

  #keep(next: RoomState, previous: RoomState): void {
    this.#storage.save(next)
    logRoute(this.#who, previous, next)
  }

  #run(effect: RoomEffect, state: RoomState): void {
    switch (effect.type) {
      case 'send':
        if (effect.message.type === 'error') this.#rejections.count(effect.message.code, Date.now())
        this.#sockets.send(effect.connectionId, encodeServerMessage(effect.message))
        return
      case 'send-relay':
        this.#sockets.send(effect.connectionId, encodeRoomToRelay(effect.message))
        return
      case 'send-ticketed': {
        const message = completed(state, effect.message, Date.now())
        this.#sockets.send(effect.connectionId, encodeServerMessage(message))
        return
      }
      case 'send-relay-links':
        this.#sockets.send(
          effect.connectionId,
          encodeRoomToRelay(withTrunkTickets(state, effect, Date.now())),
        )
        return
      case 'summon-relay':
        return this.ctx.waitUntil(this.#relays.summon(effect))
      case 'survey-relays':
        return this.ctx.waitUntil(this.#relays.survey())
      case 'probe-relays':
        return this.#relays.probe(effect)
      case 'close':
        this.#rates.forget(effect.connectionId)
        if (effect.reason !== 'left') this.#rejections.count(effect.reason, Date.now())
        return this.#sockets.close(effect.connectionId, effect.reason)
      case 'ask-gate':
        return this.ctx.waitUntil(this.#gate.seatKnock(effect.occupantId))
      case 'record-all':
        return this.ctx.waitUntil(this.#gate.recordAll())
      case 'notify':
        return this.#notify(effect.notice, state)
      case 'count-route':
        return this.ctx.waitUntil(this.#teller.tell(effect.words))
      case 'look-for-silent': {
        const atMs = Date.now()
        for (const connectionId of this.#sockets.silentAt(atMs)) {
          this.#loop?.dispatch({ type: 'socket-silent', atMs, connectionId })
        }
        return
      }
      case 'delete-everything':
        return this.#deleteEverything()
      case 'record-presence':
      case 'record-left':
      case 'record-barred':
      case 'record-settings':
      case 'record-hand-over':
      case 'record-promotion':
      case 'record-ended':
        return this.ctx.waitUntil(this.#gate.record(effect))
      default:
        return assertNever(effect)
    }
  }

  #notify(notice: RoomNotice, state: RoomState): void {
    const occupant = 'occupantId' in notice ? { occupant: loggable(notice.occupantId) } : {}
    log('info', notice.type.replace('.', '-'), {
      ...this.#who,
      ...occupant,
      occupancyCount: notice.occupancyCount,
    })
    this.#followers.tell(this.#roomId, state, notice)
    this.#alarm.arm()
  }

  #deleteEverything(): void {
    this.#loop = null
    this.ctx.waitUntil(
      this.#turns.take(async () => {
        this.#followers.forgetRoom()
        log('info', 'room-deleted', this.#who)
        await this.#deleteTold()
      }),
    )
  }

  /** The last trace of a room that is gone: what its followers were still to be told. */
  async #deleteTold(): Promise<void> {
    if (this.#open() !== null || !this.#followers.areTold) return this.#alarm.arm()
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }
}
