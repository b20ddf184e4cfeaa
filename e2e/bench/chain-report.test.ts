import { expect, test } from 'vitest'
import type { RelayLoss } from './chain-loss.ts'
import type { ChainFigures } from './chain-network.ts'
import { chainReport } from './chain-report.ts'

const trunk = (streams: number, viewers: number, crossedKbps = 4_900) => ({
  streams,
  viewers,
  offeredPerSecond: 500 * streams,
  crossedPerSecond: 500 * streams,
  crossedKbps,
  lostShare: 0,
  nearCpuUsPerPacket: 52.4,
  farCpuUsPerPacket: 51.2,
})

const chain = (trunkMs: number, growth: number): ChainFigures => ({
  delay: {
    packetsPerSecond: 100,
    directMs: [0.1, 0.1, 0.2],
    byRelaysMs: [0, 1, 2].map((trunks) => [0.3, 0.3, 0.4].map((one) => one + trunks * trunkMs)),
  },
  trunks: [
    {
      trunk: trunk(16, 1),
      alone: { forwardedPerSecond: 8_000, lostShare: 0, cpuUsPerPacket: 48.3 },
      floor: { offeredPerSecond: 8_000, cpuUsPerPacket: 19.7 },
    },
  ],
  viewers: [trunk(1, 1), trunk(1, 16, 4_900 * growth)],
  layers: { firstMs: [14, 20, 30], downMs: [25, 30, 41], upMs: [540, 550, 640], stopMs: [0, 5, 9] },
})
const soon: RelayLoss = { ownMs: [1_100, 1_300], farMs: [900, 1_200], problem: null }
const reportOf = (trunkMs: number, growth: number, loss = soon): string =>
  chainReport({ load: [0.5, 2], cores: 2, chain: chain(trunkMs, growth), loss }).text

test('every target is named with its figure, met or not', () => {
  expect(reportOf(0.2, 1.01)).not.toContain('MISSED')
  expect(reportOf(3, 1.5).match(/^MISSED.*$/gm)).toEqual([
    'MISSED  added by a trunk, p50 ≤ 0.3 ms: 3.00 ms',
    'MISSED  added by a trunk, p99 ≤ 2 ms: 3.00 ms',
    'MISSED  bytes over the trunk grow with far viewers by ≤ 5%: 50.0%',
  ])
})

test('a figure of a trunk stands beside a relay alone and its floor', () => {
  const text = reportOf(0.2, 1)
  expect(text).toContain(
    'p50    loopback alone 0.10 ms   A 0.30 ms   A–B 0.50 ms   A–B–C 0.70 ms   trunks add 0.20 ms and 0.20 ms',
  )
  expect(text).toMatch(/^16 streams +8000 +0.0% +52.4 +51.2 +48.3 +19.7$/m)
  expect(text).toMatch(/^16 far viewers +4900 +500 /m)
})

test('how soon layers cross and stop is told by the want', () => {
  expect(reportOf(0.2, 1)).toMatch(/^of one who saw a smaller one +p50 550 ms, most 640 ms \(3\)$/m)
})

test('what a killed relay cost stands for those at home at it and for the others; not measured is not met', () => {
  expect(reportOf(0.2, 1)).toMatch(/^of those who were at home at it +1100 \/ 1300 \/ 1300 ms \(2\)$/m)
  const none = reportOf(0.2, 1, { ownMs: [], farMs: [], problem: 'no networks' })
  expect(none).toMatch(/^A relay of a chain is killed: .*; stopped early: no networks$/m)
  expect(none).toMatch(/^of the others +not measured$/m)
  expect(none).toContain('MISSED  relay killed → a new picture, p50 ≤ 1500 ms: not measured')
})
