import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { dialSocketOf } from './dial-sockets.ts'
import { dialTargets, probeTarget } from './dial-targets.ts'

const udp = (address: string, port = 3_478): RelayCandidate => ({ protocol: 'udp', address, port })
const tcp = (address: string): RelayCandidate => ({ protocol: 'tcp', address, port: 443 })
const both = ['192.0.2.5', '2001:db8::5']

it('every UDP candidate is dialled, from the bound addresses of its family, each a socket of the link', () => {
  const targets = dialTargets(3, [tcp('192.0.2.1'), udp('192.0.2.1'), udp('2001:db8::1')], both)
  expect(targets).toEqual([
    { socket: dialSocketOf(3, both, 0), address: '192.0.2.1', port: 3_478 },
    { socket: dialSocketOf(3, both, 1), address: '2001:db8::1', port: 3_478 },
  ])
  expect(dialTargets(3, [udp('192.0.2.1')], ['127.0.0.1', '10.0.0.1'])).toHaveLength(2)
})

it('no two links have a socket in common', () => {
  const sockets = [0, 1, 2].flatMap((link) => both.map((_, at) => dialSocketOf(link, both, at)))
  expect(new Set(sockets).size).toBe(6)
})

it('addresses are spelled as sockets spell them', () => {
  const [target] = dialTargets(0, [udp('2001:DB8:0:0::0001')], ['::1'])
  expect(target?.address).toBe('2001:db8::1')
})

it('what is no address, or of a family that is not bound, is left out', () => {
  expect(dialTargets(0, [udp('1.2.3'), udp('999.0.0.1'), udp('::1')], ['127.0.0.1'])).toEqual([])
})

it('no more are dialled than a link may have addresses', () => {
  const candidates = Array.from({ length: 16 }, (_, at) => udp('192.0.2.1', 1_000 + at))
  expect(dialTargets(0, candidates, ['127.0.0.1', '10.0.0.1'])).toHaveLength(relayLimits.linkAddressesMax)
})

it('one is probed, from the own port', () => {
  expect(probeTarget([tcp('192.0.2.1'), udp('2001:db8::1'), udp('192.0.2.1')], both)).toEqual({
    socket: 1,
    address: '2001:db8::1',
    port: 3_478,
  })
  expect(probeTarget([tcp('192.0.2.1'), udp('2001:db8::1')], ['127.0.0.1'])).toBeNull()
})
