import { limits } from '@video-room/shared/limits.ts'
import { secretHashSchema } from '@video-room/shared/ids.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { roomInfoStoreAcceptance } from './acceptance.ts'
import { memoryRoomInfoStore } from './memory-store.ts'
import { admit, createRecord, retryAfterMs } from './record.ts'
import { occupant } from '../room/room-fixture.ts'

roomInfoStoreAcceptance('the pure record', async () => memoryRoomInfoStore())

it('A2 a full room names the end of a grace as the time to ask again, and never a long one', () => {
  const empty = createRecord({
    settings: { ...defaultSettings, maxParticipants: 1 },
    expiresAtMs: 10_000_000,
    lifetimeMs: 10_000_000,
    hostTokenHash: v.parse(secretHashSchema, 'h'.repeat(43)),
    creatorId: null,
  })
  const full = admit(empty, {
    occupantId: occupant('ada'),
    isHost: false,
    tokenHash: null,
    atMs: 0,
    graceEndsAtMs: 60_000,
  })
  if (!full.ok) throw new Error('there is a seat')
  expect(retryAfterMs(full.value, 0)).toBe(limits.roomFullRetryMs)
  expect(retryAfterMs(full.value, 59_000)).toBe(1_000)
})
