/** Room info in the SQLite of the room's own Durable Object: the store of a deployment without Redis. */
import { occupantIdSchema, secretHashSchema, type OccupantId } from '@video-room/shared/ids.ts'
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import * as v from 'valibot'
import * as record from './record.ts'
import type { ListedSeat, RoomRecord } from './record.ts'
import type { AdmitOrder, AdmitRefusal, CreateOrder, RoomInfoStore } from './room-info-store.ts'
import { hasTable, StoredVersionError } from './stored-version.ts'

export const embeddedSchemaVersion = 1

const tables = `
  CREATE TABLE IF NOT EXISTS room_info (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    schema_version INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'ended')),
    max_participants INTEGER NOT NULL,
    allow_no_media INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    lifetime_ms INTEGER NOT NULL,
    host_token_hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS occupants (
    occupant_id TEXT PRIMARY KEY,
    is_host INTEGER NOT NULL,
    is_present INTEGER NOT NULL,
    grace_ends_at_ms INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS one_host ON occupants (is_host) WHERE is_host = 1;
`

const infoRowSchema = v.object({
  status: v.picklist(['open', 'ended']),
  max_participants: v.number(),
  allow_no_media: v.number(),
  expires_at_ms: v.number(),
  lifetime_ms: v.number(),
  host_token_hash: secretHashSchema,
})
const seatRowSchema = v.object({
  occupant_id: occupantIdSchema,
  is_host: v.number(),
  is_present: v.number(),
  grace_ends_at_ms: v.nullable(v.number()),
})

/** The methods are asynchronous for the port's sake; each does its work in one synchronous transaction. */
export class EmbeddedRoomInfoStore implements RoomInfoStore {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  async create(order: CreateOrder): Promise<Result<RoomRecord, 'idempotency_mismatch'>> {
    return this.#storage.transactionSync(() => {
      const existing = this.#load()
      if (existing !== null) {
        const again = record.createdAgain(existing, order)
        return again === null ? fail('idempotency_mismatch') : ok(again)
      }
      this.#storage.sql.exec(tables)
      const created = record.createRecord(order)
      this.#storage.sql.exec(
        'INSERT INTO room_info VALUES (1, ?, ?, ?, ?, ?, ?, ?)',
        embeddedSchemaVersion,
        created.status,
        created.settings.maxParticipants,
        Number(created.settings.allowNoMedia),
        created.expiresAtMs,
        created.lifetimeMs,
        created.hostTokenHash,
      )
      return ok(created)
    })
  }

  async admit(order: AdmitOrder): Promise<Result<RoomRecord, AdmitRefusal>> {
    return this.#storage.transactionSync(() => {
      const before = this.#load()
      if (before === null) return fail('room_not_found')
      const admitted = record.admit(before, order)
      // A refusal, too, may have found that the time of seats or of the room was over.
      this.#save(before, admitted.ok ? admitted.value : record.settle(before, order.atMs))
      return admitted
    })
  }

  async setPresence(presence: {
    readonly occupantId: OccupantId
    readonly isPresent: boolean
    readonly graceEndsAtMs: number | null
  }): Promise<Result<null, never>> {
    return this.#change((before) => record.setPresence(before, presence))
  }

  async leave(occupantId: OccupantId): Promise<Result<null, never>> {
    return this.#change((before) => record.leave(before, occupantId))
  }

  async end(): Promise<Result<null, never>> {
    return this.#change(record.end)
  }

  async settle(atMs: number): Promise<Result<null, never>> {
    return this.#change((before) => record.settle(before, atMs))
  }

  async read(): Promise<Result<RoomRecord, 'room_not_found'>> {
    const found = this.#load()
    return found === null ? fail('room_not_found') : ok(found)
  }

  #change(change: (before: RoomRecord) => RoomRecord): Result<null, never> {
    this.#storage.transactionSync(() => {
      const before = this.#load()
      if (before !== null) this.#save(before, change(before))
    })
    return ok(null)
  }

  #load(): RoomRecord | null {
    const { sql } = this.#storage
    if (!hasTable(sql, 'room_info')) return null
    const row = sql.exec('SELECT * FROM room_info').toArray()[0]
    if (row === undefined) return null
    if (row['schema_version'] !== embeddedSchemaVersion) {
      throw new StoredVersionError('room_info', row['schema_version'], embeddedSchemaVersion)
    }
    const info = v.parse(infoRowSchema, row)
    const seats: Record<OccupantId, ListedSeat> = {}
    for (const seatRow of sql.exec('SELECT * FROM occupants').toArray()) {
      const seat = v.parse(seatRowSchema, seatRow)
      seats[seat.occupant_id] = {
        isHost: seat.is_host === 1,
        isPresent: seat.is_present === 1,
        graceEndsAtMs: seat.grace_ends_at_ms,
      }
    }
    return {
      settings: { maxParticipants: info.max_participants, allowNoMedia: info.allow_no_media === 1 },
      status: info.status,
      expiresAtMs: info.expires_at_ms,
      lifetimeMs: info.lifetime_ms,
      hostTokenHash: info.host_token_hash,
      seats,
    }
  }

  /** Writes the rows that differ. */
  #save(before: RoomRecord, after: RoomRecord): void {
    const { sql } = this.#storage
    if (after === before) return
    if (after.status !== before.status) sql.exec('UPDATE room_info SET status = ?', after.status)
    for (const id of Object.keys(before.seats)) {
      if (!Object.hasOwn(after.seats, id)) sql.exec('DELETE FROM occupants WHERE occupant_id = ?', id)
    }
    const earlier = new Map(Object.entries<ListedSeat>(before.seats))
    for (const [id, seat] of Object.entries<ListedSeat>(after.seats)) {
      if (earlier.get(id) === seat) continue
      sql.exec(
        'INSERT OR REPLACE INTO occupants VALUES (?, ?, ?, ?)',
        id,
        Number(seat.isHost),
        Number(seat.isPresent),
        seat.graceEndsAtMs,
      )
    }
  }
}
