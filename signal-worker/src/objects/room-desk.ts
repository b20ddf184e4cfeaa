/**
 * The desk of a room: what the worker's routes ask of it. It proves tokens, asks the gate, and tells the pure room of
 * what was granted. One request after another, so that what the gate said is still so when the room hears it.
 */
import type { HttpErrorCode } from '@video-room/shared/errors.ts'
import { loggable, type OccupantId, type Secret, type SecretHash } from '@video-room/shared/ids.ts'
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { Loop } from '@video-room/shared/machine/loop.ts'
import { fullBucket, spend, type TokenBucket } from '@video-room/shared/machine/token-bucket.ts'
import type { ControlRequest, JoinRequest, JoinResponse } from '@video-room/shared/protocol/http.ts'
import type { RelayAssignment } from '@video-room/shared/protocol/messages.ts'
import { roomInfoOf, type RoomInfo, type RoomSettings } from '@video-room/shared/room-info.ts'
import { log, logBug } from '../log.ts'
import type { Rejections } from '../rejections.ts'
import {
  admissionOf,
  choosePlace,
  seatFreeInMs,
  type PlaceChoice,
  type PlaceRefusal,
  type PlaceWish,
} from '../room/admission.ts'
import type { RoomEffect } from '../room/effect.ts'
import type { RoomEvent } from '../room/event.ts'
import { freeSeats } from '../room/knocking.ts'
import { joinHoldsUntilMs } from '../room/place.ts'
import { relayLinkAhead } from '../room/relay-links.ts'
import { initialRoom, seatOf, type RoomState } from '../room/state.ts'
import { hashSecret, newOccupantId, newSecret, sameHash } from '../secrets.ts'
import { settle } from '../store/record.ts'
import type { AdmitRefusal, StoreDown } from '../store/room-info-store.ts'
import { withTicket } from './relay-tickets.ts'
import type { RoomGate } from './room-gate.ts'
import type { Turns } from './turns.ts'

interface Refused {
  readonly ok: false
  readonly code: HttpErrorCode
  readonly retryAfterMs?: number
}

export type RoomAnswer<Value> = { readonly ok: true; readonly value: Value } | Refused

export interface RoomOrder {
  readonly settings: RoomSettings
  readonly lifetimeMs: number
  readonly hostTokenHash: SecretHash
  /** Who makes it, as the creator's proof names them; only they control it from outside (RC2). */
  readonly creatorId: string
  /** Seats beside the host's that this creator may give (C4); absent: as many as any. */
  readonly seatsMax?: number
}

export interface Joined {
  readonly occupantId: OccupantId
  readonly isHost: boolean
  readonly resumeToken: Secret
  readonly settings: RoomSettings
  readonly admission: JoinResponse['admission']
  /** What the first `start` will say of the relay link (RL3). */
  readonly relay?: RelayAssignment
}

interface NextToken {
  readonly resumeToken: Secret
  readonly resumeTokenHash: SecretHash
}

export type RoomLoop = Loop<RoomState, RoomEvent, RoomEffect>

/** What the desk needs of the object it stands in. */
export interface DeskPorts {
  readonly gate: RoomGate
  readonly turns: Turns
  readonly rejections: Rejections
  /** What a log line may say of this room. */
  readonly who: { readonly room: string }
  /** The running room, or null when there is none. */
  readonly open: () => RoomLoop | null
  /** Keeps a new room and sets it running. */
  readonly begin: (state: RoomState) => RoomLoop
}

const joinRate = { burst: limits.joinBurst, perSecond: limits.joinsPerSecond }

export class RoomDesk {
  readonly #ports: DeskPorts
  /** In memory only, as the sockets' (room-object.ts): a room that sleeps is not being flooded. */
  #joinBucket: TokenBucket | null = null

  constructor(ports: DeskPorts) {
    this.#ports = ports
  }

