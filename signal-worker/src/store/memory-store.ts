/** Room info in memory: the pure record behind the port, for tests and the simulation. */
import { fail, ok } from '@video-room/shared/lang.ts'
import * as record from './record.ts'
import type { RoomRecord } from './record.ts'
import type { RoomInfoStore } from './room-info-store.ts'

export function memoryRoomInfoStore(): RoomInfoStore {
  let kept: RoomRecord | null = null
  const change = async (next: (before: RoomRecord) => RoomRecord) => {
    if (kept !== null) kept = next(kept)
    return ok(null)
  }
  return {
    create: async (order) => {
      const made = kept === null ? record.createRecord(order) : record.createdAgain(kept, order)
      if (made === null) return fail('idempotency_mismatch')
      kept = made
      return ok(made)
    },
    admit: async (order) => {
      if (kept === null) return fail('room_not_found')
      const admitted = record.admit(kept, order)
      kept = admitted.ok ? admitted.value : record.settle(kept, order.atMs)
      return admitted
    },
    setPresence: (presence) => change((before) => record.setPresence(before, presence)),
    setSettings: (settings) => change((before) => record.setSettings(before, settings)),
    handOver: (order) => change((before) => record.handOver(before, order)),
    promote: (occupantId) => change((before) => record.promote(before, occupantId)),
    leave: (occupantId) => change((before) => record.leave(before, occupantId)),
    bar: (order) => change((before) => record.bar(before, order)),
    end: (endedAtMs) => change((before) => record.end(before, endedAtMs)),
    settle: (atMs) => change((before) => record.settle(before, atMs)),
    read: async () => (kept === null ? fail('room_not_found') : ok(kept)),
    reassert: async (live) => {
      kept = record.reassert(kept, live)
      return ok(null)
    },
  }
}
