import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from './testing/hex.ts'
import { readTransportFeedback, TransportFeedbackWriter } from './transport-cc.ts'
import { readRtcp } from './rtcp.ts'
import { recordingRtcpHandler } from './testing/rtcp-recorder.ts'

interface Report {
  readonly mediaSsrc: number
  readonly feedbackCount: number
  readonly base: number
  readonly statusCount: number
  readonly referenceTimeUs: number
  readonly statuses: readonly (readonly [sequenceNumber: number, isReceived: boolean, deltaUs: number])[]
}

function read(bytes: Uint8Array, offset = 0, length = bytes.length - offset): Report | null {
  let report: Report | null = null
  const statuses: [number, boolean, number][] = []
  const isGood = readTransportFeedback(bytes, offset, length, {
    onFeedback: (mediaSsrc, feedbackCount, base, statusCount, referenceTimeUs) => {
      report = { mediaSsrc, feedbackCount, base, statusCount, referenceTimeUs, statuses }
    },
    onPacketStatus: (...status) => statuses.push(status),
  })
  expect(report !== null).toBe(isGood)
  return report
}

/** Reports until all is covered, as a sender does. */
function writeAll(base: number, arrivalsUs: Float64Array, outBytes = 1_200): readonly Uint8Array[] {
  const writer = new TransportFeedbackWriter()
  const reports: Uint8Array[] = []
  for (let from = 0; from < arrivalsUs.length; from += writer.covered) {
    const out = new Uint8Array(outBytes).fill(0xcc)
    const end = writer.write(
      out,
      0,
      1,
      2,
      reports.length,
      (base + from) & 0xffff,
      arrivalsUs,
      from,
      arrivalsUs.length,
    )
    expect(writer.covered).toBeGreaterThan(0)
    expect(end).toBeLessThanOrEqual(outBytes)
    reports.push(out.slice(0, end))
  }
  return reports
}

/** Reads a report out of its RTCP packet, padding taken off. */
function readPacket(bytes: Uint8Array): Report | null {
  const { handler, said } = recordingRtcpHandler()
  let report: Report | null = null
  const isGood = readRtcp(bytes, bytes.length, {
    ...handler,
    onTransportFeedback: (all, offset, length) => {
      report = read(all, offset, length)
    },
  })
  expect([isGood, said]).toEqual([true, []])
  return report
}

const ms = (...times: readonly (number | null)[]): Float64Array =>
  Float64Array.from(times, (time) => (time === null ? -1 : time * 1_000))

const head = (count: string, reference = '000002'): string =>
  `8fcd0000 00000001 00000002 fffe${count} ${reference}07`

describe('reading', () => {
  it('draft 3.1: who, from where on, how many, since when', () => {
    expect(read(fromHex(`${head('0001')} 2001 04`))).toEqual({
      mediaSsrc: 2,
      feedbackCount: 7,
      base: 0xfffe,
      statusCount: 1,
      referenceTimeUs: 128_000,
      statuses: [[0xfffe, true, 1_000]],
    })
  })

  it('the reference time is signed', () => {
    expect(read(fromHex(`${head('0001', 'ffffff')} 2001 04`))?.referenceTimeUs).toBe(-64_000)
  })

  it('draft 3.1.3: run lengths, over the wrap of the sequence number', () => {
    // Three lost, two with large deltas: 32,767 and −1 ticks.
    expect(read(fromHex(`${head('0005')} 0003 4002 7fff ffff`))?.statuses).toEqual([
      [0xfffe, false, 0],
      [0xffff, false, 0],
      [0, false, 0],
      [1, true, 8_191_750],
      [2, true, -250],
    ])
  })

  it('draft 3.1.4: a vector of 14 one-bit symbols; what is beyond the count means nothing', () => {
    // 10 1010 0000 0011: of four statuses the first and the third were received.
    expect(read(fromHex(`${head('0004')} a803 01 02`))?.statuses.map(([, isReceived]) => isReceived)).toEqual(
      [true, false, true, false],
    )
  })

  it('draft 3.1.4: a vector of 7 two-bit symbols', () => {
    // 11 01 00 10 00 00 00 01: small, lost, large, lost ×3, small.
    expect(
      read(fromHex(`${head('0007')} d201 01 0100 02`))?.statuses.map(([, , deltaUs]) => deltaUs),
    ).toEqual([250, 0, 64_000, 0, 0, 0, 500])
  })

  it('a run longer than the count is cut', () => {
    expect(read(fromHex(`${head('0002')} 2fff 01 02`))?.statuses).toHaveLength(2)
  })

  it.each([
    ['shorter than its head', '8fcd0000 00000001 00000002 fffe0001 000002'],
    ['without chunks', head('0001')],
    ['with half a chunk', `${head('0001')} 20`],
    ['without enough chunks', `${head('0008')} c000`],
    ['without deltas', `${head('0001')} 2001`],
    ['with half a delta', `${head('0001')} 4001 00`],
    ['with a reserved symbol in a run', `${head('0001')} 6001 0000 0000`],
    ['with a reserved symbol in a vector', `${head('0001')} f000 0000 0000`],
    ['with runs of nothing to its end', `${head('0001')} 0000 0000 0000`],
    ['about more packets than a link can have under way', `${head('ffff')} ${'1fff'.repeat(9)}`],
  ])('a report %s says nothing', (_, hex) => {
    expect(read(fromHex(hex))).toBeNull()
  })
})

