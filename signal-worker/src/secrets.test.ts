import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import { occupantIdSchema, roomIdSchema, secretSchema } from '@video-room/shared/ids.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  addressFor,
  hashSecret,
  hostTokenFor,
  newAddress,
  newConnectionId,
  newOccupantId,
  newSecret,
  roomIdOfCode,
  sameHash,
  sha256Hex,
} from './secrets.ts'
import { connectionIdSchema } from './room/connection-id.ts'

describe('secrets', () => {
  it('J5 what is drawn has the shape of its kind and is never the same', () => {
    const draws = [
      [newSecret, secretSchema],
      [newOccupantId, occupantIdSchema],
      [newConnectionId, connectionIdSchema],
    ] as const
    for (const [draw, schema] of draws) {
      const drawn = Array.from({ length: 50 }, (): string => draw())
      expect(drawn.every((value) => v.is(schema, value))).toBe(true)
      expect(new Set(drawn).size).toBe(50)
    }
  })

  it('E1 addresses are drawn, and no two are the same', () => {
    expect(new Set(Array.from({ length: 200 }, () => newAddress().code)).size).toBe(200)
  })

  it('AD1 a room id is derived from its code alone, and tells nothing of it', async () => {
    const { code } = addressOfBytes(new Uint8Array(8))
    const roomId = await roomIdOfCode(code)
    expect(roomId).toBe('01886fde-e43b-8e5e-b834-5a4cd28b96ef')
    expect(v.is(roomIdSchema, roomId)).toBe(true)
    expect(await roomIdOfCode(newAddress().code)).not.toBe(roomId)
  })

  it('HT2 an idempotency key means one address per creator, for any key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (key) => {
        const [one, other] = [newSecret(), newSecret()]
        const { code } = await addressFor(one, key)
        expect((await addressFor(one, key)).code).toBe(code)
        expect((await addressFor(other, key)).code).not.toBe(code)
        expect((await addressFor(one, `${key}x`)).code).not.toBe(code)
      }),
      { numRuns: 50 },
    )
  })

  it('the host token depends on room and ledger, and its hash says nothing of it', async () => {
    const ledger = newSecret()
    const [one, two] = [await roomIdOfCode(newAddress().code), await roomIdOfCode(newAddress().code)]
    const token = await hostTokenFor(ledger, one)
    expect(await hostTokenFor(ledger, one)).toBe(token)
    expect(await hostTokenFor(ledger, two)).not.toBe(token)
    expect(await hostTokenFor(newSecret(), one)).not.toBe(token)
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
