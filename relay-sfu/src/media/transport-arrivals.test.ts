import { describe, expect, test } from 'vitest'
import { readTransportFeedback, TransportFeedbackWriter } from '../wire/transport-cc.ts'
import { TransportArrivals } from './transport-arrivals.ts'

const writer = new TransportFeedbackWriter()
const kept = 1_024

/** The numbers that the next reports call received, and those they call lost. */
function reported(arrivals: TransportArrivals): { readonly received: number[]; readonly lost: number[] } {
  const out = new Uint8Array(1_200)
  const received: number[] = []
  const lost: number[] = []
  while (arrivals.isDue) {
    const length = arrivals.write(out, writer, 1, 2)
    const isGood = readTransportFeedback(out, 0, length, {
      onFeedback: () => undefined,
      onPacketStatus: (number, isReceived) => (isReceived ? received : lost).push(number),
    })
    expect(isGood).toBe(true)
  }
  return { received, lost }
}

const noted = (numbers: readonly number[]): TransportArrivals => {
  const arrivals = new TransportArrivals(kept)
  for (const [at, number] of numbers.entries()) arrivals.note(number, at)
  return arrivals
}

describe('transport arrivals', () => {
  test('one row over the wrap, with what is missing in it', () => {
    const arrivals = noted([65_534, 65_535, 1, 2])
    expect(reported(arrivals)).toEqual({ received: [65_534, 65_535, 1, 2], lost: [0] })
    expect(arrivals.isDue).toBe(false)
  })

  test('what comes after its report is reported again, and what was reported with it stays received', () => {
    const arrivals = noted([10, 12, 13])
    reported(arrivals)
    arrivals.note(11, 60)
    arrivals.note(14, 61)
    expect(reported(arrivals)).toEqual({ received: [11, 12, 13, 14], lost: [] })
  })

  test('a sender that begins anew far away is followed', () => {
    const arrivals = noted([10, 11])
    reported(arrivals)
    arrivals.note(20_000, 60)
    expect(reported(arrivals)).toEqual({ received: [20_000], lost: [] })
  })

  test('the ring behind it has no seam', () => {
    const arrivals = new TransportArrivals(kept)
    for (let number = 0; number < 5_000; number += 1) {
      arrivals.note(number, number)
      if (number % 100 === 99) {
        expect(reported(arrivals).received).toEqual(Array.from({ length: 100 }, (_, at) => number - 99 + at))
      }
    }
  })

  test('a long silence between two packets ends in two reports or none, never in a loop', () => {
    const arrivals = noted([1])
    arrivals.note(2, 60_000)
    expect(reported(arrivals).received).toEqual([1, 2])
  })

  test('who reports too late tells of the newest ones, each once', () => {
    const arrivals = noted(Array.from({ length: 3 * kept }, (_, number) => number))
    expect(reported(arrivals).received).toEqual(Array.from({ length: kept }, (_, at) => 2 * kept + at))
  })
})
