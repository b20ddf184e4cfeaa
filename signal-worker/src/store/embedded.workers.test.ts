import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { roomInfoStoreAcceptance } from './acceptance.ts'
import { EmbeddedRoomInfoStore } from './embedded.ts'
import type { RoomInfoStore } from './room-info-store.ts'

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
    leave: (occupantId) => inside((store) => store.leave(occupantId)),
    end: (atMs) => inside((store) => store.end(atMs)),
    settle: (atMs) => inside((store) => store.settle(atMs)),
    read: () => inside((store) => store.read()),
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
})
