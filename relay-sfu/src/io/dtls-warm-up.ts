/** One handshake with ourselves at the start, so that the first guest does not wait for code to be compiled. */
import { DtlsClient, ProtectionProfileAeadAes128Gcm, type Transport } from 'werift'
import { relayLimits } from '../limits.ts'
import type { DtlsIdentity } from './dtls-identity.ts'
import { DtlsSession } from './dtls.ts'

export async function warmUpDtls(identity: DtlsIdentity): Promise<void> {
  const facade: Transport = {
    type: 'udp',
    address: { address: '', family: 'IPv4', port: 0 },
    closed: false,
    onData: () => {},
    send: async (datagram) => session.receive(datagram),
    close: async () => {},
  }
  const client = new DtlsClient({
    cert: identity.certPem,
    key: identity.keyPem,
    signatureHash: identity.signatureHash,
    transport: facade,
    extendedMasterSecret: true,
    srtpProfiles: [ProtectionProfileAeadAes128Gcm],
  })
  let session: DtlsSession
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no handshake with ourselves')), relayLimits.handshakeMs)
    session = new DtlsSession(identity, {
      send: (datagram) => facade.onData(Buffer.from(datagram), ['', 0]),
      onSecured: () => {
        clearTimeout(timer)
        resolve()
      },
      onFailed: (why) => reject(new Error(`no handshake with ourselves: ${why}`)),
      onClosed: () => {},
    })
    client.connect().catch(reject)
  })
  // werift would repeat its flights for half a minute.
  client.dtls.flight = 7
}
