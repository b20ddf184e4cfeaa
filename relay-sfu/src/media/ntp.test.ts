import { describe, expect, test } from 'vitest'
import { middleOfNtp, ntpFraction, ntpSeconds, roundTripMs, unixMsOfNtp } from './ntp.ts'

describe('NTP', () => {
  test('goes there and back within a microsecond', () => {
    const unixMs = 1_795_750_000_123.25
    expect(unixMsOfNtp(ntpSeconds(unixMs), ntpFraction(unixMs))).toBeCloseTo(unixMs, 3)
    expect(ntpSeconds(0)).toBe(2_208_988_800)
  })

  test('the round trip is what passed less what the far end waited (RFC 3550, section 6.4.1)', () => {
    const sentMs = 1_795_750_000_900
    const lastSr = middleOfNtp(ntpSeconds(sentMs), ntpFraction(sentMs))
    expect(roundTripMs(sentMs + 250, lastSr, Math.round(200 * 65.536))).toBeCloseTo(50, 0)
    expect(roundTripMs(sentMs, 0, 0)).toBe(-1)
  })
})