describe('writing', () => {
  it('a short report, byte by byte', () => {
    // 130 ms = 2 × 64 ms + 8 ticks; then lost; then 5 ms later; then 100 ms later, which takes two bytes.
    const [bytes] = writeAll(0xffff, ms(130, null, 135, 235))
    expect(bytes).toEqual(fromHex('afcd0006 00000001 00000002 ffff0004 00000200 d180 08 14 0190 0002'))
  })

  it('runs take one chunk', () => {
    const arrivalsUs = Float64Array.from({ length: 1_000 }, (_, index) => index * 250)
    const [bytes] = writeAll(0, arrivalsUs, 1_500)
    expect(bytes?.slice(20, 22)).toEqual(fromHex('23e8'))
    expect(bytes).toHaveLength(20 + 2 + 1_000 + 2)
  })

  it('a gap too long for a delta begins another report', () => {
    const reports = writeAll(10, ms(1, 2, 20_000, 20_001))
    expect(
      reports.map((bytes) => readPacket(bytes)?.statuses.map(([sequenceNumber]) => sequenceNumber)),
    ).toEqual([
      [10, 11],
      [12, 13],
    ])
  })

  it('nothing at all received is a report, too', () => {
    expect(writeAll(5, ms(null, null)).map(readPacket)).toMatchObject([
      {
        statuses: [
          [5, false, 0],
          [6, false, 0],
        ],
      },
    ])
  })

  it('rounding does not add up: 1,000 packets 333.3 µs apart', () => {
    const arrivalsUs = Float64Array.from({ length: 1_000 }, (_, index) => index * 333.3)
    const deltas = writeAll(0, arrivalsUs, 1_500).flatMap(
      (bytes) => readPacket(bytes)?.statuses.map((one) => one[2]) ?? [],
    )
    const sumUs = deltas.reduce((sum, deltaUs) => sum + deltaUs, 0)
    expect(Math.abs(sumUs - 999 * 333.3)).toBeLessThanOrEqual(125)
  })

  it('the reference time wraps after 12 days', () => {
    const lateUs = 2 ** 24 * 64_000 + 64_000 * 3 + 500
    expect(readPacket(writeAll(0, Float64Array.of(lateUs))[0]!)).toMatchObject({
      referenceTimeUs: 192_000,
      statuses: [[0, true, 500]],
    })
  })

  it('any loss, jitter and reordering, in arrays of any size: what is read is what arrived, within half a tick', () => {
    const gap = fc.oneof(
      fc.integer({ min: 0, max: 30_000 }),
      fc.integer({ min: -2_000, max: 400_000 }),
      fc.integer({ min: 0, max: 20_000_000 }),
    )
    const packet = fc.oneof(
      { weight: 5, arbitrary: gap.map((gapUs) => [{ gapUs }]) },
      {
        weight: 2,
        arbitrary: fc.integer({ min: 1, max: 40 }).map((length) => Array.from({ length }, () => null)),
      },
      {
        weight: 1,
        arbitrary: fc
          .integer({ min: 1, max: 60 })
          .map((length) => Array.from({ length }, () => ({ gapUs: 900 }))),
      },
    )
    const packets = fc.array(packet, { minLength: 1, maxLength: 60 }).map((all) => all.flat())
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        packets,
        fc.integer({ min: 40, max: 1_200 }),
        (base, all, room) => {
          let nowUs = 1_000_000
          const arrivalsUs = Float64Array.from(all, (one) =>
            one === null ? -1 : (nowUs = Math.max(0, nowUs + one.gapUs)),
          )
          const readBack: number[] = []
          for (const bytes of writeAll(base, arrivalsUs, room)) {
            const report = readPacket(bytes)
            let atUs = report?.referenceTimeUs ?? 0
            for (const [sequenceNumber, isReceived, deltaUs] of report?.statuses ?? []) {
              expect(sequenceNumber).toBe((base + readBack.length) & 0xffff)
              atUs += deltaUs
              readBack.push(isReceived ? atUs : -1)
            }
          }
          expect(readBack).toHaveLength(arrivalsUs.length)
          for (const [index, arrivalUs] of arrivalsUs.entries()) {
            if (arrivalUs < 0) expect(readBack[index]).toBe(-1)
            else expect(Math.abs((readBack[index] ?? 0) - arrivalUs)).toBeLessThanOrEqual(125)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

it('any bytes: never throws, reads nothing after the length', () => {
  const statuses = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.uint8Array({ maxLength: 60 }))
  const plausible = statuses.map(([count, rest]) =>
    Uint8Array.of(...fromHex(head(count.toString(16).padStart(4, '0'))), ...rest),
  )
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ maxLength: 80 }), plausible),
      fc.uint8Array({ maxLength: 40 }),
      (bytes, after) => {
        const report = read(bytes)
        expect(read(Uint8Array.of(...bytes, ...after), 0, bytes.length)).toEqual(report)
        if (report) expect(report.statuses).toHaveLength(report.statusCount)
      },
    ),
    { numRuns: 1_000 },
  )
})
