import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TransportFeedbackWriter } from '../wire/transport-cc.ts'
import { SendSideEstimate } from './send-side-estimate.ts'
import { EstimatedSender } from './testing/estimated-sender.ts'
import { LossyPath } from './testing/lossy-path.ts'
import { seededRandom } from './testing/random.ts'

const mbit = 1_000_000
const good = { delayMs: 30, jitterMs: 2, lossShare: 0, duplicateShare: 0 }
/** A link of so many bits/s with a queue of half a second. */
const narrow = (bitrateBps: number) => ({ ...good, bitrateBps, queueMaxMs: 500 })

function sending(wantsBps: number, quality: LossyPath['quality'], back = good, seed = 1): EstimatedSender {
  const random = seededRandom(seed)
  const path = new LossyPath(quality, random, (bytes, nowMs) => sender.arrive(bytes, nowMs))
  const sender: EstimatedSender = new EstimatedSender(wantsBps, path, back, random)
  return sender
}

/** Answers the worst queue and what arrived, each second. */
function run(sender: EstimatedSender, fromMs: number, toMs: number) {
  const seconds: { readonly bps: number; readonly queueMs: number; readonly estimateBps: number }[] = []
  let before = sender.arrivedBits
  sender.worstQueueMs = 0
  for (let nowMs = fromMs + 1; nowMs <= toMs; nowMs += 1) {
    sender.step(nowMs)
    if (nowMs % 1_000 !== 0) continue
    const { arrivedBits, worstQueueMs, estimate } = sender
    seconds.push({ bps: arrivedBits - before, queueMs: worstQueueMs, estimateBps: estimate.bitrateBps })
    before = arrivedBits
    sender.worstQueueMs = 0
  }
  return seconds
}

