/** Holds a sender to a share of what it takes now, so that a second path fits through the same uplink; without negotiation. */
import type { Source } from '@video-room/shared/source.ts'

/** Less saves nothing, and a sender that has only begun would be held to its first steps. */
const leastBps = 250_000
/** A camera at 720p, where neither a bound nor a measure is known. */
const usualBps = 1_700_000

/** The senders of one link. */
export class CappedSenders {
  /** What those that are held down may take otherwise. */
  readonly #bounds = new Map<Source, Bounds>()

  /** To this share of what it takes now, or let go (null). */
  async cap(source: Source, sender: RTCRtpSender, share: number | null): Promise<void> {
    const before = this.#bounds.get(source)
    this.#bounds.delete(source)
    if (before !== undefined) await uncapSender(sender, before)
    if (share === null || sender.track === null) return
    const bounds = await capSender(sender, share)
    if (bounds !== null) this.#bounds.set(source, bounds)
  }

  /** Its bounds are set anew by someone else. */
  forget(source: Source): void {
    this.#bounds.delete(source)
  }
}

/** By encoding: what was allowed before; undefined = no bound of ours. */
type Bounds = readonly (number | undefined)[]

/** Answers what to give back to `uncapSender`; null = nothing was changed. Never rejects. */
async function capSender(sender: RTCRtpSender, share: number): Promise<Bounds | null> {
  try {
    const sent = await sentBps(sender)
    // Read and set in one task: parameters are stale in the next.
    const parameters = sender.getParameters()
    const before = parameters.encodings.map(({ maxBitrate }) => maxBitrate)
    parameters.encodings.forEach((encoding, index) => {
      const allowed = encoding.maxBitrate ?? Number.POSITIVE_INFINITY
      const bps = Math.min(allowed, sent.get(encoding.rid ?? index) ?? allowed)
      const held = Math.round(share * (Number.isFinite(bps) ? bps : usualBps))
      encoding.maxBitrate = Math.min(allowed, Math.max(held, leastBps))
    })
    await sender.setParameters(parameters)
    return before
  } catch {
    // The link ended meanwhile, or an offer is out: both paths share the uplink as the browser likes.
    return null
  }
}

async function uncapSender(sender: RTCRtpSender, before: Bounds): Promise<void> {
  try {
    const parameters = sender.getParameters()
    parameters.encodings.forEach((encoding, index) => {
      const maxBitrate = before[index]
      if (maxBitrate === undefined) delete encoding.maxBitrate
      else encoding.maxBitrate = maxBitrate
    })
    await sender.setParameters(parameters)
  } catch {
    // The link ended meanwhile.
  }
}

/** What the encoder aims at, by layer, or by position where there are none. */
async function sentBps(sender: RTCRtpSender): Promise<ReadonlyMap<string | number, number>> {
  const sent = new Map<string | number, number>()
  const report = await sender.getStats()
  report.forEach((entry: Readonly<Record<string, unknown>>) => {
    const { type, rid, targetBitrate, active } = entry
    if (type !== 'outbound-rtp' || active === false || typeof targetBitrate !== 'number') return
    if (targetBitrate > 0) sent.set(typeof rid === 'string' ? rid : 0, targetBitrate)
  })
  return sent
}
