/** Room info in the SQLite of the room's own Durable Object: the store of a deployment without Redis. */
import { occupantIdSchema, type OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf, fail, ok, type Result } from '@video-room/shared/lang.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { adoptFirstVersion } from './embedded-first-version.ts'
import * as record from './record.ts'
import {
  barredTokenSchema,
  roomFactsSchema,
  type BarredToken,
  type ListedSeat,
  type RoomRecord,
} from './record.ts'
import type {
  AdmitOrder,
  AdmitRefusal,
  BarOrder,
  CreateOrder,
  LiveRecord,
  Presence,
  RoomInfoStore,
} from './room-info-store.ts'
import { hasTable, StoredVersionError } from './stored-version.ts'

export const embeddedSchemaVersion = 2

const tables = `
  CREATE TABLE IF NOT EXISTS room_facts (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    schema_version INTEGER NOT NULL,
    facts TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS occupants (
    occupant_id TEXT PRIMARY KEY,
    is_host INTEGER NOT NULL,
    is_present INTEGER NOT NULL,
    grace_ends_at_ms INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS one_host ON occupants (is_host) WHERE is_host = 1;
  CREATE TABLE IF NOT EXISTS barred (
    place INTEGER PRIMARY KEY, tokenHash TEXT NOT NULL, reason TEXT NOT NULL
  ) STRICT;
`

const factsTextSchema = v.pipe(v.string(), v.parseJson(), roomFactsSchema)
const seatRowSchema = v.object({
  occupant_id: occupantIdSchema,
  is_host: v.number(),
  is_present: v.number(),
  grace_ends_at_ms: v.nullable(v.number()),
})

/** Was this room made here? */
export const isKeptEmbedded = ({ sql }: DurableObjectStorage): boolean =>
  hasTable(sql, 'room_facts') || hasTable(sql, 'room_info')

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
      const created = record.createRecord(order)
      this.#save(null, created)
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

  async setPresence(presence: Presence): Promise<Result<null, never>> {
    return this.#change((before) => record.setPresence(before, presence))
  }

  async setSettings(settings: RoomSettings): Promise<Result<null, never>> {
    return this.#change((before) => record.setSettings(before, settings))
  }

  async handOver(order: {
    readonly from: OccupantId
    readonly to: OccupantId
  }): Promise<Result<null, never>> {
    return this.#change((before) => record.handOver(before, order))
  }

  async promote(occupantId: OccupantId): Promise<Result<null, never>> {
    return this.#change((before) => record.promote(before, occupantId))
  }

  async leave(occupantId: OccupantId): Promise<Result<null, never>> {
    return this.#change((before) => record.leave(before, occupantId))
  }

  async bar(order: BarOrder): Promise<Result<null, never>> {
    return this.#change((before) => record.bar(before, order))
  }

  async end(endedAtMs: number): Promise<Result<null, never>> {
    return this.#change((before) => record.end(before, endedAtMs))
  }

  async settle(atMs: number): Promise<Result<null, never>> {
    return this.#change((before) => record.settle(before, atMs))
  }

  async read(): Promise<Result<RoomRecord, 'room_not_found'>> {
    const found = this.#storage.transactionSync(() => this.#load())
    return found === null ? fail('room_not_found') : ok(found)
  }

  async reassert(live: LiveRecord): Promise<Result<null, never>> {
    this.#storage.transactionSync(() => {
      const before = this.#load()
      this.#save(before, record.reassert(before, live))
    })
    return ok(null)
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
    adoptFirstVersion(sql, tables, embeddedSchemaVersion)
    if (!hasTable(sql, 'room_facts')) return null
    const row = sql.exec('SELECT schema_version, facts FROM room_facts').toArray()[0]
    if (row === undefined) return null
    if (row['schema_version'] !== embeddedSchemaVersion) {
      throw new StoredVersionError('room_facts', row['schema_version'], embeddedSchemaVersion)
    }
    const facts = v.parse(factsTextSchema, row['facts'])
    const seats: Record<OccupantId, ListedSeat> = {}
    for (const seatRow of sql.exec('SELECT * FROM occupants').toArray()) {
      const seat = v.parse(seatRowSchema, seatRow)
      seats[seat.occupant_id] = {
        isHost: seat.is_host === 1,
        isPresent: seat.is_present === 1,
        graceEndsAtMs: seat.grace_ends_at_ms,
      }
    }
    const barred = v.parse(
      v.array(barredTokenSchema),
      sql.exec('SELECT tokenHash, reason FROM barred ORDER BY place').toArray(),
    )
    return { ...facts, seats, barred }
  }

  /** Writes what differs. */
  #save(before: RoomRecord | null, after: RoomRecord): void {
    const { sql } = this.#storage
    if (after === before) return
    if (before === null) sql.exec(tables)
    const { seats, barred, ...facts } = after
    const text = JSON.stringify(facts)
    if (before === null || text !== JSON.stringify(factsOf(before))) {
      sql.exec('INSERT OR REPLACE INTO room_facts VALUES (1, ?, ?)', embeddedSchemaVersion, text)
    }
    if (seats !== before?.seats) this.#saveSeats(before?.seats ?? {}, seats)
    if (barred !== before?.barred) this.#saveBarred(barred)
  }

  #saveSeats(before: RoomRecord['seats'], after: RoomRecord['seats']): void {
    const { sql } = this.#storage
    // All that go or change first: a hand-over would list two hosts for a moment, and the index forbids it.
    for (const [id, seat] of entriesOf(before)) {
      if (after[id] !== seat) sql.exec('DELETE FROM occupants WHERE occupant_id = ?', id)
    }
    for (const [id, seat] of entriesOf(after)) {
      if (before[id] === seat) continue
      const { isHost, isPresent, graceEndsAtMs } = seat
      sql.exec(
        'INSERT INTO occupants VALUES (?, ?, ?, ?)',
        id,
        Number(isHost),
        Number(isPresent),
        graceEndsAtMs,
      )
    }
  }

  #saveBarred(barred: readonly BarredToken[]): void {
    const { sql } = this.#storage
    sql.exec('DELETE FROM barred')
    for (const [place, { tokenHash, reason }] of barred.entries()) {
      sql.exec('INSERT INTO barred VALUES (?, ?, ?)', place, tokenHash, reason)
    }
  }
}

function factsOf(whole: RoomRecord): record.RoomFacts {
  const { seats: _seats, barred: _barred, ...facts } = whole
  return facts
}
