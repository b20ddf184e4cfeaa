/**
 * What crosses between two relays, as whoever stands between them sees it: SRTP leaves headers and their extensions readable
 * (RFC 3711, section 3.1), and on a trunk these name the publication and the layer.
 */
import { readExtensionText } from '../../wire/header-extensions.ts'
import { RtpView } from '../../wire/rtp.ts'
import type { LossyShim, Way } from './lossy-shim.ts'

interface CrossedRtp {
  readonly atMs: number
  /** Up: from the relay that dialled. */
  readonly way: Way
  readonly mid: string
  readonly rid: string | null
  readonly ssrc: number
  readonly sequenceNumber: number
  readonly bytes: number
  readonly isRepair: boolean
}

/** By the ids of trunk-profile.ts. */
const ids = { mid: 1, rid: 2, repairedRid: 3 } as const

/** RFC 7983, and RFC 5761, section 4. */
function kindOf(bytes: Buffer): 'stun' | 'dtls' | 'rtcp' | 'rtp' {
  const first = bytes.readUInt8(0)
  if (first < 4) return 'stun'
  if (first < 64) return 'dtls'
  const second = bytes.readUInt8(1)
  return second >= 192 && second <= 223 ? 'rtcp' : 'rtp'
}

export class Crossings {
  /** Told of each packet of media. */
  onPacket: (packet: CrossedRtp) => void = () => {}
  readonly packets: CrossedRtp[] = []
  /** Datagrams both ways, handshakes and goodbyes. */
  dtls = 0
  readonly #view = new RtpView()

  constructor(shim: LossyShim) {
    shim.onPassed = (bytes, way) => this.#note(bytes, way)
  }

  /** Media that went this way since then; what was sent again is left out. */
  since(fromMs: number, way: Way): readonly CrossedRtp[] {
    return this.packets.filter((one) => one.atMs >= fromMs && one.way === way && !one.isRepair)
  }

  /** Layers of video that went this way since then, in the order of their names. */
  ridsSince(fromMs: number, way: Way): readonly string[] {
    return [...new Set(this.since(fromMs, way).flatMap(({ rid }) => rid ?? []))].toSorted()
  }

  midsSince(fromMs: number, way: Way): readonly string[] {
    return [...new Set(this.since(fromMs, way).map(({ mid }) => mid))].toSorted()
  }

  #note(bytes: Buffer, way: Way): void {
    const kind = kindOf(bytes)
    if (kind === 'dtls') this.dtls += 1
    if (kind !== 'rtp' || !this.#view.set(bytes, bytes.length)) return
    const repaired = readExtensionText(this.#view, ids.repairedRid)
    const { ssrc, sequenceNumber } = this.#view
    const packet: CrossedRtp = {
      atMs: performance.now(),
      way,
      mid: readExtensionText(this.#view, ids.mid) ?? '',
      rid: readExtensionText(this.#view, ids.rid) ?? repaired,
      ssrc,
      sequenceNumber,
      bytes: bytes.length,
      isRepair: repaired !== null,
    }
    this.packets.push(packet)
    this.onPacket(packet)
  }
}
