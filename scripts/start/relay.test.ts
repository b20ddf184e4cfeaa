import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entryOf, newKey } from './key.ts'
import { relayAddresses, runRelays, type RunningRelay } from './relay.ts'
import { udpPortIsFree } from './udp-port.ts'

const info = (address: string, internal = false) => ({
  address,
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  family: 'IPv4' as const,
  internal,
  cidr: null,
})
const interfaces = { lo: [info('127.0.0.1', true)], eth0: [info('192.168.1.7')] }

describe('relayAddresses', () => {
  it('is loopback and the machine’s own: Firefox never tries a loopback candidate', () => {
    expect(relayAddresses(false, interfaces)).toEqual(['127.0.0.1', '192.168.1.7'])
  })

  it('with --lan only what others can reach, where there is any', () => {
    expect(relayAddresses(true, interfaces)).toEqual(['192.168.1.7'])
    expect(relayAddresses(true, { lo: interfaces.lo })).toEqual(['127.0.0.1'])
  })
})

it('newKey: the worker gets the hash of what its holder has', () => {
  const { key, entry } = newKey()
  expect(entry).toBe(`sha256:${createHash('sha256').update(key).digest('hex')}`)
  expect(entryOf(key)).toBe(entry)
  expect(newKey().key).not.toBe(key)
})

describe('runRelays', { timeout: 90_000 }, () => {
  let directory: string
  let relay: RunningRelay | null = null
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'video-room-relay-'))
  })
  afterEach(async () => {
    await relay?.end()
    relay = null
    await rm(directory, { recursive: true, force: true })
  })

  async function run(address: string): Promise<RunningRelay> {
    // Nobody is there: the relay runs, and looks for its worker.
    const origin = 'http://127.0.0.1:9'
    const logFileOf = () => join(directory, 'relay.log')
    const settings = { key: newKey().key, origin, isSelfSigned: false, drainSeconds: 0, logFileOf }
    const [only] = await runRelays(['this machine'], { ...settings, addresses: [address] })
    if (only === undefined) throw new Error('no relay')
    relay = only
    return only
  }

  it('listens on its port until it is ended, and says so in its log', async () => {
    const running = await run('127.0.0.1')
    const log = () => readFile(join(directory, 'relay.log'), 'utf8')
    await expect.poll(log, { timeout: 60_000 }).toContain('relay-started')
    expect(await udpPortIsFree(running.udpPort)).toBe(false)
    expect(running.shownId()).toMatch(/^r_.{4}…$/)
    await running.end()
    expect(await udpPortIsFree(running.udpPort)).toBe(true)
  })

  it('says why when it cannot listen', async () => {
    // An address for documentation (RFC 5737): no machine has it.
    const running = await run('192.0.2.254')
    expect(await running.ended).not.toBe(0)
    expect(await running.ready()).toBe('it could not start (EADDRNOTAVAIL)')
  })
})
