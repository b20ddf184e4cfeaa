/** One handshake with ourselves at the start, so that the first guest does not wait for code to be compiled. */
import { relayLimits } from '../limits.ts'
import { DtlsClientSession } from './dtls-client.ts'
import type { DtlsIdentity } from './dtls-identity.ts'
import { DtlsSession } from './dtls.ts'

export async function warmUpDtls(identity: DtlsIdentity): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no handshake with ourselves')), relayLimits.handshakeMs)
    const events = {
      onFailed: (why: string) => reject(new Error(`no handshake with ourselves: ${why}`)),
      onClosed: () => {},
    }
    const server = new DtlsSession(identity, {
      ...events,
      // In a later turn, as over a network.
      send: (datagram) => void setImmediate(() => client.receive(datagram)),
      onSecured: () => {},
    })
    const client = new DtlsClientSession(identity, {
      ...events,
      send: (datagram) => void setImmediate(() => server.receive(datagram)),
      onSecured: () => {
        clearTimeout(timer)
        resolve()
      },
    })
    client.begin()
  })
}
