/**
 * Room info in Redis. Every change is one Lua script (scripts/); this file turns orders into its words and answers into
 * records. It holds no connection: a room's object reaches Redis through a gateway (objects/room-info-gateway.ts).
 *
 * Only durations are told, so that seats and rooms are judged by the clock of Redis alone. Times in a record are of that
 * clock: expect them to be right to within the difference of the two.
 */
import { secretHashSchema, type OccupantId, type RoomId } from '@video-room/shared/ids.ts'
import { entriesOf, fail, ok, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { log } from '../log.ts'
import type { RoomRecord } from './record.ts'
import { codeSchema, flag, recordAnswerSchema, settingsText, settingsWords } from './redis-words.ts'
import type {
  AdmitOrder,
  AdmitRefusal,
  BarOrder,
  CreateOrder,
  LiveRecord,
  Presence,
  RoomInfoStore,
  StoreDown,
} from './room-info-store.ts'
import type { ScriptName } from './scripts/table.ts'

/** One script, run on one room. `store_schema`: its keys hold another schema or garbage, which was left alone. */
export interface RoomCommand {
  readonly script: ScriptName
  readonly roomId: RoomId
  readonly words: readonly string[]
  /** Null: the clock of Redis. Tests give their own, epoch milliseconds. */
  readonly clockMs: number | null
}

/** What a script said, unread; or that it could not be asked. */
export type RedisAnswer = Result<unknown, StoreDown>
export type RunCommand = (command: RoomCommand) => Promise<RedisAnswer>

/** Literal braces make the three keys share a hash slot in a cluster. */
export const keysOf = (roomId: RoomId): readonly [string, string, string] => {
  const key = `room:{${roomId}}`
  return [key, `${key}:occupants`, `${key}:barred`]
}

export class RedisRoomInfoStore implements RoomInfoStore {
  readonly #roomId: RoomId
  readonly #run: RunCommand
  readonly #now: () => number
  readonly #clock: () => number | null

  /** `now` is the caller's clock, epoch milliseconds. `clock` is for tests: what to take for the time of Redis. */
  constructor(room: {
    readonly roomId: RoomId
    readonly run: RunCommand
    readonly now?: () => number
    readonly clock?: () => number | null
  }) {
    this.#roomId = room.roomId
    this.#run = room.run
    this.#now = room.now ?? Date.now
    this.#clock = room.clock ?? (() => null)
  }

  async create(order: CreateOrder): Promise<Result<RoomRecord, 'idempotency_mismatch' | StoreDown>> {
    return this.#ask(
      'create',
      [...this.#madeWords(order), ...settingsWords(order.settings)],
      ['idempotency_mismatch'],
    )
  }

  async admit(order: AdmitOrder): Promise<Result<RoomRecord, AdmitRefusal | StoreDown>> {
    const holdMs = String(order.graceEndsAtMs - order.atMs)
    return this.#ask(
      'admit',
      [order.occupantId, flag(order.isHost), order.tokenHash ?? '', holdMs],
      ['room_not_found', 'room_ended', 'room_locked', 'room_full', 'removed', 'denied'],
    )
  }

  async setPresence({ occupantId, isPresent, graceEndsAtMs }: Presence): Promise<Result<null, StoreDown>> {
    return this.#tell('presence', [occupantId, flag(isPresent), this.#fromNow(graceEndsAtMs)])
  }

  async setSettings(settings: RoomSettings): Promise<Result<null, StoreDown>> {
    return this.#tell('settings', settingsWords(settings))
  }

  async handOver(order: {
    readonly from: OccupantId
    readonly to: OccupantId
  }): Promise<Result<null, StoreDown>> {
    return this.#tell('hand-over', [order.from, order.to])
  }

  async promote(occupantId: OccupantId): Promise<Result<null, StoreDown>> {
    return this.#tell('promote', [occupantId])
  }

  async leave(occupantId: OccupantId): Promise<Result<null, StoreDown>> {
    return this.#tell('leave', [occupantId])
  }

  async bar({ reason, occupantId, tokenHashes }: BarOrder): Promise<Result<null, StoreDown>> {
    return this.#tell('bar', [reason, occupantId ?? '', String(limits.removedTokensMax), ...tokenHashes])
  }

  async end(endedAtMs: number): Promise<Result<null, StoreDown>> {
    return this.#tell('end', [String(this.#now() - endedAtMs)])
  }

  async settle(): Promise<Result<null, StoreDown>> {
    return this.#tell('settle', [])
  }

  async read(): Promise<Result<RoomRecord, 'room_not_found' | StoreDown>> {
    return this.#ask('read', [], ['room_not_found'])
  }

  async reassert(live: LiveRecord): Promise<Result<null, StoreDown>> {
    const settings = settingsWords(live.settings)
    const endedAgoMs = live.endedAtMs === null ? '' : String(this.#now() - live.endedAtMs)
    const seats = entriesOf(live.seats).flatMap(([id, { isHost, isPresent, graceEndsAtMs }]) => [
      id,
      flag(isHost),
      flag(isPresent),
      this.#fromNow(graceEndsAtMs),
    ])
    const words = [...this.#madeWords(live), endedAgoMs, String(settings.length / 2), ...settings, ...seats]
    return this.#tell('reassert', words)
  }

  #madeWords(order: CreateOrder): readonly string[] {
    const { expiresAtMs, lifetimeMs, hostTokenHash, creatorId, settings } = order
    return [
      this.#fromNow(expiresAtMs),
      String(lifetimeMs),
      v.parse(secretHashSchema, hostTokenHash),
      creatorId ?? '',
      settingsText(settings),
    ]
  }

  #fromNow(atMs: number | null): string {
    return atMs === null ? '' : String(atMs - this.#now())
  }

  /** A change of a room that is there. When it is not, Redis has lost it and must be told everything (`reassert`). */
  async #tell(script: ScriptName, words: readonly string[]): Promise<Result<null, StoreDown>> {
    const answer = await this.#command(script, words)
    if (!answer.ok) return answer
    const code = v.safeParse(codeSchema, answer.value)
    if (code.success && code.output === 'ok') return ok(null)
    if (code.success && code.output === 'room_not_found') return fail('room_store_unavailable')
    return this.#unreadable(script, answer.value)
  }

  async #ask<Code extends string>(
    script: ScriptName,
    words: readonly string[],
    refusals: readonly Code[],
  ): Promise<Result<RoomRecord, Code | StoreDown>> {
    const answer = await this.#command(script, words)
    if (!answer.ok) return answer
    const code = v.safeParse(codeSchema, answer.value)
    const refused = refusals.find((one) => code.success && one === code.output)
    if (refused !== undefined) return fail(refused)
    const read = v.safeParse(recordAnswerSchema, answer.value)
    if (!read.success) return this.#unreadable(script, answer.value)
    const [, , facts, seats, barred] = read.output
    return ok({ ...facts, seats, barred })
  }

  async #command(script: ScriptName, words: readonly string[]): Promise<RedisAnswer> {
    return this.#run({ script, roomId: this.#roomId, words, clockMs: this.#clock() })
  }

  /** Another build's schema, or garbage: nobody is let in by it and nothing is repaired over it. */
  #unreadable(script: ScriptName, answer: unknown): Result<never, StoreDown> {
    const code = v.safeParse(codeSchema, answer)
    const why = code.success && code.output !== 'ok' ? code.output : 'store_schema'
    log('error', 'room-info-unreadable', { room: this.#roomId.slice(0, 8), script, why })
    return fail('room_store_unavailable')
  }
}
