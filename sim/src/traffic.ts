/**
 * Decides: how much of each source one end of a link has received, by the time for which it was sent.
 * Does not decide: whether anything flows (sim-links.ts, sim-relays.ts).
 * Invariants: counters never go back.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { kindOf, type Source } from '@video-room/shared/source.ts'
import type { ReceivedSource } from '@video-room/client/core/view.ts'

/** One packet of sound, and of a picture; one frame. */
const packetMs = 20
const frameMs = 33

/** One look at a link, as far as the simulation has figures for it. */
export interface SimLook {
  readonly receivedBytes: number
  readonly answeredChecks: number
  readonly receivedPackets: number
  readonly lostPackets: number
  readonly received: readonly ReceivedSource[]
}

export const nothingSeen: SimLook = {
  receivedBytes: 0,
  answeredChecks: 0,
  receivedPackets: 0,
  lostPackets: 0,
  received: [],
}

/** Of ten packets, on a path that loses some. */
const lostOfTen = 2

export class Traffic {
  readonly #sources = new Map<
    string,
    { readonly occupantId: OccupantId; readonly source: Source; ms: number }
  >()

  #sentMs = 0
  #lostMs = 0

  add(occupantId: OccupantId, source: Source, elapsedMs: number, isLossy = false): void {
    this.#sentMs += elapsedMs
    if (isLossy) this.#lostMs += (elapsedMs * lostOfTen) / 10
    const key = `${occupantId} ${source}`
    const known = this.#sources.get(key) ?? { occupantId, source, ms: 0 }
    known.ms += elapsedMs
    this.#sources.set(key, known)
  }

  get counts(): Pick<SimLook, 'receivedPackets' | 'lostPackets' | 'received'> {
    const lostPackets = Math.floor(this.#lostMs / packetMs)
    const receivedPackets = Math.floor((this.#sentMs - this.#lostMs) / packetMs)
    return { receivedPackets, lostPackets, received: this.#received }
  }

  get #received(): readonly ReceivedSource[] {
    return [...this.#sources.values()].map(({ occupantId, source, ms }) => ({
      occupantId,
      source,
      packets: Math.floor(ms / packetMs),
      frames: kindOf[source] === 'video' ? Math.floor(ms / frameMs) : 0,
    }))
  }
}
