/** werift's DtlsClient, as dtls-client.ts needs it. */
import { DtlsClient } from 'werift'
import type { DtlsIdentity } from './dtls-identity.ts'
import { facadeFor, srtpProfileNumbers, WeriftEnd, type WeriftEvents } from './dtls-werift.ts'

export class WeriftClient extends WeriftEnd {
  readonly #client: DtlsClient

  constructor(identity: DtlsIdentity, events: WeriftEvents) {
    const facade = facadeFor(events)
    const client = new DtlsClient({
      transport: facade,
      extendedMasterSecret: true,
      srtpProfiles: srtpProfileNumbers,
    })
    super(client, facade, identity, events)
    this.#client = client
  }

  /** Makes flight 1 during the call. */
  begin(): void {
    // werift repeats it for half a minute and then rejects; whether anybody answers shows elsewhere.
    this.#client.connect().catch(() => {})
  }
}
