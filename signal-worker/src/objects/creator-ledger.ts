/**
 * The Durable Object of one creator: the shell around its ledger, and the keeper of the secret from which the addresses
 * and host tokens of its rooms are derived, so that a repeated order gets the same answer (HT2). See ADR 0009.
 */
import { DurableObject } from 'cloudflare:workers'
import type { EmojiAddress } from '@video-room/shared/emoji/address.ts'
import { secretSchema, type RoomId, type Secret } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import {
  emptyLedger,
  ledgerDeadline,
  ledgerRoomSchema,
  ledgerRoomsSchema,
  openRooms,
  quotaRetryMs,
  released,
  reserve,
  roomEnded,
  settle,
  type Ledger,
} from '../creators/ledger.ts'
import { log, logBug } from '../log.ts'
import { addressFor, hostTokenFor, newAddress, newSecret, roomIdOfCode } from '../secrets.ts'
import { hasTable, StoredVersionError } from '../store/stored-version.ts'

const ledgerVersion = 1

export interface PlaceOrder {
  readonly idempotencyKey: string | null
  readonly lifetimeMs: number
  /** Open rooms this creator may have. */
  readonly quota: number
}

/** A counted room that may be made now. */
export interface Place {
  readonly roomId: RoomId
  readonly address: EmojiAddress
  readonly hostToken: Secret
  readonly isNew: boolean
}

export type PlaceAnswer =
  | { readonly ok: true; readonly value: Place }
  | {
      readonly ok: false
      readonly code: 'creator_quota' | 'rate_limited' | 'internal'
      readonly retryAfterMs?: number
    }

export class CreatorLedger extends DurableObject {
  /** Null: not looked at since waking. */
  #ledger: Ledger | null = null

  async takePlace(order: PlaceOrder): Promise<PlaceAnswer> {
    try {
      return await this.#takePlace(order)
    } catch (error) {
      logBug('creator-ledger', error)
      return { ok: false, code: 'internal' }
    }
  }

  async #takePlace({ idempotencyKey, lifetimeMs, quota }: PlaceOrder): Promise<PlaceAnswer> {
    const secret = this.#secret()
    const address = idempotencyKey === null ? newAddress() : await addressFor(secret, idempotencyKey)
    const roomId = await roomIdOfCode(address.code)
    const hostToken = await hostTokenFor(secret, roomId)
    // The alarm may have cleared an empty ledger meanwhile. From here on nothing is awaited.
    if (this.#secret() !== secret) return this.#takePlace({ idempotencyKey, lifetimeMs, quota })
    const atMs = Date.now()
    const wish = { roomId, isRepeatable: idempotencyKey !== null, expiresAtMs: atMs + lifetimeMs, quota }
    const reserved = reserve(this.#open(), wish, atMs)
    this.#keep(reserved.ledger)
    if (reserved.ok) return { ok: true, value: { roomId, address, hostToken, isNew: reserved.isNew } }
    log('info', 'place-refused', { ...this.#who, code: reserved.code, open: openRooms(reserved.ledger) })
    return reserved.code === 'creator_quota'
      ? { ok: false, code: reserved.code, retryAfterMs: Math.ceil(quotaRetryMs(reserved.ledger, atMs)) }
      : { ok: false, code: reserved.code }
  }

  /** The room was not made after all. */
  async givePlaceBack(roomId: RoomId): Promise<void> {
    this.#keep(released(this.#open(), roomId))
  }

  /** Told by the room. Should the word be lost, the room's expiry says the same later. */
  async roomEnded(roomId: RoomId): Promise<void> {
    this.#keep(roomEnded(this.#open(), roomId, Date.now()))
  }

  override async alarm(): Promise<void> {
    try {
      this.#keep(settle(this.#open(), Date.now()))
      if (ledgerDeadline(this.#open()) !== null) return
      // Nothing is listed: the creator may never come back, and a new secret is as good as this one.
      this.#ledger = null
      await this.ctx.storage.deleteAll()
    } catch (error) {
      logBug('creator-ledger-alarm', error)
    }
  }

  get #who(): { readonly creator: string } {
    return { creator: this.ctx.id.toString().slice(0, 8) }
  }

  #open(): Ledger {
    this.#ledger ??= { ...emptyLedger, rooms: this.#load() }
    return this.#ledger
  }

  #load(): Ledger['rooms'] {
    const { sql } = this.ctx.storage
    if (!hasTable(sql, 'ledger')) return {}
    this.#storedSecret()
    const rows = sql.exec('SELECT room_id, room FROM ledger_rooms').toArray()
    const room = v.pipe(v.string(), v.parseJson(), ledgerRoomSchema)
    const entries = rows.map((row) => [v.parse(v.string(), row['room_id']), v.parse(room, row['room'])])
    return v.parse(ledgerRoomsSchema, Object.fromEntries(entries))
  }

  /** One row a room: a thousand rooms are not written anew for each one. */
  #keep(next: Ledger): void {
    const previous = this.#open()
    this.#ledger = next
    if (next.rooms === previous.rooms) return
    const { sql } = this.ctx.storage
    for (const [roomId] of entriesOf(previous.rooms)) {
      if (next.rooms[roomId] === undefined) sql.exec('DELETE FROM ledger_rooms WHERE room_id = ?', roomId)
    }
    for (const [roomId, room] of entriesOf(next.rooms)) {
      if (previous.rooms[roomId] === room) continue
      sql.exec('INSERT OR REPLACE INTO ledger_rooms VALUES (?, ?)', roomId, JSON.stringify(room))
    }
    // An empty ledger is cleared away by the alarm as well, after the time in which a caller tries again.
    this.#arm(ledgerDeadline(next) ?? Date.now() + limits.roomTombstoneMs)
  }

  /** Drawn when the creator first comes, and kept as long as one of its rooms is listed. */
  #secret(): Secret {
    const { sql } = this.ctx.storage
    if (hasTable(sql, 'ledger')) return this.#storedSecret()
    const secret = newSecret()
    sql.exec('CREATE TABLE ledger (version INTEGER NOT NULL, secret TEXT NOT NULL) STRICT')
    sql.exec('CREATE TABLE ledger_rooms (room_id TEXT PRIMARY KEY, room TEXT NOT NULL) STRICT')
    sql.exec('INSERT INTO ledger VALUES (?, ?)', ledgerVersion, secret)
    // Should no room come of it, nothing stays behind.
    this.#arm(Date.now() + limits.roomTombstoneMs)
    return secret
  }

  #storedSecret(): Secret {
    const row = this.ctx.storage.sql.exec('SELECT version, secret FROM ledger').one()
    if (row['version'] !== ledgerVersion) {
      throw new StoredVersionError('ledger', row['version'], ledgerVersion)
    }
    return v.parse(secretSchema, row['secret'])
  }

  #arm(atMs: number): void {
    this.ctx.waitUntil(this.ctx.storage.setAlarm(atMs))
  }
}
