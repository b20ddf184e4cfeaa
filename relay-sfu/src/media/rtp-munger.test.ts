import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { RtpMunger } from './rtp-munger.ts'

const clockRateHz = 90_000
const newMunger = (sequence = 0, timestamp = 0): RtpMunger<string> =>
  new RtpMunger<string>(clockRateHz, sequence, timestamp)

/** What a slot does with a packet of its current source. */
function send(munger: RtpMunger<string>, source: string, sequence: number, timestamp: number, atMs: number) {
  const epoch = munger.epochOf(source, sequence)
  if (!epoch) return null
  const outgoing = epoch.sequences.map(sequence)
  if (outgoing === -1) return null
  const outgoingTimestamp = (timestamp + epoch.timestampOffset) >>> 0
  munger.noteSent(outgoing, outgoingTimestamp, atMs)
  return { outgoing, timestamp: outgoingTimestamp }
}

describe('RTP munger', () => {
  test('T1: a switch continues the sequence numbers, and the timestamps by the time that passed', () => {
    const munger = newMunger(10, 1_000)
    munger.switchTo('a', 500, 777_777, 0)
    const first = send(munger, 'a', 500, 777_777, 0)
    munger.switchTo('b', 9_000, 5, 40)
    const second = send(munger, 'b', 9_000, 5, 40)
    expect(first).toEqual({ outgoing: 65_546, timestamp: 1_000 })
    expect(second).toEqual({ outgoing: 65_547, timestamp: 1_000 + 40 * 90 })
  })

  test('timestamps wrap with the 32 bits of the wire', () => {
    const munger = newMunger(0, 0xff_ff_ff_ff)
    munger.switchTo('a', 500, 0, 0)
    send(munger, 'a', 500, 0, 0)
    munger.switchTo('b', 1, 0, 10)
    expect(send(munger, 'b', 1, 0, 10)?.timestamp).toBe(899)
  })

  test('two pictures never share a timestamp, even when a switch takes no time', () => {
    const munger = newMunger()
    munger.switchTo('a', 500, 0, 5)
    const first = send(munger, 'a', 500, 0, 5)
    munger.switchTo('b', 1, 0, 5)
    expect(send(munger, 'b', 1, 0, 5)?.timestamp).toBe((first?.timestamp ?? 0) + 90)
  })

  test('a late packet of the layer before the switch still finds its place', () => {
    const munger = newMunger()
    munger.switchTo('a', 500, 0, 0)
    send(munger, 'a', 500, 0, 0)
    const after = send(munger, 'a', 502, 0, 0)
    munger.switchTo('b', 1, 0, 10)
    const late = send(munger, 'a', 501, 0, 11)
    expect(late?.outgoing).toBe((after?.outgoing ?? 0) - 1)
    expect(send(munger, 'a', 503, 0, 11)).toBe(null)
  })

  test('what was sent during a mute has no place afterwards, however late it comes', () => {
    const munger = newMunger()
    munger.switchTo('a', 500, 0, 0)
    send(munger, 'a', 500, 0, 0)
    munger.closeCurrent()
    munger.switchTo('a', 600, 0, 1_000)
    const resumed = send(munger, 'a', 600, 0, 1_000)
    expect(send(munger, 'a', 550, 0, 1_010)).toBe(null)
    expect(resumed?.outgoing).toBe(65_537)
  })

  test('an outgoing number leads back to the epoch that gave it out, until the source is forgotten', () => {
    const munger = newMunger()
    munger.switchTo('a', 500, 0, 0)
    send(munger, 'a', 500, 0, 0)
    munger.switchTo('b', 1, 0, 10)
    send(munger, 'b', 1, 0, 10)
    expect(munger.epochOfOutgoing(65_536)?.source).toBe('a')
    expect(munger.epochOfOutgoing(65_537)?.source).toBe('b')
    expect(munger.epochOfOutgoing(65_538)).toBe(null)
    munger.forgetSources()
    expect(munger.epochOfOutgoing(65_537)).toBe(null)
  })

  const step = fc.record({
    source: fc.constantFrom('a', 'b', 'c'),
    /** How far the packet lies from the newest of its source: reordered and lost ones. */
    skew: fc.integer({ min: -5, max: 3 }),
    switches: fc.boolean(),
    mutes: fc.boolean(),
    gapMs: fc.nat(50),
  })

  test('T1: over loss, reordering, duplication, wraps, mutes and switches the row has no duplicate and no hole of its own', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.nat(0xff_ff), (steps, first) => {
        const munger = newMunger(first, 0xff_ff_f0_00)
        const newest = new Map([
          ['a', 65_500],
          ['b', 130_000],
          ['c', 70_000],
        ])
        const packets = new Map<number, string>()
        let current = ''
        let nowMs = 0
        let highest = 0
        for (const { source, skew, switches, mutes, gapMs } of steps) {
          nowMs += gapMs
          if (mutes) munger.closeCurrent()
          const sequence = (newest.get(source) ?? 0) + 1 + skew
          newest.set(source, Math.max(newest.get(source) ?? 0, sequence))
          const starts = munger.current === null || (switches && source !== current)
          if (starts) {
            munger.switchTo(source, sequence, sequence * 3_000, nowMs)
            current = source
          }
          const sent = send(munger, source, sequence, sequence * 3_000, nowMs)
          if (starts && packets.size > 0) expect(sent?.outgoing).toBe(highest + 1)
          if (!sent) continue
          const packet = `${source}${sequence}`
          expect(packets.get(sent.outgoing) ?? packet).toBe(packet)
          packets.set(sent.outgoing, packet)
          highest = Math.max(highest, sent.outgoing)
          const epoch = munger.epochOfOutgoing(sent.outgoing)
          expect(`${epoch?.source}${epoch?.sequences.reverse(sent.outgoing)}`).toBe(packet)
        }
      }),
    )
  })
})
