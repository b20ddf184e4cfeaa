import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

describe('configuration', () => {
  it('stands on its own feet without any variable', () => {
    expect(readConfig({})).toEqual({
      creatorKeys: [],
      creatorTokenKeys: [],
      roomsPerCreatorMax: 1_000,
      developmentCreatorKey: null,
      relayKeyHashes: [],
      operatorKeyHashes: [],
      allowedOrigins: ['same-origin'],
      webhook: null,
      iceServers: [],
      publicUrl: null,
      maxParticipantsDefault: 1,
    })
  })

  it('C4 takes several creator keys, between commas or spaces, as their hashes', () => {
    const [one, two] = ['0'.repeat(64), '1'.repeat(64)]
    const { creatorKeys } = readConfig({
      CREATOR_KEYS: `sha256:${one}, acme:sha256:${two}\nacme:sha256:${one}`,
    })
    expect(creatorKeys).toEqual([
      { creatorId: `key:${one}`, hash: one },
      { creatorId: 'key:acme', hash: two },
      { creatorId: 'key:acme', hash: one },
    ])
  })

  it('RG1 takes several relay keys as their hashes; a name is for the reader', () => {
    const [one, two] = ['0'.repeat(64), '1'.repeat(64)]
    const { relayKeyHashes } = readConfig({ RELAY_KEYS: `sha256:${one}, singapore:sha256:${two}` })
    expect(relayKeyHashes).toEqual([one, two])
  })

  it('OP1 takes several operator keys as their hashes', () => {
    const [one, two] = ['0'.repeat(64), '1'.repeat(64)]
    const { operatorKeyHashes } = readConfig({ OPERATOR_KEYS: `ada:sha256:${one} sha256:${two}` })
    expect(operatorKeyHashes).toEqual([one, two])
  })

  it('C4 takes secrets and public keys for creator tokens', () => {
    const x = 'x'.repeat(43)
    const { creatorTokenKeys } = readConfig({
      CREATOR_JWT_SECRETS: `acme.1:${'s'.repeat(32)}, globex:with:colons:${'s'.repeat(32)}`,
      CREATOR_JWT_KEYS: JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid: 'k', use: 'sig' }] }),
    })
    expect(creatorTokenKeys).toMatchObject([
      { kind: 'secret', kid: 'acme.1' },
      { kind: 'secret', kid: 'globex' },
      { kind: 'public', kid: 'k', jwk: { kty: 'OKP', crv: 'Ed25519', x } },
    ])
  })

  it.each([
    ['CREATOR_KEYS', 'a-key-as-it-is-and-not-its-hash'],
    ['CREATOR_KEYS', 'sha256:abc'],
    ['CREATOR_KEYS', `Bad Name:sha256:${'0'.repeat(64)}`],
    ['RELAY_KEYS', 'a-key-as-it-is-and-not-its-hash'],
    ['OPERATOR_KEYS', 'a-key-as-it-is-and-not-its-hash'],
    ['CREATOR_JWT_SECRETS', 'acme:shorter-than-32-characters'],
    ['CREATOR_JWT_SECRETS', 'a-secret-without-the-name-of-its-key'],
    ['CREATOR_JWT_KEYS', 'not JSON'],
    ['CREATOR_JWT_KEYS', '{"keys":[{"kty":"RSA","kid":"k","n":"x","e":"AQAB"}]}'],
    ['CREATOR_JWT_KEYS', `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"${'x'.repeat(43)}"}]}`],
    [
      'CREATOR_JWT_KEYS',
      `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"${'x'.repeat(43)}","d":"private"}]}`,
    ],
    ['ROOMS_PER_CREATOR_MAX', '1001'],
    ['WEBHOOK_URL', 'ftp://example.com/'],
    ['WEBHOOK_URL', 'https://someone:password@example.com/'],
    ['WEBHOOK_SECRET', 'whsec_c2hvcnQ='],
    ['WEBHOOK_SECRET', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['DEVELOPMENT_CREATOR_KEY', 'too-short'],
    ['ALLOWED_ORIGINS', 'https://example.com/path'],
    ['ALLOWED_ORIGINS', 'example.com'],
    ['ICE_SERVERS', 'stun:example.com'],
    ['ICE_SERVERS', '[{"url":"stun:example.com"}]'],
    ['PUBLIC_URL', 'https://example.com/'],
    ['MAX_PARTICIPANTS_DEFAULT', '16'],
    ['MAX_PARTICIPANTS_DEFAULT', '-1'],
  ])('a bad %s stops the start by its name, without telling the value %s', (key, value) => {
    const read = () => readConfig({ [key]: value })
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(`bad value of ${key}:`)
    expect(read).not.toThrow(value)
  })

  it('WH1 webhooks need an address and a secret to sign with', () => {
    const WEBHOOK_URL = 'https://example.com/hooks'
    expect(() => readConfig({ WEBHOOK_URL })).toThrow('bad value of WEBHOOK_SECRET:')
    const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    const { webhook } = readConfig({ WEBHOOK_URL, WEBHOOK_SECRET })
    expect(webhook?.url).toBe(WEBHOOK_URL)
    expect(webhook?.secrets.map((secret) => secret.length)).toEqual([24, 24])
  })

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true)
  })
})
