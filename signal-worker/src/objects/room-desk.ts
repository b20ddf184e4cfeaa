/**
 * The desk of a room: what the worker's routes ask of it. It proves tokens, asks the gate, and tells the pure room of
 * what was granted. One request after another, so that what the gate said is still so when the room hears it.
 */
import type { HttpErrorCode } from '@video-room/shared/errors.ts'
import { loggable, type OccupantId, type Secret, type SecretHash } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { Loop } from '@video-room/shared/machine/loop.ts'
import { fullBucket, spend, type TokenBucket } from '@video-room/shared/machine/token-bucket.ts'
import type { JoinRequest } from '@video-room/shared/protocol/http.ts'
import { roomInfoOf, type RoomInfo, type RoomSettings } from '@video-room/shared/room-info.ts'
import { log, logBug } from '../log.ts'
import type { Rejections } from '../rejections.ts'
import { admissionOf, chooseSeat, joinHoldsUntilMs } from '../room/admission.ts'
import type { RoomEffect } from '../room/effect.ts'
import type { RoomEvent } from '../room/event.ts'
import { initialRoom, type RoomState } from '../room/state.ts'
import { hashSecret, newOccupantId, newSecret, sameHash } from '../secrets.ts'
import { retryAfterMs, settle, type RoomRecord } from '../store/record.ts'
import type { RoomInfoStore } from '../store/room-info-store.ts'
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
}

export interface Joined {
  readonly occupantId: OccupantId
  readonly isHost: boolean
  readonly resumeToken: Secret
  readonly settings: RoomSettings
  readonly admission: 'admitted' | 'waiting-for-host'
}

export type RoomLoop = Loop<RoomState, RoomEvent, RoomEffect>

/** What the desk needs of the object it stands in. */
export interface DeskPorts {
  readonly store: RoomInfoStore
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
      const { store, open, begin, who } = this.#ports
      const created = await store.create({ ...order, expiresAtMs: atMs + order.lifetimeMs })
      if (!created.ok) return this.#refused(created.code, atMs)
      const { settings, expiresAtMs } = created.value
      const running = open()
      if (running === null) log('info', 'room-created', { ...who, maxParticipants: settings.maxParticipants })
      const loop = running ?? begin(initialRoom({ settings, expiresAtMs }))
      loop.dispatch({ type: 'timer', atMs })
      return { ok: true, value: { expiresAtMs } }
    })
  }

  /** Takes a seat, or returns to one (HT3–HT7). */
  async join(request: JoinRequest): Promise<RoomAnswer<Joined>> {
    return this.#answer('join', async (atMs) => {
      const found = await this.#ports.store.read()
      const loop = this.#ports.open()
      if (!found.ok || loop === null) return this.#refused(found.ok ? 'room_not_found' : found.code, atMs)
      const rate = spend(this.#joinBucket ?? fullBucket(joinRate, atMs), joinRate, atMs)
      this.#joinBucket = rate.bucket
      if (!rate.allowed) return this.#refused('rate_limited', atMs, 1_000 / joinRate.perSecond)
      loop.dispatch({ type: 'timer', atMs })
      if (loop.state.status !== 'open') return this.#refused('room_ended', atMs)
      return this.#seat(loop, found.value, request, atMs)
    })
  }

  async #seat(
    loop: RoomLoop,
    record: RoomRecord,
    request: JoinRequest,
    atMs: number,
  ): Promise<RoomAnswer<Joined>> {
    const { hostToken, resumeToken: presented, displayName } = request
    if (hostToken !== undefined && !sameHash(await hashSecret(hostToken), record.hostTokenHash)) {
      return this.#refused('token_invalid', atMs)
    }
    const resumeTokenHash = presented === undefined ? null : await hashSecret(presented)
    const resumeToken = newSecret()
    const nextTokenHash = await hashSecret(resumeToken)

    const wish = { isHost: hostToken !== undefined, resumeTokenHash, freshOccupantId: newOccupantId() }
    const seat = chooseSeat(loop.state, wish)
    if (!seat.ok) return this.#refused(seat.code, atMs)
    const hold = { ...seat.value, atMs, graceEndsAtMs: joinHoldsUntilMs(atMs) }
    const granted = await this.#ports.store.admit(hold)
    if (!granted.ok) {
      const waitMs = granted.code === 'room_full' ? retryAfterMs(record, atMs) : undefined
      return this.#refused(granted.code, atMs, waitMs)
    }
    loop.dispatch({
      type: 'occupant-joined',
      atMs,
      ...seat.value,
      displayName,
      resumeTokenHash: nextTokenHash,
    })
    log('info', 'occupant-joined', { ...this.#ports.who, occupant: loggable(seat.value.occupantId) })
    const { settings } = loop.state
    const admission = admissionOf(loop.state, seat.value.isHost)
    return { ok: true, value: { ...seat.value, resumeToken, settings, admission } }
  }

  async info(): Promise<RoomAnswer<RoomInfo>> {
    return this.#answer('info', async (atMs) => {
      const found = await this.#ports.store.read()
      if (!found.ok) return this.#refused(found.code, atMs)
      const record = settle(found.value, atMs)
      if (record.status === 'ended') return this.#refused('room_ended', atMs)
      return { ok: true, value: roomInfoOf(record.seats) }
    })
  }

  /** The host's `DELETE`. Ending an ended room succeeds: what was asked for is so. */
  async end(hostToken: Secret): Promise<RoomAnswer<null>> {
    return this.#answer('end', async (atMs) => {
      const found = await this.#ports.store.read()
      if (!found.ok) return this.#refused(found.code, atMs)
      if (!sameHash(await hashSecret(hostToken), found.value.hostTokenHash)) {
        return this.#refused('token_invalid', atMs)
      }
      this.#ports.open()?.dispatch({ type: 'ended', atMs })
      return { ok: true, value: null }
    })
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