  /** Makes the room, or answers with the one that the same order made before (HT1, HT2). */
  async create(order: RoomOrder): Promise<RoomAnswer<{ readonly expiresAtMs: number }>> {
    return this.#answer('create', async (atMs) => {
      const { gate, open, begin } = this.#ports
      const created = await gate.ask((store) =>
        store.create({ ...order, expiresAtMs: atMs + order.lifetimeMs }),
      )
      if (!created.ok) return this.#refused(created.code, atMs)
      const { settings, expiresAtMs } = created.value
      const running = open()
      if (running !== null) {
        running.dispatch({ type: 'timer', atMs })
        return { ok: true, value: { expiresAtMs } }
      }
      const { creatorId, seatsMax, hostTokenHash, lifetimeMs } = order
      const ceiling = seatsMax === undefined ? {} : { seatsMax }
      const facts = { hostTokenHash, lifetimeMs }
      begin(initialRoom({ settings, expiresAtMs, creatorId, ...ceiling, gate: facts })).dispatch({
        type: 'created',
        atMs,
      })
      return { ok: true, value: { expiresAtMs } }
    })
  }

  /** Takes a seat, returns to one, or knocks (HT3–HT7, KN1). */
  async join(request: JoinRequest): Promise<RoomAnswer<Joined>> {
    return this.#answer('join', async (atMs) => {
      const loop = this.#ports.open()
      if (loop === null) return this.#refused('room_not_found', atMs)
      const rate = spend(this.#joinBucket ?? fullBucket(joinRate, atMs), joinRate, atMs)
      this.#joinBucket = rate.bucket
      if (!rate.allowed) return this.#refused('rate_limited', atMs, 1_000 / joinRate.perSecond)
      loop.dispatch({ type: 'timer', atMs })
      if (loop.state.status !== 'open') return this.#refused('room_ended', atMs)
      if (!(await this.#ports.gate.isUpToDate(loop))) return this.#refused('room_store_unavailable', atMs)
      return this.#place(loop, request)
    })
  }

  async #place(loop: RoomLoop, request: JoinRequest): Promise<RoomAnswer<Joined>> {
    const { hostToken, resumeToken: presented } = request
    const isHost = hostToken !== undefined
    if (isHost) {
      const proof = await this.#proveHost(loop, hostToken)
      if (!proof.ok) return this.#refused(proof.code, Date.now())
    }
    const resumeTokenHash = presented === undefined ? null : await hashSecret(presented)
    const resumeToken = newSecret()
    const next = { resumeToken, resumeTokenHash: await hashSecret(resumeToken) }
    const wish = { isHost, takesOver: false, resumeTokenHash, freshOccupantId: newOccupantId() }
    const atMs = Date.now()
    const choice = choosePlace(loop.state, wish, atMs)
    if (!choice.ok) return this.#refusedPlace(choice.code, atMs)
    return choice.value.kind === 'knock'
      ? this.#knock(loop, choice.value, request, next)
      : this.#seat(loop, choice.value, wish, request, next)
  }

  #knock(
    loop: RoomLoop,
    { occupantId }: PlaceChoice,
    request: JoinRequest,
    next: NextToken,
  ): RoomAnswer<Joined> {
    const { resumeToken, resumeTokenHash } = next
    const atMs = Date.now()
    const { displayName } = request
    loop.dispatch({ type: 'knocked', atMs, occupantId, displayName, resumeTokenHash })
    log('info', 'knocked', { ...this.#ports.who, occupant: loggable(occupantId) })
    const { settings } = loop.state
    return { ok: true, value: { occupantId, isHost: false, resumeToken, settings, admission: 'knocking' } }
  }

  async #seat(
    loop: RoomLoop,
    choice: PlaceChoice,
    wish: PlaceWish,
    request: JoinRequest,
    next: NextToken,
  ): Promise<RoomAnswer<Joined>> {
    const { gate } = this.#ports
    const { occupantId, isHost, provedHost } = choice
    const askedAtMs = Date.now()
    const granted = await gate.ask((store) =>
      store.admit({
        occupantId,
        isHost,
        // The host token outranks whatever came with it.
        tokenHash: provedHost ? null : wish.resumeTokenHash,
        atMs: askedAtMs,
        graceEndsAtMs: joinHoldsUntilMs(askedAtMs),
      }),
    )
    const atMs = Date.now()
    if (!granted.ok) {
      const isShut = granted.code === 'room_full' || granted.code === 'room_locked'
      const over = { ...wish, takesOver: true }
      const taken = isShut && provedHost && !wish.takesOver ? choosePlace(loop.state, over, atMs) : granted
      return taken.ok
        ? this.#seat(loop, taken.value, over, request, next)
        : this.#refusedSeat(loop, granted.code, atMs)
    }
    // While the gate was thinking the host may have removed this very person, or someone may have become host.
    loop.dispatch({ type: 'timer', atMs })
    if (loop.state.status !== 'open') return this.#refused('room_ended', atMs)
    const again = choosePlace(loop.state, wish, atMs)
    if (!again.ok || again.value.occupantId !== occupantId) {
      if (seatOf(loop.state, occupantId) === undefined) await gate.ask((store) => store.leave(occupantId))
      return this.#refused(again.ok ? 'room_store_unavailable' : again.code, atMs)
    }
    if (!isHost && seatOf(loop.state, occupantId) === undefined && freeSeats(loop.state) <= 0) {
      // The gate gave a seat that is taken: it has lost some (a failover forgets the last writes), and learns all anew.
      gate.failed(loop)
      return this.#refused('room_full', atMs, seatFreeInMs(loop.state, atMs))
    }
    const { resumeToken, resumeTokenHash } = next
    const { displayName } = request
    const given = { occupantId, isHost, provedHost, displayName, resumeTokenHash }
    loop.dispatch({ type: 'occupant-joined', atMs, ...given })
    log('info', 'seat-held', { ...this.#ports.who, occupant: loggable(occupantId) })
    const seat = seatOf(loop.state, occupantId)
    const seated = { occupantId, isHost: seat?.isHost ?? isHost, resumeToken, settings: loop.state.settings }
    const link = relayLinkAhead(loop.state, occupantId)
    const ahead = link === null ? {} : { relay: withTicket(loop.state, link, atMs) }
    const admission = admissionOf(loop.state, seated.isHost)
    return { ok: true, value: { ...seated, admission, ...ahead } }
  }

  #refusedPlace(code: PlaceRefusal, atMs: number): Refused {
    if (code === 'room_full' || code === 'direct_full') {
      return this.#refused(code, atMs, limits.roomFullRetryMs)
    }
    if (code === 'rate_limited') return this.#refused(code, atMs, 1_000 / limits.knocksPerSecond)
    return this.#refused(code, atMs)
  }

  #refusedSeat(loop: RoomLoop, code: AdmitRefusal | StoreDown, atMs: number): Refused {
    if (code === 'room_full') return this.#refused(code, atMs, seatFreeInMs(loop.state, atMs))
    // A room that runs is listed: a gate that does not know it has lost it, and learns it anew.
    const isBehind = code === 'room_store_unavailable' || code === 'room_not_found' || code === 'room_ended'
    if (!isBehind) return this.#refused(code, atMs)
    this.#ports.gate.failed(loop)
    return this.#refused('room_store_unavailable', atMs, limits.gateRestMs)
  }

  async info(): Promise<RoomAnswer<RoomInfo>> {
    return this.#answer('info', async (atMs) => {
      const found = await this.#ports.gate.ask((store) => store.read())
      if (!found.ok) return this.#refused(found.code, atMs)
      const record = settle(found.value, atMs)
      if (record.status === 'ended') return this.#refused('room_ended', atMs)
      return { ok: true, value: roomInfoOf(record.seats) }
    })
  }

  /** The host's `DELETE`. Ending an ended room succeeds: what was asked for is so. */
  async end(hostToken: Secret): Promise<RoomAnswer<null>> {
    return this.#answer('end', async (atMs) => {
      const loop = this.#ports.open()
      if (loop === null) return this.#refused('room_not_found', atMs)
      const proof = await this.#proveHost(loop, hostToken)
      if (!proof.ok) return this.#refused(proof.code, atMs)
      loop.dispatch({ type: 'ended', atMs: Date.now() })
      return { ok: true, value: null }
    })
  }

  /**
   * What the creator asks for from outside (RC1). Not in turn: it must be obeyed at once, also while the gate is silent.
   * `creatorId` null: it came by the deployment's own Redis, which is proof enough.
   */
  control(request: ControlRequest, creatorId: string | null): RoomAnswer<null> {
    const atMs = Date.now()
    const loop = this.#ports.open()
    if (loop === null) return this.#refused('room_not_found', atMs)
    if (creatorId !== null && creatorId !== loop.state.creatorId) return this.#refused('not_allowed', atMs)
    loop.dispatch({ type: 'timer', atMs })
    if (loop.state.status !== 'open' && request.action !== 'end') return this.#refused('room_ended', atMs)
    loop.dispatch({ type: 'controlled', atMs, request })
    log('info', 'controlled', { ...this.#ports.who, action: request.action })
    return { ok: true, value: null }
  }

  /** The room keeps the hash itself; rooms of the first version have it in the store only. */
  async #proveHost(
    loop: RoomLoop,
    hostToken: Secret,
  ): Promise<Result<null, 'token_invalid' | HttpErrorCode>> {
    const { gate } = loop.state
    const found = gate === null ? await this.#ports.gate.ask((store) => store.read()) : ok(gate)
    if (!found.ok) return found
    return sameHash(await hashSecret(hostToken), found.value.hostTokenHash) ? ok(null) : fail('token_invalid')
  }

  /** A bug on the way is told as `internal`; it does not cross to the worker, where its words might be logged. */
  async #answer<Value>(
    where: string,
    task: (atMs: number) => Promise<RoomAnswer<Value>>,
  ): Promise<RoomAnswer<Value>> {
    try {
      return await this.#ports.turns.take(() => task(Date.now()))
    } catch (error) {
      logBug(where, error)
      return this.#refused('internal', Date.now())
    }
  }

  #refused(code: HttpErrorCode, atMs: number, waitMs?: number): Refused {
    this.#ports.rejections.count(code, atMs)
    return { ok: false, code, ...(waitMs === undefined ? {} : { retryAfterMs: Math.ceil(waitMs) }) }
  }
}
