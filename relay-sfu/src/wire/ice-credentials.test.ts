import { linkIdSchema, type LinkId } from '@video-room/shared/ids.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { formatUfrag, parseUfrag } from './ice-credentials.ts'

const linkId = v.parse(linkIdSchema, '0a1b2c3d4e5f')
const parts = { expiresAtS: 0x69288123, linkId, nonce: 0xdeadbeef }

describe('RL2: the username fragment', () => {
  it('is base64 of version, expiry, link id and nonce', () => {
    const bytes = Buffer.from('01692881230a1b2c3d4e5fdeadbeef', 'hex')
    expect(formatUfrag(parts)).toBe(bytes.toString('base64'))
    expect(parseUfrag(bytes.toString('base64'))).toEqual(parts)
  })

  it('is read as it was written', () => {
    const uint32 = fc.integer({ min: 0, max: 0xffffffff })
    const ids = fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 })
      .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('') as LinkId)
    fc.assert(
      fc.property(uint32, ids, uint32, (expiresAtS, id, nonce) => {
        const text = formatUfrag({ expiresAtS, linkId: id, nonce })
        expect(text).toMatch(/^[A-Za-z0-9+/]{20}$/)
        expect(parseUfrag(text)).toEqual({ expiresAtS, linkId: id, nonce })
      }),
    )
  })

  it('any 20 characters: none, or the parts of exactly this text', () => {
    const character = fc.constantFrom(...'ABCDQRSTXYZabcz0189+/')
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 18, maxLength: 18 }), (rest) => {
        const text = `AQ${rest}`
        const parsed = parseUfrag(text)
        expect(parsed && formatUfrag(parsed)).toBe(text)
        if (parsed) expect(v.is(linkIdSchema, parsed.linkId)).toBe(true)
        expect(parseUfrag(`Ag${rest}`)).toBeNull()
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['19 characters', formatUfrag(parts).slice(1)],
    ['21 characters', `${formatUfrag(parts)}A`],
    ['base64url', `AQ${'_'.repeat(18)}`],
    ['a line end after it', `${formatUfrag(parts)}\n`],
    ['another version', `Ag${formatUfrag(parts).slice(2)}`],
  ])('%s is none', (_, text) => {
    expect(parseUfrag(text)).toBeNull()
  })

  it('any text: never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseUfrag(text)))
  })
})
