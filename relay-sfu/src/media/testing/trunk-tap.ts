/** Notes the media packets that one relay sends to another, by the names they carry. */
import { readUint8 } from '../../wire/bytes.ts'
import { readExtensionText, readTransportSequence } from '../../wire/header-extensions.ts'
import { RtpView } from '../../wire/rtp.ts'
import type { LossyPath } from './lossy-path.ts'

interface CrossedPacket {
  readonly atMs: number
  readonly mid: string | null
  readonly rid: string | null
  readonly ssrc: number
  readonly bytes: number
  readonly isRepair: boolean
  /** Of the whole trunk. */
  readonly number: number
}

export class TrunkTap {
  readonly packets: CrossedPacket[] = []

  constructor(path: LossyPath) {
    const send = path.send.bind(path)
    path.send = (bytes, nowMs) => {
      this.#note(bytes, nowMs)
      send(bytes, nowMs)
    }
  }

  /** Layers of video that crossed since then. */
  ridsSince(fromMs: number): readonly string[] {
    const rids = this.packets.flatMap(({ atMs, rid }) => (atMs > fromMs && rid !== null ? [rid] : []))
    return [...new Set(rids)].toSorted()
  }

  bytesSince(fromMs: number): number {
    return this.packets.reduce((sum, { atMs, bytes }) => (atMs > fromMs ? sum + bytes : sum), 0)
  }

  #note(bytes: Uint8Array, atMs: number): void {
    const type = readUint8(bytes, 1)
    if (type >= 192 && type <= 223) return
    const view = new RtpView()
    if (!view.set(bytes, bytes.length)) throw new Error('the relay sent malformed RTP')
    const repaired = readExtensionText(view, 3)
    this.packets.push({
      atMs,
      mid: readExtensionText(view, 1),
      rid: readExtensionText(view, 2) ?? repaired,
      ssrc: view.ssrc,
      bytes: bytes.length,
      isRepair: repaired !== null,
      number: readTransportSequence(view, 5),
    })
  }
}
