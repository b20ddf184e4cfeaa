/** werift's DtlsServer, as dtls.ts needs it. */
import { DtlsServer } from 'werift'
import type { DtlsIdentity } from './dtls-identity.ts'
import { facadeFor, srtpProfileNumbers, WeriftEnd, type WeriftEvents } from './dtls-werift.ts'

export class WeriftServer extends WeriftEnd {
  readonly #server: DtlsServer

  constructor(identity: DtlsIdentity, events: WeriftEvents) {
    const facade = facadeFor(events)
    const server = new DtlsServer({
      transport: facade,
      certificateRequest: true,
      extendedMasterSecret: true,
      srtpProfiles: srtpProfileNumbers,
    })
    super(server, facade, identity, events)
    this.#server = server
  }

  /** It took the first ClientHello. */
  get isHelloTaken(): boolean {
    return !!this.#server.dtls.cookie && this.isSuited
  }

  /** The second ClientHello had the right cookie. */
  get isCookieTaken(): boolean {
    return this.#server.dtls.flight === 4
  }

  /** Calls back when Finished was fed and answered, in a later turn. */
  onceConnected(callback: () => void): void {
    this.#server.onConnect.once(callback)
  }
}
