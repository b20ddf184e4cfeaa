import { limits } from '@video-room/shared/limits.ts'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../config.ts'
import { sha256Hex } from '../secrets.ts'
import { bearerOf, provenCreator } from './creator.ts'

const atMs = Date.UTC(2026, 10, 23, 12)
const seconds = (ms: number): number => Math.floor(ms / 1_000)
const secret = 'a-secret-that-a-backend-shares-with-us'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true })
const publicJwk = { ...(await exportJWK(publicKey)), kid: 'globex.1' }

const config = readConfig({
  CREATOR_KEYS: `acme:sha256:${await sha256Hex('key-one')} acme:sha256:${await sha256Hex('key-two')} sha256:${await sha256Hex('nameless')}`,
  CREATOR_JWT_SECRETS: `acme.1:${secret}, acme.2:${secret}-next, initech:${secret}-of-another`,
  CREATOR_JWT_KEYS: JSON.stringify({ keys: [publicJwk] }),
  DEVELOPMENT_CREATOR_KEY: 'development-creator-key',
  ROOMS_PER_CREATOR_MAX: '50',
})

const prove = async (proof: string | null) =>
  provenCreator(
    config,
    new Request('https://rooms.example/room/create', {
      headers: proof === null ? {} : { Authorization: `Bearer ${proof}` },
    }),
    atMs,
  )
const invalid = { ok: false, code: 'creator_proof_invalid' }

const claims = { sub: 'ada', aud: 'video-room', exp: seconds(atMs) + 300 }
type Header = { readonly alg: string; readonly kid?: string; readonly [name: string]: unknown }

const signed = async (
  payload: Record<string, unknown> = {},
  header: Header = { alg: 'HS256', kid: 'acme.1' },
  key: Uint8Array | CryptoKey = bytes(secret),
): Promise<string> => new SignJWT({ ...claims, ...payload }).setProtectedHeader(header).sign(key)

describe('creator keys', () => {
  it('HT1 C4 C5 keys of one name are one creator, so that one can follow the other', async () => {
    const acme = { ok: true, value: { id: 'key:acme', maxRooms: 50, rules: null } }
    expect(await prove('key-one')).toEqual(acme)
    expect(await prove('key-two')).toEqual(acme)
    expect(await prove('nameless')).toMatchObject({ value: { id: `key:${await sha256Hex('nameless')}` } })
    expect(await prove('development-creator-key')).toMatchObject({ value: { id: 'key:development' } })
  })

  it('HT1 C1 no key, a wrong one, and the hash itself prove nothing', async () => {
    expect(await prove(null)).toEqual({ ok: false, code: 'creator_proof_required' })
    expect(await prove('key-three')).toEqual(invalid)
    expect(await prove(await sha256Hex('key-one'))).toEqual(invalid)
    expect(await prove(`sha256:${await sha256Hex('key-one')}`)).toEqual(invalid)
  })

  it('C5 a key that was taken out of the configuration proves nothing any more', async () => {
    const later = readConfig({ CREATOR_KEYS: `acme:sha256:${await sha256Hex('key-two')}` })
    const request = (key: string) =>
      new Request('https://rooms.example/', { headers: { Authorization: `Bearer ${key}` } })
    expect(await provenCreator(later, request('key-one'), atMs)).toEqual(invalid)
    expect((await provenCreator(later, request('key-two'), atMs)).ok).toBe(true)
  })

  it('a bearer is one word of bounded length', () => {
    const of = (value: string) =>
      bearerOf(new Request('https://x.example', { headers: { Authorization: value } }))
    expect(of('Bearer word')).toBe('word')
    expect(of('bearer  word')).toBe('word')
    for (const bad of [
      'word',
      'Basic word',
      'Bearer two words',
      `Bearer ${'x'.repeat(limits.creatorTokenMaxLength + 1)}`,
    ]) {
      expect(of(bad)).toBeNull()
    }
  })
})

