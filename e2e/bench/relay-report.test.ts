import { expect, test } from 'vitest'
import type { FirstFrame } from './contestant.ts'
import type { NetworkFigures } from './relay-network.ts'
import { relayReport, type RelayResult } from './relay-report.ts'
import type { UplinkLook } from './relay-uplink.ts'

const stage = (
  name: string,
  offeredPerSecond: number,
  cpuUsPerPacket: number,
): NetworkFigures['forwarding'][number] => ({
  figures: {
    name,
    profile: 'aead-aes-128-gcm',
    offeredPerSecond,
    forwardedPerSecond: offeredPerSecond,
    lostShare: 0,
    cpuUsPerPacket,
    cpuShare: 0.5,
    rssMegabytes: 160,
    drops: {},
  },
  floor: { offeredPerSecond, cpuUsPerPacket: 14 },
})

const look = (afterMs: number, availableBps: number): UplinkLook => ({
  afterMs,
  availableBps,
  targetBps: 1_700_000,
  width: 1_280,
  framesPerSecond: 20,
})
const join = (firstFrameMs: number): FirstFrame => ({ firstFrameMs, marks: { answered: 20, connected: 90 } })

interface Figures {
  readonly cpuUsPerPacket: number
  readonly kilobytesPerLink: number
  readonly addedMs: number
  readonly relayBps: number
  readonly relayFrameMs: number
}

const result = (figures: Figures): RelayResult => ({
  load: [0.5, 2],
  cores: 2,
  network: {
    joining: {
      joins: 56,
      cpuMsPerJoin: 8,
      controlCpuMsPerJoin: 5,
      emptyMegabytes: 150,
      fewLinks: 8,
      manyLinks: 64,
      kilobytesPerLink: figures.kilobytesPerLink,
      floorCpuMs: 0.2,
    },
    delay: {
      packetsPerSecond: 200,
      directMs: [0.1, 0.1, 0.2],
      relayMs: [0.1, 0.1, 0.2].map((ms) => ms + figures.addedMs),
    },
    forwarding: [stage('1 → 16', 8_000, 35), stage('1 → 16', 32_000, figures.cpuUsPerPacket)],
  },
  browsers: {
    mesh: [join(350), join(360)],
    relay: [join(figures.relayFrameMs)],
    meshUplink: [[look(2_000, 3_500_000), look(5_000, 3_600_000)]],
    relayUplink: [[look(2_000, figures.relayBps), look(5_000, 3_600_000)]],
  },
})

const good: Figures = {
  cpuUsPerPacket: 19,
  kilobytesPerLink: 150,
  addedMs: 0.2,
  relayBps: 3_400_000,
  relayFrameMs: 280,
}

test('every target is named with its figure, met or not', () => {
  expect(relayReport(result(good)).text).not.toContain('MISSED')
  const bad = { cpuUsPerPacket: 40, kilobytesPerLink: 500, addedMs: 3, relayBps: 400_000, relayFrameMs: 700 }
  const missed = relayReport(result(bad)).text.match(/^MISSED.*$/gm)
  expect(missed).toEqual([
    'MISSED  1 → 16 at 32,000/s ≤ 20 µs/packet: 40.0 µs/packet',
    'MISSED  memory per link ≤ 240 kB: 500 kB',
    'MISSED  added by the hop, p50 ≤ 0.3 ms: 3.00 ms',
    'MISSED  added by the hop, p99 ≤ 2 ms: 3.00 ms',
    'MISSED  publisher’s estimate after 2 s ≥ 0.9 of peer to peer: 400 kbit/s against 3500 kbit/s',
    'MISSED  click → first frame, relay p50 ≤ 300 ms: 700 ms',
  ])
})

test('a figure of the relay stands beside its floor or its peer', () => {
  const { text } = relayReport(result(good))
  expect(text).toMatch(/^1 → 16, GCM +32000 +32000 +0.0% +19.0 +14.0/m)
  expect(text).toContain('p50    relay 0.30 ms   loopback alone 0.10 ms   the hop adds 0.20 ms')
  expect(text).toMatch(/^mesh +after 2 s +3500 kbit\/s/m)
  expect(text).toMatch(/^relay +after 2 s +3400 kbit\/s/m)
})

test('a relayed join is told leg by leg', () => {
  expect(relayReport(result(good)).text).toContain(
    'click → ticket 20 ms · ticket → connected 70 ms · connected → first frame 190 ms',
  )
})