describe('what a link carries', () => {
  test('without a sign of trouble there is no bound', () => {
    const sender = sending(3 * mbit, good)
    run(sender, 0, 5_000)
    expect(sender.estimate.isAnswered).toBe(true)
    expect(sender.estimate.bitrateBps).toBe(Infinity)
  })

  test.each([1, 2, 10])('is found by who sends three times too much: %i Mbit/s', (capacityMbit) => {
    const sender = sending(3 * capacityMbit * mbit, narrow(capacityMbit * mbit))
    const seconds = run(sender, 0, 20_000)
    for (const { estimateBps } of seconds.slice(2)) {
      expect(estimateBps / (capacityMbit * mbit)).toBeGreaterThan(0.6)
      expect(estimateBps / (capacityMbit * mbit)).toBeLessThan(1.05)
    }
    // A frame at once is 33 ms of the link.
    for (const { queueMs } of seconds.slice(6)) expect(queueMs).toBeLessThan(100)
  })

  test('is followed down within a second, and the queue is gone soon', () => {
    const sender = sending(2.5 * mbit, narrow(4 * mbit))
    run(sender, 0, 5_000)
    expect(sender.estimate.bitrateBps).toBe(Infinity)
    sender.path.quality = narrow(2 * mbit)
    const seconds = run(sender, 5_000, 10_000)
    expect(seconds[0]?.estimateBps).toBeLessThan(2 * mbit)
    for (const { queueMs } of seconds.slice(1)) expect(queueMs).toBeLessThan(150)
  })

  test('to a quarter at once as well', () => {
    const sender = sending(3 * mbit, narrow(4 * mbit))
    run(sender, 0, 5_000)
    sender.path.quality = narrow(mbit)
    const seconds = run(sender, 5_000, 15_000)
    expect(seconds[1]?.estimateBps).toBeLessThan(1.05 * mbit)
    expect(seconds.at(-1)?.queueMs).toBeLessThan(100)
    for (const { estimateBps } of seconds) expect(estimateBps).toBeGreaterThan(0.6 * mbit)
  })

  test('and up again: 8 % a second, while it is used', () => {
    const sender = sending(3 * mbit, narrow(mbit))
    run(sender, 0, 10_000)
    sender.path.quality = narrow(4 * mbit)
    const seconds = run(sender, 10_000, 40_000)
    expect(seconds.at(-1)?.estimateBps).toBeGreaterThan(2 * mbit)
    expect(seconds.at(-1)?.queueMs).toBeLessThan(100)
  })

  test('a queue too short to be seen is known by what it loses', () => {
    const sender = sending(6 * mbit, { ...narrow(2 * mbit), queueMaxMs: 20 })
    const seconds = run(sender, 0, 15_000)
    // Up to a tenth of loss is borne (section 6), and repaired.
    for (const { estimateBps, bps } of seconds.slice(4)) {
      expect(estimateBps).toBeLessThan(1.15 * 2 * mbit)
      expect(bps).toBeGreaterThan(0.6 * 2 * mbit)
    }
  })

  test.each([1, 2, 3])('2 %% of loss by chance does not lower it (seed %i)', (seed) => {
    const sender = sending(3 * mbit, { ...good, lossShare: 0.02 }, good, seed)
    run(sender, 0, 20_000)
    expect(sender.estimate.bitrateBps).toBe(Infinity)
  })

  test('nor do packets that overtake each other, and reports that are lost, late or doubled', () => {
    const rough = { delayMs: 30, jitterMs: 40, lossShare: 0.2, duplicateShare: 0.2 }
    const sender = sending(3 * mbit, { ...good, jitterMs: 15, duplicateShare: 0.05 }, rough)
    run(sender, 0, 20_000)
    expect(sender.estimate.bitrateBps).toBe(Infinity)
  })

  test('lost reports do not make the link look narrower', () => {
    const sender = sending(6 * mbit, narrow(2 * mbit), { ...good, lossShare: 0.2 })
    for (const { estimateBps } of run(sender, 0, 20_000).slice(2)) {
      expect(estimateBps).toBeGreaterThan(0.6 * 2 * mbit)
      expect(estimateBps).toBeLessThan(1.05 * 2 * mbit)
    }
  })

  test('who sends little for a while keeps what was known: neither more nor less', () => {
    const sender = sending(6 * mbit, narrow(2 * mbit))
    run(sender, 0, 8_000)
    const knownBps = sender.estimate.bitrateBps
    sender.wantsBps = 0.2 * mbit
    for (const { estimateBps } of run(sender, 8_000, 68_000)) {
      expect(estimateBps / knownBps).toBeGreaterThan(0.99)
      expect(estimateBps / knownBps).toBeLessThan(1.1)
    }
  })

  test('a pause before trouble makes what was sent no less', () => {
    const lossy = { ...good, lossShare: 0.25 }
    const sender = sending(3 * mbit, good)
    run(sender, 0, 3_000)
    sender.wantsBps = 0
    run(sender, 3_000, 63_000)
    sender.wantsBps = 3 * mbit
    sender.path.quality = lossy
    run(sender, 63_000, 65_000)
    expect(sender.estimate.bitrateBps).toBeGreaterThan(2 * mbit)
    expect(sender.estimate.bitrateBps).toBeLessThan(3 * mbit)

    const other = sending(3 * mbit, narrow(4 * mbit))
    run(other, 0, 3_000)
    other.wantsBps = 0
    run(other, 3_000, 63_000)
    other.wantsBps = 3 * mbit
    other.path.quality = narrow(1.5 * mbit)
    run(other, 63_000, 65_000)
    expect(other.estimate.bitrateBps).toBeGreaterThan(0.75 * 1.5 * mbit)
    expect(other.estimate.bitrateBps).toBeLessThan(1.05 * 1.5 * mbit)
  })

  test('two who share a link share it, and neither starves', () => {
    const random = seededRandom(2)
    const both: EstimatedSender[] = []
    const path = new LossyPath(narrow(4 * mbit), random, (bytes, nowMs) => {
      for (const one of both) one.arrive(bytes, nowMs)
    })
    for (const flow of [0, 1]) both.push(new EstimatedSender(3 * mbit, path, good, random, flow))
    const [first, second] = both
    for (let nowMs = 1; nowMs <= 40_000; nowMs += 1) {
      first?.step(nowMs)
      if (nowMs > 5_000) second?.step(nowMs)
      if (nowMs !== 10_000) continue
      for (const one of both) one.arrivedBits = 0
    }
    const shares = both.map(({ arrivedBits }) => arrivedBits / (30 * 4 * mbit))
    for (const share of shares) expect(share).toBeGreaterThan(0.25)
    expect((shares[0] ?? 0) + (shares[1] ?? 0)).toBeGreaterThan(0.75)
  })
})

