import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const key = 'k'.repeat(40)
const least = { SIGNAL_URL: 'https://signal.example.com', RELAY_KEY: key }

describe('readConfig', () => {
  it('needs to know the worker and the key; the rest has defaults', () => {
    expect(readConfig(least)).toEqual({
      signalUrl: 'wss://signal.example.com',
      relayKey: key,
      region: '',
      mediaThreads: 1,
      udpPort: 3478,
      tcpPort: null,
      bindAddresses: ['0.0.0.0'],
      publicAddresses: [],
      capacityLinks: 100,
      http: null,
      drainMs: 30_000,
      logLevel: 'info',
    })
  })

  it('reads every key', () => {
    const config = readConfig({
      SIGNAL_URL: 'http://127.0.0.1:8787/',
      RELAY_KEY: key,
      REGION: ' Singapore ',
      MEDIA_THREADS: '4',
      UDP_PORT: '0',
      TCP_PORT: '443',
      BIND_ADDRESSES: '10.0.0.4, 2001:db8::4',
      PUBLIC_IP: '192.0.2.7 2001:db8::4',
      CAPACITY_LINKS: '250',
      HTTP_PORT: '9090',
      HTTP_ADDRESS: '10.0.0.4',
      DRAIN_SECONDS: '600',
      LOG_LEVEL: 'debug',
    })
    expect(config).toEqual({
      signalUrl: 'ws://127.0.0.1:8787',
      relayKey: key,
      region: 'Singapore',
      mediaThreads: 4,
      udpPort: 0,
      tcpPort: 443,
      bindAddresses: ['10.0.0.4', '2001:db8::4'],
      publicAddresses: ['192.0.2.7', '2001:db8::4'],
      capacityLinks: 250,
      http: { port: 9090, address: '10.0.0.4' },
      drainMs: 600_000,
      logLevel: 'debug',
    })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes what is set to nothing for not set', () => {
    expect(readConfig({ ...least, TCP_PORT: '', LOG_LEVEL: ' ' })).toEqual(readConfig(least))
  })

  it.each([
    ['SIGNAL_URL', 'signal.example.com'],
    ['SIGNAL_URL', 'https://someone@signal.example.com'],
    ['SIGNAL_URL', 'https://signal.example.com?room=1'],
    ['RELAY_KEY', 'too-short'],
    ['RELAY_KEY', `${key} ${key}`],
    ['REGION', 'x'.repeat(65)],
    ['MEDIA_THREADS', '0'],
    ['MEDIA_THREADS', '65'],
    ['MEDIA_THREADS', 'all'],
    ['UDP_PORT', '65536'],
    ['UDP_PORT', '-1'],
    ['TCP_PORT', 'https'],
    ['BIND_ADDRESSES', 'eth0'],
    ['PUBLIC_IP', 'relay.example.com'],
    ['CAPACITY_LINKS', '0'],
    ['HTTP_PORT', '9090x'],
    ['HTTP_ADDRESS', 'localhost'],
    ['DRAIN_SECONDS', '1.5'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s, naming the key and not the value', (name, value) => {
    const read = () => readConfig({ ...least, [name]: value })
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(name)
    expect(read).not.toThrow(value)
  })

  it.each([
    [1, 1],
    [2, 1],
    [8, 7],
    [128, 64],
  ])('of %i cores auto takes %i', (cores, mediaThreads) => {
    expect(readConfig({ ...least, MEDIA_THREADS: 'auto' }, cores)).toMatchObject({ mediaThreads })
    expect(readConfig(least, cores)).toMatchObject({ mediaThreads: 1 })
  })

  it('takes 100 links for each media thread, unless it is told', () => {
    expect(readConfig({ ...least, MEDIA_THREADS: '4' }).capacityLinks).toBe(400)
    expect(readConfig({ ...least, MEDIA_THREADS: '4', CAPACITY_LINKS: '30' }).capacityLinks).toBe(30)
  })

  it.each(['UDP_PORT', 'TCP_PORT'])('refuses threads whose last port after %s is none', (name) => {
    const read = (port: string, threads: string) => () =>
      readConfig({ ...least, [name]: port, MEDIA_THREADS: threads }, 5)
    expect(read('65532', '4')).not.toThrow()
    for (const threads of ['4', 'auto']) {
      expect(read('65533', threads)).toThrow(ConfigError)
      expect(read('65533', threads)).toThrow(`${name}, MEDIA_THREADS`)
    }
    expect(read('0', '64')).not.toThrow()
  })

  it.each(['SIGNAL_URL', 'RELAY_KEY'])('misses %s', (name) => {
    expect(() => readConfig({ ...least, [name]: undefined })).toThrow(name)
  })

  it('names every bad key at once', () => {
    expect(() => readConfig({})).toThrow('SIGNAL_URL, RELAY_KEY')
  })
})
