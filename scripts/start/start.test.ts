import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { choosePort, tryPort } from './free-port.ts'
import { lanAddresses } from './lan-addresses.ts'
import { parseStartOptions } from './options.ts'

describe('parseStartOptions', () => {
  it('reads every option', () => {
    const words = [
      '--port',
      '0',
      '--lan',
      '--json',
      '--no-relay',
      '--state',
      '/tmp/s',
      '--var',
      'A:1',
      '--var',
      'B:x:y',
    ]
    expect(parseStartOptions(words)).toEqual({
      port: 0,
      lan: true,
      json: true,
      relays: 0,
      watch: false,
      help: false,
      stateDirectory: '/tmp/s',
      vars: ['A:1', 'B:x:y'],
    })
  })

  it('runs a relay unless told otherwise', () => {
    expect(parseStartOptions([]).relays).toBe(1)
    expect(parseStartOptions(['--relays', '3']).relays).toBe(3)
  })

  it.each([
    ['--port', 'x'],
    ['--port', '70000'],
    ['--port', '-1'],
    ['--var', 'A=1'],
    ['--relays', '0'],
    ['--relays', '9'],
    ['--relays', '2', '--no-relay'],
    ['--prot', '1'],
    ['loose'],
  ])('refuses %s %s', (...words) =>
    expect(() => parseStartOptions(words.filter((word) => word !== undefined))).toThrow(),
  )
})

describe('choosePort', () => {
  let taken: Server | null = null
  afterEach(() => new Promise((resolve) => (taken ? taken.close(resolve) : resolve(undefined))))

  async function takeOne(): Promise<number> {
    taken = createServer()
    await new Promise<void>((resolve) => taken?.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    if (typeof address !== 'object' || !address) throw new Error('no address')
    return address.port
  }

  it('takes the next free one when the usual one is taken', async () => {
    const usual = await takeOne()
    const port = await choosePort(null, usual, '127.0.0.1')
    expect(port).toBeGreaterThan(usual)
    expect(await tryPort(port, '127.0.0.1')).toBe(port)
  })

  it('never exchanges a port that was asked for', async () => {
    const wanted = await takeOne()
    await expect(choosePort(wanted, 8787, '127.0.0.1')).rejects.toThrow(`port ${wanted} is taken`)
  })

  it('takes any free one for 0', async () => {
    expect(await choosePort(0, 8787, '127.0.0.1')).toBeGreaterThan(0)
  })
})

it('lanAddresses leaves out loopback, link-local, IPv6 and doubles', () => {
  const info = (address: string, family: 'IPv4' | 'IPv6' = 'IPv4', internal = false) => {
    const shared = { address, netmask: '255.255.255.0', mac: '00:00:00:00:00:00', internal, cidr: null }
    return family === 'IPv4' ? { ...shared, family } : { ...shared, family, scopeid: 0 }
  }
  const interfaces = {
    lo: [info('127.0.0.1', 'IPv4', true)],
    eth0: [info('192.168.1.7'), info('fe80::1', 'IPv6'), info('169.254.3.4')],
    wlan0: [info('192.168.1.7'), info('10.0.0.2')],
  }
  expect(lanAddresses(interfaces)).toEqual(['192.168.1.7', '10.0.0.2'])
})
