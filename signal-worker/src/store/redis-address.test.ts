import { describe, expect, it } from 'vitest'
import { parseRedisUrl, redisAddressShown } from './redis-address.ts'

const one = { isCluster: false, isTls: false, username: null, password: null, db: 0 }

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { ...one, nodes: [{ host: 'localhost', port: 6379 }] }],
    ['redis://10.0.0.1:7000/3', { ...one, nodes: [{ host: '10.0.0.1', port: 7000 }], db: 3 }],
    ['redis://[::1]:7000/', { ...one, nodes: [{ host: '::1', port: 7000 }] }],
    ['redis://:p%40ss@h', { ...one, nodes: [{ host: 'h', port: 6379 }], password: 'p@ss' }],
    [
      'rediss://app:a:b@redis.example:6380',
      {
        ...one,
        nodes: [{ host: 'redis.example', port: 6380 }],
        isTls: true,
        username: 'app',
        password: 'a:b',
      },
    ],
    [
      'rediss-cluster://a:1,b:2,c',
      {
        ...one,
        isCluster: true,
        isTls: true,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: 'c', port: 6379 },
        ],
      },
    ],
  ])('understands %s', (url, address) => expect(parseRedisUrl(url)).toEqual(address))

  it.each([
    '',
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://host:0',
    'redis://host:70000',
    'redis://a,b',
    'redis://ho st',
    'redis://host/db',
    'redis://host:6379?tls=false',
    'redis://%zz@host',
    'redis-cluster://a/1',
    'redis://host\r\nFLUSHALL',
  ])('refuses %j', (url) => expect(parseRedisUrl(url)).toBeNull())

  it('shows where and how, and no password', () => {
    const address = parseRedisUrl('rediss-cluster://app:secret@a:1,b:2')
    if (address === null) throw new Error('the address is sound')
    expect(redisAddressShown(address)).toBe('cluster at a:1, b:2 with TLS')
  })
})