describe('creator tokens', () => {
  it('C4 a token by a shared secret or by a public key proves a creator of its backend', async () => {
    expect(await prove(await signed())).toEqual({
      ok: true,
      value: { id: 'jwt:acme:ada', maxRooms: 50, rules: null },
    })
    const byKey = await signed(
      { maxRooms: 3, room: { maxParticipants: 4 } },
      { alg: 'EdDSA', kid: 'globex.1' },
      privateKey,
    )
    expect(await prove(byKey)).toEqual({
      ok: true,
      value: { id: 'jwt:globex:ada', maxRooms: 3, rules: { maxParticipants: 4 } },
    })
  })

  it('C4 keys of one backend follow each other, with or without a named key', async () => {
    const next = bytes(`${secret}-next`)
    const same = { value: { id: 'jwt:acme:ada' } }
    expect(await prove(await signed({}, { alg: 'HS256', kid: 'acme.2' }, next))).toMatchObject(same)
    expect(await prove(await signed({}, { alg: 'HS256' }, next))).toMatchObject(same)
  })

  it('C4 nobody signs for another backend', async () => {
    const other = bytes(`${secret}-of-another`)
    expect(await prove(await signed({}, { alg: 'HS256', kid: 'initech' }, other))).toMatchObject({
      value: { id: 'jwt:initech:ada' },
    })
    expect(await prove(await signed({}, { alg: 'HS256', kid: 'acme.1' }, other))).toEqual(invalid)
  })

  it('C6 a token cannot raise its rooms above what the deployment allows', async () => {
    expect(await prove(await signed({ maxRooms: 900 }))).toMatchObject({ value: { maxRooms: 50 } })
    expect(await prove(await signed({ maxRooms: 0 }))).toMatchObject({ value: { maxRooms: 0 } })
  })

  const now = seconds(atMs)
  it.each([
    ['is expired', { exp: now - 60 }],
    ['never expires', { exp: undefined }],
    ['is good for longer than an hour', { exp: now + 3_600 + 60 }],
    ['expires in words', { exp: 'tomorrow' }],
    ['is not good yet', { nbf: now + 120 }],
    ['is for another service', { aud: 'another-service' }],
    ['is for nobody', { aud: undefined }],
    ['names no one', { sub: undefined }],
    ['names the empty one', { sub: '' }],
    ['names someone at length', { sub: 'x'.repeat(129) }],
    ['wants rooms below zero', { maxRooms: -1 }],
    ['wants rooms in words', { maxRooms: 'many' }],
    ['rules what there is not', { room: { maxParticipant: 2 } }],
    ['rules beyond the ceiling', { room: { maxParticipants: 1_000 } }],
  ])('C4 a token that %s is refused', async (_what, payload) => {
    expect(await prove(await signed(payload))).toEqual(invalid)
  })

  it('C4 a clock that is a little off is forgiven', async () => {
    expect((await prove(await signed({ exp: now - 20 }))).ok).toBe(true)
    expect((await prove(await signed({ nbf: now + 20, exp: now + 3_600 }))).ok).toBe(true)
  })

  const part = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  let good = ''
  beforeAll(async () => {
    good = await signed()
  })

  it('a token without a signature (alg none) is refused, in any spelling', async () => {
    const unsecured = new UnsecuredJWT(claims).encode()
    expect(await prove(unsecured)).toEqual(invalid)
    for (const alg of ['none', 'None', 'NONE', '', 'HS256']) {
      expect(await prove(`${part({ alg, kid: 'acme.1' })}.${part(claims)}.`)).toEqual(invalid)
    }
    const [, payload, signature] = good.split('.')
    expect(await prove(`${part({ alg: 'none' })}.${payload}.${signature}`)).toEqual(invalid)
  })

  it('key confusion: a public key is no shared secret, whatever the header says', async () => {
    const spellings = [publicJwk.x ?? '', await exportSPKI(publicKey), JSON.stringify(publicJwk)]
    for (const spelling of spellings) {
      for (const kid of ['globex.1', 'acme.1', undefined]) {
        const header = { alg: 'HS256', ...(kid === undefined ? {} : { kid }) }
        expect(await prove(await signed({}, header, bytes(spelling)))).toEqual(invalid)
      }
    }
    expect(await prove(await signed({}, { alg: 'HS512', kid: 'acme.1' }, bytes(secret.repeat(2))))).toEqual(
      invalid,
    )
  })

  it('a token that brings its own key is refused', async () => {
    const own = await generateKeyPair('Ed25519', { extractable: true })
    const header = { alg: 'EdDSA', kid: 'globex.1', jwk: await exportJWK(own.publicKey) }
    expect(await prove(await signed({}, header, own.privateKey))).toEqual(invalid)
  })

  it('a token that was cut, changed or re-signed is refused', async () => {
    const [header = '', payload = '', signature = ''] = good.split('.')
    const broken = [
      good.slice(0, -1),
      good.slice(0, good.length / 2),
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}..${signature}`,
      `..`,
      `${header}.${part({ ...claims, sub: 'eve' })}.${signature}`,
      `${part({ alg: 'HS256', kid: 'acme.2' })}.${payload}.${signature}`,
      await signed({}, { alg: 'HS256', kid: 'acme.1' }, bytes('the secret of someone else entirely')),
      await signed({}, { alg: 'HS256', kid: 'unknown' }),
    ]
    for (const token of broken) expect(await prove(token)).toEqual(invalid)
  })

  it('C5 a token whose key was taken out is refused', async () => {
    const bare = readConfig({})
    const request = new Request('https://x.example', { headers: { Authorization: `Bearer ${good}` } })
    expect(await provenCreator(bare, request, atMs)).toEqual(invalid)
  })
})
