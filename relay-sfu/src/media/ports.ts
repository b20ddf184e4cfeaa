/**
 * What a media thread's logic (engine.ts) asks of the outside. Time arrives as an argument (`nowMs`, one monotonic clock),
 * chance through `random32`, cryptography and the network through these ports.
 */
import type { LinkIndex, MediaEvent, SrtpKeys } from './boundary.ts'

/**
 * SRTP of one link (RFC 3711, RFC 7714), both directions. Works in place: a packet stands at the start of `bytes`, which has
 * room for `srtpOverheadBytes` more. Answers the new length, or a negative code of `srtpFailures`.
 */
export interface SrtpLink {
  protectRtp(bytes: Uint8Array, length: number): number
  protectRtcp(bytes: Uint8Array, length: number): number
  unprotectRtp(bytes: Uint8Array, length: number): number
  unprotectRtcp(bytes: Uint8Array, length: number): number
}

export const srtpFailures = { malformed: -1, badTag: -2, replay: -3 } as const

/** The 16-byte tag of GCM and the 4-byte index of SRTCP; more than any profile of ours adds. */
export const srtpOverheadBytes = 20

export interface MediaPorts {
  /** See io/back-end.ts: a free slot, to be filled and then queued or released. */
  readonly acquire: () => Uint8Array
  /** Sends `length` bytes of the slot to where the link is now; a link without an address swallows them. */
  readonly queue: (slot: Uint8Array, length: number, link: LinkIndex) => void
  readonly release: (slot: Uint8Array) => void
  /** `streamsMax`: SSRCs of one direction, more are refused; without it, as many as an occupant needs. */
  readonly makeSrtp: (keys: SrtpKeys, streamsMax?: number) => SrtpLink
  /** 32 fresh random bits as an unsigned number (first sequence numbers and timestamps, RFC 3550 section 5.1). */
  readonly random32: () => number
  /** Wall-clock milliseconds since 1970 for an instant of `nowMs`' clock (NTP timestamps of sender reports). */
  readonly wallClockMs: (nowMs: number) => number
  readonly emit: (event: MediaEvent) => void
}