describe('what a far end may report', () => {
  test('any bytes leave a bound above the least, and no other state than reports can', () => {
    const heads = fc.tuple(fc.nat(0xff_ff), fc.nat(2_000), fc.uint8Array({ minLength: 4, maxLength: 4 }))
    const report = fc.tuple(heads, fc.uint8Array({ maxLength: 120 })).map(([[base, count, rest], body]) => {
      const head = [0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, base >> 8, base & 255, count >> 8, count & 255]
      return Uint8Array.from([...head, ...rest, ...body])
    })
    fc.assert(
      fc.property(
        fc.array(fc.oneof(report, fc.uint8Array({ maxLength: 60 })), { maxLength: 60 }),
        fc.nat(0xff_ff),
        (reports, from) => {
          const estimate = new SendSideEstimate(1_024)
          let nowMs = 1
          for (const [at, bytes] of reports.entries()) {
            for (let packet = 0; packet < 40; packet += 1) {
              estimate.noteSent((from + 40 * at + packet) & 0xff_ff, 1_200, nowMs)
            }
            nowMs += 50
            estimate.noteFeedback(bytes, 0, bytes.length, nowMs)
            expect(estimate.bitrateBps).toBeGreaterThanOrEqual(100_000)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a report that was overtaken, or comes again, changes nothing', () => {
    const writer = new TransportFeedbackWriter()
    /** Each packet 12 ms, then 20 ms after the one before it, which were sent 10 ms apart: a queue that grows. */
    const arrivalsUs = Float64Array.from(
      { length: 400 },
      (_, at) => at * 12_000 + Math.max(0, at - 200) * 8_000,
    )
    const reports = Array.from({ length: 80 }, (_, at) => {
      const out = new Uint8Array(200)
      return out.slice(0, writer.write(out, 0, 1, 2, at, 5 * at, arrivalsUs, 5 * at, 5 * at + 5))
    })
    const boundOf = (order: readonly number[]): readonly number[] => {
      const estimate = new SendSideEstimate(1_024)
      for (let number = 0; number < 400; number += 1) estimate.noteSent(number, 1_200, number * 10)
      return order.map((at) => {
        const bytes = reports[at] ?? new Uint8Array(0)
        estimate.noteFeedback(bytes, 0, bytes.length, 5_000 + 50 * at)
        return estimate.bitrateBps
      })
    }
    const inOrder = boundOf(reports.map((_, at) => at))
    expect(inOrder.at(-1)).toBeLessThan(mbit)
    const doubled = boundOf(reports.flatMap((_, at) => [at, at, Math.max(0, at - 7)]))
    expect(doubled.filter((_, at) => at % 3 === 0)).toEqual(inOrder)
  })

  test('clocks and reference times that wrap are no delay', () => {
    const writer = new TransportFeedbackWriter()
    const estimate = new SendSideEstimate(1_024)
    // 24 bits of 64 ms, half of them, and the sign between.
    for (const baseMs of [2 ** 23 * 64 - 10_000, 2 ** 24 * 64 - 10_000]) {
      for (let report = 0; report < 400; report += 1) {
        const sentMs = baseMs + 50 * report
        const arrivalsUs = Float64Array.from({ length: 5 }, (_, at) => (sentMs + 10 * at + 30) * 1_000)
        for (let at = 0; at < 5; at += 1)
          estimate.noteSent((5 * report + at) & 0xff_ff, 1_200, sentMs + 10 * at)
        const out = new Uint8Array(200)
        const length = writer.write(out, 0, 1, 2, report & 255, (5 * report) & 0xff_ff, arrivalsUs, 0, 5)
        expect(estimate.noteFeedback(out, 0, length, sentMs + 100)).toBe(true)
      }
      expect(estimate.bitrateBps).toBe(Infinity)
    }
  })
})
