/**
 * Decides: how the time of a clock stands in RTCP (RFC 3550, section 4).
 * Does not decide: whose clock it is.
 * Invariants: milliseconds since 1970 in, NTP out, and back; the 2036 roll-over is not handled, as nowhere in WebRTC.
 */

/** Seconds from 1900 to 1970. */
const epochSeconds = 2_208_988_800

export const ntpSeconds = (unixMs: number): number => Math.floor(unixMs / 1_000) + epochSeconds

export const ntpFraction = (unixMs: number): number =>
  Math.floor(((unixMs % 1_000) / 1_000) * 0x1_00_00_00_00) >>> 0

export const unixMsOfNtp = (seconds: number, fraction: number): number =>
  (seconds - epochSeconds) * 1_000 + (fraction * 1_000) / 0x1_00_00_00_00

/** The middle 32 bits: 1/65,536 s, as LSR has them (RFC 3550, section 6.4.1). */
export const middleOfNtp = (seconds: number, fraction: number): number =>
  (((seconds & 0xff_ff) << 16) | (fraction >>> 16)) >>> 0

/** What a report block says of the way there and back; −1 when it names no SR of ours. */
export function roundTripMs(nowUnixMs: number, lastSr: number, delaySinceLastSr: number): number {
  if (lastSr === 0) return -1
  const now = middleOfNtp(ntpSeconds(nowUnixMs), ntpFraction(nowUnixMs))
  return ((now - lastSr - delaySinceLastSr) | 0) / 65.536
}
