import { occupantIdSchema, roomIdSchema, secretSchema } from '@video-room/shared/ids.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  hashSecret,
  hostTokenFor,
  newConnectionId,
  newOccupantId,
  newRoomId,
  newSecret,
  roomIdFor,
  sameHash,
  sha256Hex,
} from './secrets.ts'
import { connectionIdSchema } from './room/state.ts'

describe('secrets', () => {
  it('J5 what is drawn has the shape of its kind and is never the same', () => {
    const draws = [
      [newSecret, secretSchema],
      [newOccupantId, occupantIdSchema],
      [newConnectionId, connectionIdSchema],
      [newRoomId, roomIdSchema],
    ] as const
    for (const [draw, schema] of draws) {
      const drawn = Array.from({ length: 50 }, (): string => draw())
      expect(drawn.every((value) => v.is(schema, value))).toBe(true)
      expect(new Set(drawn).size).toBe(50)
    }
  })

  it('HT2 an idempotency key means one room per creator, for any key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string({ minLength: 1 }), async (key, creator) => {
        const roomId = await roomIdFor(creator, key)
        expect(await roomIdFor(creator, key)).toBe(roomId)
        expect(await roomIdFor(`${creator}x`, key)).not.toBe(roomId)
      }),
      { numRuns: 50 },
    )
  })

  it('the host token depends on room and creator, and its hash says nothing of it', async () => {
    const [one, two] = [newRoomId(), newRoomId()]
    const token = await hostTokenFor('creator', one)
    expect(await hostTokenFor('creator', one)).toBe(token)
    expect(await hostTokenFor('creator', two)).not.toBe(token)
    expect(await hostTokenFor('another', one)).not.toBe(token)
    expect(await hashSecret(token)).not.toBe(token)
  })

  it('hashes as others do (FIPS 180-4, "abc")', async () => {
    expect(await sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('compares whole hashes', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => sameHash(a, b) === (a === b)))
    fc.assert(
      fc.property(fc.string(), (a) => sameHash(a, a) && !sameHash(a, `${a}x`) && !sameHash(`${a}x`, a)),
    )
  })
})
