import { createHmac } from 'node:crypto'
import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import { linkIdSchema, occupantIdSchema, roomIdSchema, secretSchema } from '@video-room/shared/ids.ts'
import { relayTicketSchema } from '@video-room/shared/ticket.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  addressFor,
  hashSecret,
  hostTokenFor,
  mintCredentials,
  newAddress,
  newConnectionId,
  newLinkId,
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
      [newLinkId, linkIdSchema],
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

describe('tickets', () => {
  const iceKey = v.parse(secretSchema, Buffer.alloc(32, 7).toString('base64url'))
  const linkId = v.parse(linkIdSchema, '0123456789ab')

  it('RL2 has this very form: version, expiry, link id, nonce; and the HMAC that node makes of it', () => {
    const expiresAtMs = 1_800_000_000_000
    const nonce = Uint8Array.of(0xde, 0xad, 0xbe, 0xef)
    const { iceUfrag, icePwd } = mintCredentials({ iceKey, linkId, expiresAtMs, nonce })
    const bytes = Buffer.from('016b49d2000123456789abdeadbeef', 'hex')
    expect(iceUfrag).toBe(bytes.toString('base64'))
    const digest = createHmac('sha256', Buffer.alloc(32, 7)).update(iceUfrag).digest('base64')
    expect(`${icePwd}=`).toBe(digest)
  })

  it('RL2 RL5 fits its schema for any key, link and time; no two tickets are the same', () => {
    const { iceUfrag: ufragSchema, icePwd: pwdSchema } = relayTicketSchema.entries
    const seen = new Set<string>()
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    fc.assert(
      fc.property(
        bytes(32),
        bytes(6),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        (key, id, expiresAtMs) => {
          const { iceUfrag, icePwd } = mintCredentials({
            iceKey: v.parse(secretSchema, Buffer.from(key).toString('base64url')),
            linkId: v.parse(linkIdSchema, Buffer.from(id).toString('hex')),
            expiresAtMs,
          })
          expect([v.is(ufragSchema, iceUfrag), v.is(pwdSchema, icePwd)]).toEqual([true, true])
          const read = Buffer.from(iceUfrag, 'base64')
          expect(read.subarray(5, 11).toString('hex')).toBe(Buffer.from(id).toString('hex'))
          expect(read.readUInt32BE(1)).toBe(Math.ceil(expiresAtMs / 1_000))
          expect(seen.has(iceUfrag)).toBe(false)
          seen.add(iceUfrag)
        },
      ),
    )
  })
})
