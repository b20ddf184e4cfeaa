/** How one's own pictures go to a relay: camera and screen in encodings, fitted to the capture, and held down for a while. */
import type { Source } from '@video-room/shared/source.ts'
import type { MediaTrack } from '../core/view.ts'
import { CappedSenders } from './capped-sender.ts'
import type { PreferredCodec } from './codecs.ts'
import {
  cameraEncodings,
  type CaptureSize,
  type Encoding,
  scalabilityOf,
  screenEncodings,
} from './relay-encodings.ts'

/** What each section begins with. */
export const encodingsOf = (
  choice: PreferredCodec,
): Readonly<Partial<Record<Source, readonly Encoding[]>>> => ({
  camera: cameraEncodings({}).map((encoding) => ({ ...encoding, ...scalabilityOf(choice) })),
  screen: screenEncodings,
})

/** Parameters are read and set: one call after the other, and none while an offer is out. */
export class RelayPictures {
  readonly #senderOf: (source: Source) => RTCRtpSender | undefined
  readonly #cappedSenders = new CappedSenders()
  /** The size of picture that the layers are made for; at first none that there is. */
  #fittedTo = ''

  constructor(senderOf: (source: Source) => RTCRtpSender | undefined) {
    this.#senderOf = senderOf
  }

  /** Layers and their bits by the size of this camera's picture. Only where it is another one: meanwhile the page draws nothing. */
  async fit(camera: MediaTrack): Promise<void> {
    const size = sizeOf(camera)
    const fittedTo = `${size.width} ${size.height}`
    const sender = this.#senderOf('camera')
    if (fittedTo === this.#fittedTo || !sender) return
    this.#fittedTo = fittedTo
    this.#cappedSenders.forget('camera')
    try {
      await fitLayers(sender, size)
    } catch {
      // The browser keeps bounds of its own: the picture goes all the same, and the next one is fitted again.
      this.#fittedTo = ''
    }
  }

  /** To this share of what they take now, or let go (null). */
  async cap(share: number | null): Promise<void> {
    for (const source of ['camera', 'screen'] as const) {
      const sender = this.#senderOf(source)
      if (sender) await this.#cappedSenders.cap(source, sender, share)
    }
  }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the platform's own track came in
const sizeOf = (camera: MediaTrack): CaptureSize => (camera as MediaStreamTrack).getSettings()

/** Without negotiation. */
async function fitLayers(sender: RTCRtpSender, size: CaptureSize): Promise<void> {
  const parameters = sender.getParameters()
  const fitting = cameraEncodings(size)
  parameters.encodings.forEach((encoding, index) => {
    const { maxBitrate, active } = fitting[index] ?? {}
    Object.assign(encoding, { maxBitrate, active })
  })
  await sender.setParameters(parameters)
}
