/** Someone who sends as much as an estimate allows, over a path, to a far end that reports as a relay does; on virtual time. */
import { readUint16, writeUint16 } from '../../wire/bytes.ts'
import { TransportFeedbackWriter } from '../../wire/transport-cc.ts'
import { SendSideEstimate } from '../send-side-estimate.ts'
import { feedbackEveryMs, TransportArrivals } from '../transport-arrivals.ts'
import { LossyPath } from './lossy-path.ts'

type PathQuality = LossyPath['quality']

const packetBytes = 1_200
const frameMs = 33
const writer = new TransportFeedbackWriter()

export class EstimatedSender {
  readonly estimate = new SendSideEstimate(4_096)
  readonly path: LossyPath
  readonly back: LossyPath
  wantsBps: number
  sentBits = 0
  arrivedBits = 0
  worstQueueMs = 0
  readonly #flow: number
  readonly #arrivals = new TransportArrivals(1_024)
  #sequenceNumber = 65_500
  #owedBits = 0
  #nextFrameMs = 0
  #nextReportMs = 0

  /** `flow` tells those apart who share a path. */
  constructor(wantsBps: number, path: LossyPath, back: PathQuality, random: () => number, flow = 0) {
    this.wantsBps = wantsBps
    this.path = path
    this.#flow = flow
    this.back = new LossyPath(back, random, (bytes, nowMs) => {
      this.estimate.noteFeedback(bytes, 0, bytes.length, nowMs)
    })
  }

  /** What came at the far end. */
  arrive(bytes: Uint8Array, nowMs: number): void {
    if (bytes[2] !== this.#flow) return
    this.arrivedBits += bytes.length * 8
    // The clock of the far end is another one.
    this.#arrivals.note(readUint16(bytes, 0), nowMs + 5_000_000)
  }

  /** A millisecond. A frame is sent at once, as it would come from a publisher. */
  step(nowMs: number): void {
    this.#owedBits += Math.min(this.wantsBps, this.estimate.bitrateBps) / 1_000
    if (nowMs >= this.#nextFrameMs) {
      this.#nextFrameMs = nowMs + frameMs
      while (this.#owedBits >= packetBytes * 8) this.#send(nowMs)
    }
    if (nowMs >= this.#nextReportMs) {
      this.#nextReportMs = nowMs + feedbackEveryMs
      const out = new Uint8Array(1_200)
      while (this.#arrivals.isDue) {
        this.back.send(out.slice(0, this.#arrivals.write(out, writer, 1, 2)), nowMs)
      }
    }
    this.path.advance(nowMs)
    this.back.advance(nowMs)
  }

  #send(nowMs: number): void {
    this.#owedBits -= packetBytes * 8
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xff_ff
    const bytes = new Uint8Array(packetBytes)
    writeUint16(bytes, 0, this.#sequenceNumber)
    bytes[2] = this.#flow
    this.estimate.noteSent(this.#sequenceNumber, packetBytes, nowMs)
    this.sentBits += packetBytes * 8
    this.path.send(bytes, nowMs)
    this.worstQueueMs = Math.max(this.worstQueueMs, this.path.queuedMs)
  }
}
