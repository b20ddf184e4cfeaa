/** A relay link's connection in a test, and a browser at its other end. */
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import { vi } from 'vitest'

export const cleanUps: (() => void)[] = []
export const cleanUp = (): void => {
  for (const one of cleanUps.splice(0)) one()
}

export const until = (what: () => unknown, timeoutMs = 8_000): Promise<unknown> =>
  vi.waitFor(
    async () => {
      if (!(await what())) throw new Error('not yet')
    },
    { timeout: timeoutMs, interval: 20 },
  )

export const ticket = (letter = 'A'): RelayTicket => ({
  iceUfrag: letter.repeat(20),
  icePwd: letter.repeat(43),
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  // Nobody answers at the discard port.
  candidates: [{ protocol: 'udp', address: '127.0.0.1', port: 9 }],
})

/** The connection that was opened last, and how often it negotiated. */
export class WatchedConnection extends RTCPeerConnection {
  static last: WatchedConnection | null = null
  answers: string[] = []
  constructor(config?: RTCConfiguration) {
    super(config)
    WatchedConnection.last = this
  }
  override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await super.setRemoteDescription(description)
    this.answers.push(description.sdp ?? '')
  }
}

/** A browser in the relay's place: it takes the offer and lends ICE and DTLS to the answer that was made here. */
export class HelpedConnection extends WatchedConnection {
  readonly #far = new RTCPeerConnection()
  sayGoodbye(): void {
    this.#far.close()
  }
  override async setRemoteDescription({ type, sdp: answer = '' }: RTCSessionDescriptionInit): Promise<void> {
    const far = this.#far
    cleanUps.push(() => far.close())
    // A relay waits for the ClientHello; so shall this.
    const offer = this.localDescription?.sdp.replaceAll('setup:actpass', 'setup:active') ?? ''
    await far.setRemoteDescription({ type: 'offer', sdp: offer })
    await far.setLocalDescription()
    const lent = (): string => far.localDescription?.sdp ?? ''
    await until(() => far.iceGatheringState === 'complete' && lent().includes('a=candidate'))
    const sdp = answer.replaceAll(
      /a=(ice-ufrag|ice-pwd|fingerprint|candidate):.*\r\n/g,
      (_line, name: string) => [...new Set(lent().match(new RegExp(`a=${name}:.*\r\n`, 'g')))].join(''),
    )
    await super.setRemoteDescription({ type, sdp })
  }
}
