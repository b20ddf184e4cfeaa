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

  it.each(['SIGNAL_URL', 'RELAY_KEY'])('misses %s', (name) => {
    expect(() => readConfig({ ...least, [name]: undefined })).toThrow(name)
  })

  it('names every bad key at once', () => {
    expect(() => readConfig({})).toThrow('SIGNAL_URL, RELAY_KEY')
  })
})
