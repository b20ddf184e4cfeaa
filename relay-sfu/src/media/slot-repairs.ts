/**
 * Decides: which packets of a slot are sent once more, and how often (RFC 4585, section 6.2.1; T2: they are at hand here).
 * Does not decide: how a repair is written (slot-output.ts), whether there is room for it (link-sender.ts).
 * Invariants: nothing of a muted publication is sent again (H3); a number is answered with the packet that had it, or not at all.
 */
import { extendSequence } from '../wire/sequence.ts'
import type { Layer } from './layer.ts'
import type { LinkSender } from './link-sender.ts'
import type { MediaPacket } from './media-packet.ts'
import type { Publication } from './publication.ts'
import { RepairTimes } from './repair-times.ts'
import type { RtpMunger } from './rtp-munger.ts'
import type { SlotOutput } from './slot-output.ts'

export class SlotRepairs {
  readonly #munger: RtpMunger<Layer>
  readonly #output: SlotOutput
  readonly #sender: LinkSender
  /** For what comes out of a history. */
  readonly #packet: MediaPacket
  readonly #times = new RepairTimes()

  constructor(munger: RtpMunger<Layer>, output: SlotOutput, sender: LinkSender, packet: MediaPacket) {
    this.#munger = munger
    this.#output = output
    this.#sender = sender
    this.#packet = packet
  }

  resend({ isForwarded, codec }: Publication, sequenceNumber: number, nowMs: number): void {
    if (!this.#output.canRepair || !isForwarded) return
    const outgoing = extendSequence(this.#munger.highestOutgoing, sequenceNumber)
    const epoch = this.#munger.epochOfOutgoing(outgoing)
    const source = epoch?.sequences.reverse(outgoing) ?? -1
    if (!epoch?.source || source === -1 || !epoch.source.load(source, codec.name, this.#packet)) return
    const sender = this.#sender
    if (!this.#times.mayRepeat(sequenceNumber, nowMs, sender.repairRoundTripMs(nowMs))) return
    const copies = sender.repairCopies(nowMs)
    for (let copy = 0; copy < copies; copy += 1) {
      if (!sender.mayRepair(this.#packet.payload.length)) continue
      this.#output.sendRepair(this.#packet, epoch, outgoing, nowMs)
    }
  }
}
