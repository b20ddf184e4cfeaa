/**
 * Holds the connection to Redis for many rooms, so that a room's object holds none and can sleep. There are a few of
 * these (`limits.gateways`), chosen by the room's id; the first of them also hears the control channel (RC1). Connections of
 * a deployment: one per gateway and one for the channel, each per node in a cluster.
 */
import { DurableObject } from 'cloudflare:workers'
import type { RoomId } from '@video-room/shared/ids.ts'
import { fail } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { ControlRequest } from '@video-room/shared/protocol/http.ts'
import { controlChannel, parseControlMessage } from '../control-message.ts'
import { redisOf, type Env } from '../env.ts'
import { roomIdOfName } from '../room-address.ts'
import { log, logBug } from '../log.ts'
import type { RedisAnswer, RoomCommand } from '../store/redis.ts'
import type { RedisListener } from '../store/redis-listener.ts'
import type { RedisRunner } from '../store/redis-runner.ts'

const nameOf = (index: number): string => `gateway-${index}`

/** The gateway that serves this room. Room ids are random in their first bytes. */
export function gatewayOf(env: Env, roomId: RoomId): DurableObjectStub<RoomInfoGateway> {
  const index = Number.parseInt(roomId.slice(0, 8), 16) % limits.gateways
  return env.ROOM_INFO_GATEWAY.get(env.ROOM_INFO_GATEWAY.idFromName(nameOf(index)))
}

export class RoomInfoGateway extends DurableObject<Env> {
  /** ioredis is loaded when it is first needed: a deployment without Redis never runs a line of it. */
  #runner: Promise<RedisRunner> | null = null
  #listener: Promise<RedisListener> | null = null
  /** Has the listening gateway been told, in this life, that there are rooms? */
  #hasCalledListener = false
  #controlsUnderWay = 0
  /** The order before the next one. */
  #handedOn: Promise<unknown> = Promise.resolve()

  /** Runs one script for a room. Never throws: what fails is an answer. */
  async run(command: RoomCommand): Promise<RedisAnswer> {
    this.#callListener()
    try {
      const runner = await (this.#runner ??= this.#load())
      return await runner.run(command)
    } catch (error) {
      logBug('gateway-run', error)
      return fail('room_store_unavailable')
    }
  }

  /** Asked of the first gateway only: hears the control channel from now on, and looks now and then whether it still does. */
  async listen(): Promise<void> {
    const address = redisOf(this.env)
    if (address === null) return
    this.#listener ??= import('../store/redis-listener.ts').then(
      ({ RedisListener }) => new RedisListener(address, controlChannel, (message) => this.#hear(message)),
    )
    const listener = await this.#listener
    await listener.check()
    await this.ctx.storage.setAlarm(Date.now() + limits.controlCheckMs)
  }

  /** Without Redis configured any more this ends by itself: nothing arms the next one. */
  override async alarm(): Promise<void> {
    try {
      await this.listen()
    } catch (error) {
      // Not thrown on: the platform would repeat it a few times only, and the channel must be heard for ever.
      logBug('gateway-listen', error)
      await this.ctx.storage.setAlarm(Date.now() + limits.controlCheckMs)
    }
  }

  async #load(): Promise<RedisRunner> {
    const address = redisOf(this.env)
    if (address === null) throw new Error('a gateway was asked although no Redis is configured')
    const { RedisRunner } = await import('../store/redis-runner.ts')
    return new RedisRunner(address)
  }

  #callListener(): void {
    if (this.#hasCalledListener) return
    this.#hasCalledListener = true
    const first = this.env.ROOM_INFO_GATEWAY.get(this.env.ROOM_INFO_GATEWAY.idFromName(nameOf(0)))
    const called = first.listen().catch((error: unknown) => {
      this.#hasCalledListener = false
      logBug('gateway-call', error)
    })
    this.ctx.waitUntil(called)
  }

  #hear(message: string): void {
    const control = parseControlMessage(message)
    if (control === null || this.#controlsUnderWay >= limits.redisCommandsMax) {
      log('warn', 'control-ignored', { why: control === null ? 'malformed' : 'too_many' })
      return
    }
    this.#controlsUnderWay += 1
    // An address becomes an id by a hash, which takes a moment: orders are handed on in the order in which they came.
    const roomId = this.#handedOn.then(() => roomIdOfName(control.room))
    this.#handedOn = roomId.catch(() => null)
    this.ctx.waitUntil(this.#handOn(roomId, control.request))
  }

  /** Null in place of a creator: who may publish here is trusted with every room. */
  async #handOn(named: Promise<RoomId>, request: ControlRequest): Promise<void> {
    try {
      const roomId = await named
      const room = this.env.ROOM.get(this.env.ROOM.idFromName(roomId))
      const answer = await room.control(request, null)
      log('info', 'controlled', { room: roomId.slice(0, 8), code: answer.ok ? 'ok' : answer.code })
    } catch (error) {
      logBug('control', error)
    } finally {
      this.#controlsUnderWay -= 1
    }
  }
}
