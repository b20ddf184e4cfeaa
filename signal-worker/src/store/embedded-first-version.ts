/** Rooms that the first version of the embedded store made go on: their one row is moved to where it stands now. */
import { secretHashSchema } from '@video-room/shared/ids.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import type { RoomFacts } from './record.ts'
import { hasTable, StoredVersionError } from './stored-version.ts'

const rowSchema = v.object({
  status: v.picklist(['open', 'ended']),
  max_participants: v.number(),
  allow_no_media: v.number(),
  expires_at_ms: v.number(),
  lifetime_ms: v.number(),
  host_token_hash: secretHashSchema,
})

/** Does nothing unless the first version's table is there. To be called inside a transaction. */
export function adoptFirstVersion(sql: SqlStorage, tables: string, version: number): void {
  if (!hasTable(sql, 'room_info')) return
  const found = sql.exec('SELECT * FROM room_info').toArray()[0]
  if (found !== undefined) {
    if (found['schema_version'] !== 1) throw new StoredVersionError('room_info', found['schema_version'], 1)
    const row = v.parse(rowSchema, found)
    const settings = {
      ...defaultSettings,
      maxParticipants: row.max_participants,
      allowNoMedia: row.allow_no_media === 1,
    }
    const facts: RoomFacts = {
      settings,
      createdSettings: settings,
      status: row.status,
      createdAtMs: row.expires_at_ms - row.lifetime_ms,
      expiresAtMs: row.expires_at_ms,
      // When it ended was not written down; the room's own state keeps the tombstone's time.
      endedAtMs: row.status === 'ended' ? row.expires_at_ms : null,
      lifetimeMs: row.lifetime_ms,
      hostTokenHash: row.host_token_hash,
      creatorId: null,
    }
    sql.exec(tables)
    sql.exec('INSERT OR REPLACE INTO room_facts VALUES (1, ?, ?)', version, JSON.stringify(facts))
  }
  sql.exec('DROP TABLE room_info')
}
