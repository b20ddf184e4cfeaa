import { expect, it } from 'vitest'
import { measureTrunk } from './chain-forwarding.ts'
import { measureForwarding } from './forwarding.ts'

const oneToTwo = {
  name: 'one to two',
  shape: { occupants: 3, publishers: 1 },
  packetsPerSecond: 50,
  profile: 'aead-aes-128-gcm',
} as const
const moment = { warmUpMs: 200, windowMs: 600 }

it('a benchmark in small: two viewers get every packet, and the relay’s process says what it used', async () => {
  const figures = await measureForwarding({ ...oneToTwo, rooms: 1 }, moment)
  expect(figures.forwardedPerSecond).toBeGreaterThan(0)
  expect(figures.lostShare).toBe(0)
  expect(figures.cpuUsPerPacket).toBeGreaterThan(0)
  expect(figures.drops).toEqual({})
})

it('with two media threads, each of two rooms on its own', async () => {
  const figures = await measureForwarding({ ...oneToTwo, rooms: 2, threads: 2 }, moment)
  expect(figures.forwardedPerSecond).toBeGreaterThan(0)
  expect(figures.lostShare).toBe(0)
  expect(figures.drops).toEqual({})
})

it('and of a chain: two far viewers of each of two streams get every packet, which crossed once', async () => {
  const figures = await measureTrunk({ streams: 2, viewers: 2 }, 50, { warmUpMs: 300, windowMs: 600 })
  expect(figures.crossedPerSecond / figures.offeredPerSecond).toBeCloseTo(1, 0)
  expect(figures.lostShare).toBe(0)
  expect(figures.nearCpuUsPerPacket).toBeGreaterThan(0)
  expect(figures.farCpuUsPerPacket).toBeGreaterThan(0)
})
