import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

describe('configuration', () => {
  it('stands on its own feet without any variable', () => {
    expect(readConfig({})).toEqual({
      creatorKeys: [],
      developmentCreatorKey: null,
      allowedOrigins: ['same-origin'],
      iceServers: [],
      publicUrl: null,
      maxParticipantsDefault: 1,
    })
  })

  it('C4 takes several creator keys, between commas or spaces', () => {
    const hash = `sha256:${'0'.repeat(64)}`
    const { creatorKeys } = readConfig({ CREATOR_KEYS: `first-creator-key, second-creator-key\n${hash}` })
    expect(creatorKeys).toEqual(['first-creator-key', 'second-creator-key', hash])
  })

  it.each([
    ['CREATOR_KEYS', 'too-short'],
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

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true)
  })
})
