import { expect, it } from 'vitest'
import { candidatesOf } from './candidates.ts'

const udp = (port: number) => ({ protocol: 'udp', port }) as const
const tcp = (port: number) => ({ protocol: 'tcp', port }) as const

it('each bound address with its own ports', () => {
  expect(candidatesOf(['192.0.2.2', '2001:db8::2'], [], [udp(1), udp(2), tcp(3), tcp(4)])).toEqual([
    { protocol: 'udp', address: '192.0.2.2', port: 1 },
    { protocol: 'udp', address: '2001:db8::2', port: 2 },
    { protocol: 'tcp', address: '192.0.2.2', port: 3 },
    { protocol: 'tcp', address: '2001:db8::2', port: 4 },
  ])
})

it('I7: behind a 1:1 NAT exactly the public ones, by family', () => {
  expect(candidatesOf(['10.0.0.2', '2001:db8::2'], ['203.0.113.7'], [udp(1), udp(2)])).toEqual([
    { protocol: 'udp', address: '203.0.113.7', port: 1 },
  ])
})

it('"any address" is no address to go to', () => {
  const candidates = candidatesOf(['0.0.0.0', '::'], [], [udp(1), udp(1)])
  expect(candidates.every(({ address }) => !['0.0.0.0', '::', '127.0.0.1', '::1'].includes(address))).toBe(
    true,
  )
})

it('each only once', () => {
  expect(candidatesOf(['10.0.0.2', '10.0.0.3'], ['203.0.113.7'], [udp(1), udp(1)])).toHaveLength(1)
})
