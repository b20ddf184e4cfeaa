/** What a link may take, by what is at its other end: an occupant, or a relay that brings a whole room. */
import { relayLimits } from '../limits.ts'

export interface LinkBounds {
  readonly bitrateBps: number
  readonly ssrcsBurst: number
  readonly ssrcsPerSecond: number
  readonly srtpStreamsMax: number
  readonly repairBurstBytes: number
  readonly arrivalsKept: number
  /** Packets whose fate the far end reports; 0: it does not. */
  readonly sentKept: number
}

export const occupantBounds: LinkBounds = {
  bitrateBps: relayLimits.publisherBitrateBps,
  ssrcsBurst: relayLimits.publisherSsrcsBurst,
  ssrcsPerSecond: relayLimits.publisherSsrcsPerSecond,
  srtpStreamsMax: relayLimits.srtpStreamsMax,
  repairBurstBytes: relayLimits.repairBurstBytes,
  arrivalsKept: relayLimits.publisherArrivalsKept,
  sentKept: 0,
}

export const trunkBounds: LinkBounds = {
  bitrateBps: relayLimits.trunkBitrateBps,
  ssrcsBurst: relayLimits.trunkSsrcsBurst,
  ssrcsPerSecond: relayLimits.trunkSsrcsPerSecond,
  srtpStreamsMax: relayLimits.trunkSrtpStreamsMax,
  repairBurstBytes: relayLimits.trunkRepairBurstBytes,
  arrivalsKept: relayLimits.trunkArrivalsKept,
  sentKept: relayLimits.trunkSentKept,
}
