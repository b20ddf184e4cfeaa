import { describe, expect, test } from 'vitest'
import { fates, SentPackets } from './sent-packets.ts'

const kept = 64

describe('sent packets', () => {
  test('each is received once, over the wrap, with what was noted of it', () => {
    const sent = new SentPackets(kept)
    for (const [at, number] of [65_534, 65_535, 0, 1].entries()) sent.note(number, 100 + at, 10 * at)
    expect(sent.settle(0, true)).toBe(fates.received)
    expect([sent.bytes, sent.sentMs]).toEqual([102, 20])
    expect(sent.settle(65_535, true)).toBe(fates.received)
    expect([sent.bytes, sent.sentMs]).toEqual([101, 10])
    expect(sent.settle(0, true)).toBe(fates.nothing)
    expect(sent.settle(0, false)).toBe(fates.nothing)
  })

  test('what is reported lost is lost once, and may still come', () => {
    const sent = new SentPackets(kept)
    sent.note(5, 100, 0)
    expect([false, false, true, true, false].map((isReceived) => sent.settle(5, isReceived))).toEqual([
      fates.lost,
      fates.nothing,
      fates.recovered,
      fates.nothing,
      fates.nothing,
    ])
  })

  test('what was never sent, was left out, or is long forgotten, is nothing', () => {
    const sent = new SentPackets(kept)
    expect(sent.settle(5, true)).toBe(fates.nothing)
    sent.note(5, 100, 0)
    sent.note(8, 100, 0)
    expect([4, 6, 7, 9].map((number) => sent.settle(number, true))).toEqual([0, 0, 0, 0])
    sent.note(5 + kept, 100, 0)
    expect(sent.settle(5, false)).toBe(fates.nothing)
    expect(sent.settle(8, false)).toBe(fates.lost)
    // More than the ring holds are left out at once.
    sent.note(20_000, 100, 0)
    expect([8, 5 + kept, 19_990].map((number) => sent.settle(number, true))).toEqual([0, 0, 0])
    expect(sent.settle(20_000, true)).toBe(fates.received)
  })
})
