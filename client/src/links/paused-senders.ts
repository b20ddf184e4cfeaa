/** Encodes nothing for an end that does not look (M8, LK7): switches the encodings of single senders, without negotiation. */
import { kindOf, sectionOrder, type Source } from '@video-room/shared/source.ts'

/** Sound is never paused: who does not look still listens. */
const pausable = (source: Source): boolean => kindOf[source] === 'video'

export class PausedSenders {
  readonly #senderOf: (section: number) => RTCRtpSender | undefined
  #wished: readonly Source[] = []
  #served: Promise<void> = Promise.resolve()

  constructor(senderOf: (section: number) => RTCRtpSender | undefined) {
    this.#senderOf = senderOf
  }

  /** One after another, and the last list wins: parameters that are read while others are being set are stale. */
  obey(paused: readonly Source[]): Promise<void> {
    this.#wished = paused
    this.#served = this.#served.then(() => this.#apply())
    return this.#served
  }

  /** In the same turn: whatever else reads and sets parameters of these senders. */
  inTurn(work: () => Promise<void>): Promise<void> {
    this.#served = this.#served.then(work)
    return this.#served
  }

  async #apply(): Promise<void> {
    for (const [section, source] of sectionOrder.entries()) {
      const sender = this.#senderOf(section)
      if (sender === undefined || !pausable(source)) continue
      const parameters = sender.getParameters()
      const active = !this.#wished.includes(source)
      if (parameters.encodings.every((encoding) => encoding.active === active)) continue
      for (const encoding of parameters.encodings) encoding.active = active
      try {
        await sender.setParameters(parameters)
      } catch {
        // The link ended meanwhile; at worst something is sent that nobody looks at.
      }
    }
  }
}
