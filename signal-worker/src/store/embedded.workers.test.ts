import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import { describe, expect, it } from 'vitest'
import { roomInfoStoreAcceptance } from './acceptance.ts'
import { EmbeddedRoomInfoStore } from './embedded.ts'
import type { RoomInfoStore } from './room-info-store.ts'
import { StoredVersionError } from './stored-version.ts'

const freshObject = () => env.ROOM.get(env.ROOM.newUniqueId())

/** Each call runs inside the object whose SQLite it is about. */
async function embeddedStore(): Promise<RoomInfoStore> {
  const stub = freshObject()
  const inside = <Value>(act: (store: RoomInfoStore) => Promise<Value>): Promise<Value> =>
    runInDurableObject(stub, (_room, state) => act(new EmbeddedRoomInfoStore(state.storage)))
  return {
    create: (order) => inside((store) => store.create(order)),
    admit: (order) => inside((store) => store.admit(order)),
    setPresence: (presence) => inside((store) => store.setPresence(presence)),
    setSettings: (settings) => inside((store) => store.setSettings(settings)),
    handOver: (order) => inside((store) => store.handOver(order)),
    promote: (occupantId) => inside((store) => store.promote(occupantId)),
    leave: (occupantId) => inside((store) => store.leave(occupantId)),
    bar: (order) => inside((store) => store.bar(order)),
    end: (atMs) => inside((store) => store.end(atMs)),
    settle: (atMs) => inside((store) => store.settle(atMs)),
    read: () => inside((store) => store.read()),
    reassert: (live) => inside((store) => store.reassert(live)),
  }
}

roomInfoStoreAcceptance('SQLite of a Durable Object', embeddedStore)

describe('the embedded store', () => {
  it('HT1 reading a room that was never created writes nothing', async () => {
    await runInDurableObject(freshObject(), async (_room, state) => {
      await new EmbeddedRoomInfoStore(state.storage).read()
      await new EmbeddedRoomInfoStore(state.storage).settle(1)
      const tables = state.storage.sql.exec(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      expect(tables.toArray()).toEqual([])
    })
  })

  it('a room of the first version goes on: settings, seats and token are as they were', async () => {
    await runInDurableObject(freshObject(), async (_room, { storage }) => {
      storage.sql.exec(firstVersion)
      const store = new EmbeddedRoomInfoStore(storage)
      const read = await store.read()
      expect(read).toMatchObject({
        ok: true,
        value: {
          status: 'open',
          settings: { ...defaultSettings, maxParticipants: 4, allowNoMedia: false },
          createdAtMs: 1_000,
          expiresAtMs: 3_601_000,
          seats: { o_ada_____________: { isHost: false, isPresent: true, graceEndsAtMs: null } },
        },
      })
      expect(await store.read()).toEqual(read)
      expect(storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'room_info'").toArray()).toEqual(
        [],
      )
    })
  })

  it('a room of a future version is refused with its number and left as it is', async () => {
    await runInDurableObject(freshObject(), async (_room, { storage }) => {
      storage.sql.exec('CREATE TABLE room_facts (only_row INTEGER, schema_version INTEGER, facts TEXT)')
      storage.sql.exec("INSERT INTO room_facts VALUES (1, 3, 'from the future')")
      await expect(new EmbeddedRoomInfoStore(storage).read()).rejects.toThrow('schema version 3 is not 2')
      await expect(new EmbeddedRoomInfoStore(storage).end(1)).rejects.toThrow(StoredVersionError)
      expect(storage.sql.exec('SELECT facts FROM room_facts').one()).toEqual({ facts: 'from the future' })
    })
  })
})

/** As version 1 wrote it. */
const firstVersion = `
  CREATE TABLE room_info (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), schema_version INTEGER NOT NULL, status TEXT NOT NULL,
    max_participants INTEGER NOT NULL, allow_no_media INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL,
    lifetime_ms INTEGER NOT NULL, host_token_hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE occupants (
    occupant_id TEXT PRIMARY KEY, is_host INTEGER NOT NULL, is_present INTEGER NOT NULL, grace_ends_at_ms INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX one_host ON occupants (is_host) WHERE is_host = 1;
  INSERT INTO room_info VALUES (1, 1, 'open', 4, 0, 3601000, 3600000, '${'h'.repeat(43)}');
  INSERT INTO occupants VALUES ('o_ada_____________', 0, 1, NULL);
`
