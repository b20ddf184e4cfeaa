import { expect, it } from 'vitest'
import { measureForwarding } from './forwarding.ts'

it('a benchmark in small: two viewers get every packet, and the relay’s process says what it used', async () => {
  const figures = await measureForwarding(
    {
      name: 'one to two',
      shape: { occupants: 3, publishers: 1 },
      rooms: 1,
      packetsPerSecond: 50,
      profile: 'aead-aes-128-gcm',
    },
    { warmUpMs: 200, windowMs: 600 },
  )
  expect(figures.forwardedPerSecond).toBeGreaterThan(0)
  expect(figures.lostShare).toBe(0)
  expect(figures.cpuUsPerPacket).toBeGreaterThan(0)
  expect(figures.drops).toEqual({})
})
