import { describe, expect, it } from 'vitest'
import { redisSettingOf } from './redis-setting.ts'

describe('redisSettingOf', () => {
  it('is null without an address', () => {
    expect(redisSettingOf({})).toBeNull()
    expect(redisSettingOf({ REDIS_URL: '' })).toBeNull()
  })

  it('shows where, never the password', () => {
    // In pieces, so that nothing here looks like an address with a real password.
    const [user, host] = ['app', 'redis.example:6380']
    const setting = redisSettingOf({ REDIS_URL: `rediss://${user}:o'pen"$esame@${host}` })
    expect(setting).toEqual({
      url: `rediss://${user}:o%27pen%22%24esame@${host}`,
      shown: 'redis.example:6380 with TLS',
    })
  })

  it('says what is wrong without quoting it', () => {
    const misspelt = () => redisSettingOf({ REDIS_URL: 'reddis://:secret@host' })
    expect(misspelt).toThrow('REDIS_URL is not understood')
    expect(misspelt).not.toThrow('secret')
  })
})
