import { occupantIdSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { countsByMid, sampleOf } from './stats.ts'

const occupantId = v.parse(occupantIdSchema, 'o_hosthosthosthost')
const context = {
  atMs: 500,
  receivedOnMid: new Map([
    ['0', { occupantId, source: 'microphone' as const }],
    ['1', { occupantId, source: 'camera' as const }],
  ]),
}
const pair = {
  id: 'P',
  type: 'candidate-pair',
  nominated: true,
  state: 'succeeded',
  localCandidateId: 'L',
  remoteCandidateId: 'R',
  currentRoundTripTime: 0.025,
  availableOutgoingBitrate: 300_000,
  bytesReceived: 900,
  bytesSent: 800,
}
const candidates = [
  { id: 'L', type: 'local-candidate', candidateType: 'host', address: '192.0.2.7' },
  { id: 'R', type: 'remote-candidate', candidateType: 'relay', address: '198.51.100.7' },
]
const inbound = [
  {
    id: 'A',
    type: 'inbound-rtp',
    kind: 'audio',
    mid: '0',
    audioLevel: 0.5,
    packetsReceived: 4,
    packetsLost: 1,
    jitter: 0.002,
  },
  {
    id: 'V',
    type: 'inbound-rtp',
    kind: 'video',
    mid: '1',
    framesDecoded: 30,
    freezeCount: 2,
    packetsReceived: 6,
    jitter: 0.01,
  },
]

describe('a sample of a link', () => {
  test('J4 names how the two ends reach each other, and never their addresses', () => {
    const transport = {
      id: 'T',
      type: 'transport',
      selectedCandidatePairId: 'P',
      bytesReceived: 1_000,
      bytesSent: 2_000,
      packetsReceived: 12,
    }
    const sample = sampleOf([transport, pair, ...candidates, ...inbound], context)
    expect(sample).toEqual({
      answeredChecks: 0,
      isUplinkLimited: false,
      hasUplinkRoom: true,
      received: [
        { occupantId, source: 'microphone', packets: 4, frames: 0 },
        { occupantId, source: 'camera', packets: 6, frames: 30 },
      ],
      atMs: 500,
      localCandidate: 'host',
      remoteCandidate: 'relay',
      rttMs: 25,
      receivedPackets: 12,
      receivedBytes: 1_000,
      sentBytes: 2_000,
      lostPackets: 1,
      jitterMs: 10,
      framesDecoded: 30,
      freezeCount: 2,
      availableOutgoingBps: 300_000,
      heard: [{ occupantId, source: 'microphone', level: 0.5 }],
    })
    expect(JSON.stringify(sample)).not.toMatch(/192\.0|198\.51/)
  })

  test('LK3 browsers without transport statistics are read by their candidate pair', () => {
    const sample = sampleOf([pair, ...candidates, ...inbound], context)
    expect(sample).toMatchObject({
      localCandidate: 'host',
      receivedBytes: 900,
      sentBytes: 800,
      receivedPackets: 10,
    })
    const marked = { ...pair, nominated: false, state: 'in-progress', selected: true }
    expect(sampleOf([marked, ...candidates], context).remoteCandidate).toBe('relay')
  })

  test('FX1 a browser whose checks tell no round trip (Firefox) is read by the reports of the other end, the quickest of them', () => {
    const { currentRoundTripTime: _untold, ...silent } = pair
    const report = (id: string, roundTripTime?: number) => ({ id, type: 'remote-inbound-rtp', roundTripTime })
    const rtt = (...entries: object[]): number | null =>
      sampleOf(
        entries.map((entry) => ({ ...entry })),
        context,
      ).rttMs
    expect(rtt(silent, report('f', 0.109), report('h', 0.011), report('q'))).toBe(11)
    expect(rtt(pair, report('f', 0.011))).toBe(25)
    expect(rtt(silent, report('f'))).toBeNull()
    expect(rtt(silent)).toBeNull()
    const echoed = { ...context, echoMs: 7 }
    expect(sampleOf([silent, report('h', 0.011)], echoed).rttMs).toBe(7)
    expect(sampleOf([pair], echoed).rttMs).toBe(25)
  })

  test.for<[number | undefined, number, boolean]>([
    [2_500_000, 1_000_000, true],
    [2_400_000, 1_000_000, false],
    [100_000, 0, true],
    [undefined, 0, false],
  ])(
    'MG1 an estimate of %s bit/s beside %s that are sent: room for the same again is %s',
    ([room, sent, has]) => {
      const sending = { id: 'O', type: 'outbound-rtp', kind: 'video', targetBitrate: sent }
      const idle = { ...sending, id: 'I', targetBitrate: 5_000_000, active: false }
      const entries = [{ ...pair, availableOutgoingBitrate: room }, sending, idle]
      expect(sampleOf(entries, context).hasUplinkRoom).toBe(has)
    },
  )

  test('an empty or odd report gives a sample without NaN', () => {
    expect(sampleOf([], context)).toMatchObject({
      localCandidate: null,
      rttMs: null,
      receivedBytes: 0,
      jitterMs: null,
    })
    const odd = fc.array(
      fc.dictionary(
        fc.constantFrom(
          'type',
          'id',
          'bytesReceived',
          'packetsLost',
          'jitter',
          'mid',
          'audioLevel',
          'candidateType',
        ),
        fc.oneof(
          fc.constantFrom('transport', 'inbound-rtp', 'candidate-pair', '0'),
          fc.double(),
          fc.constant(null),
        ),
      ),
    )
    fc.assert(
      fc.property(odd, (entries) => {
        const sample = sampleOf(entries, context)
        for (const value of Object.values(sample)) expect(value).not.toBeNaN()
      }),
    )
  })

  test('RL7 a section counts from when it was given to whom it is of now, and never below nothing', () => {
    const since = { packets: 5, frames: 40 }
    const receivedOnMid = new Map([['1', { occupantId, source: 'screen' as const, since }]])
    expect(sampleOf(inbound, { atMs: 0, receivedOnMid }).received).toEqual([
      { occupantId, source: 'screen', packets: 1, frames: 0 },
    ])
    expect(countsByMid(inbound).get('1')).toEqual({ packets: 6, frames: 30 })
    expect(sampleOf([], { atMs: 0, receivedOnMid }).received).toEqual([])
  })

  test('LK3 answers to checks of the pair in use are signs of life', () => {
    expect(sampleOf([{ ...pair, responsesReceived: 7 }], context).answeredChecks).toBe(7)
  })

  test('FX1 the uplink is limited when a picture that is sent is held down by bandwidth, and only then', () => {
    const sent = (more: object) => ({ id: 'O', type: 'outbound-rtp', kind: 'video', ...more })
    const isLimited = (...entries: object[]): boolean =>
      sampleOf(
        entries.map((entry) => ({ ...entry })),
        context,
      ).isUplinkLimited
    expect(isLimited(sent({ qualityLimitationReason: 'bandwidth' }))).toBe(true)
    const limited = sent({ qualityLimitationReason: 'bandwidth' })
    expect(isLimited(limited, { ...pair, availableOutgoingBitrate: limits.uplinkScarceBps })).toBe(false)
    expect(isLimited(limited, pair)).toBe(true)
    expect(isLimited(sent({ qualityLimitationReason: 'cpu' }), sent({}))).toBe(false)
    expect(isLimited(sent({ active: false, qualityLimitationReason: 'bandwidth' }))).toBe(false)
    expect(isLimited({ type: 'outbound-rtp', kind: 'audio', qualityLimitationReason: 'bandwidth' })).toBe(
      false,
    )
  })
})
