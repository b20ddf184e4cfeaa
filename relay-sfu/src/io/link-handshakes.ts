/**
 * DTLS of all links: whose datagrams a handshake gets, how many go on at once, and what becomes of one. Who may come that far
 * is decided before (ice-lite.ts), and what follows from a proof after (start-transport.ts).
 */
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import { DtlsClientSession } from './dtls-client.ts'
import type { DtlsIdentity } from './dtls-identity.ts'
import { DtlsSession, type DtlsEvents } from './dtls.ts'
import type { TransportLink, TransportLinks } from './transport-links.ts'

export interface HandshakeEvents {
  readonly send: (link: TransportLink, bytes: Uint8Array, to: RemoteAddress) => void
  /** Fingerprint and keys stand in the link. */
  readonly onSecured: (link: TransportLink) => void
  readonly onFailed: (link: TransportLink, why: string) => void
  /** The far end said goodbye. */
  readonly onClosed: (link: TransportLink) => void
  /** One more than may go on at once. */
  readonly onTooMany: () => void
}

export class LinkHandshakes {
  readonly #identity: DtlsIdentity
  readonly #links: TransportLinks
  readonly #events: HandshakeEvents

  constructor(identity: DtlsIdentity, links: TransportLinks, events: HandshakeEvents) {
    this.#identity = identity
    this.#links = links
    this.#events = events
  }

  /** Of a link that we dialled, and that answered: the handshake begins. */
  begin(link: TransportLink): void {
    const session = new DtlsClientSession(this.#identity, this.#eventsOf(link))
    link.dtls = { session, startedAtMs: performance.now() }
    session.begin()
  }

  receive(link: TransportLink, bytes: Uint8Array): void {
    // A client says its hello again; by then another handshake may have ended.
    if (link.dtls === null && this.#links.handshakes() >= relayLimits.handshakesMax)
      return this.#events.onTooMany()
    link.dtls ??= {
      session: new DtlsSession(this.#identity, this.#eventsOf(link)),
      startedAtMs: performance.now(),
    }
    link.dtls.session.receive(bytes)
  }

  #eventsOf(link: TransportLink): DtlsEvents {
    const { send, onSecured, onFailed, onClosed } = this.#events
    return {
      send: (datagram) => {
        if (link.sendTo !== null) send(link, datagram, link.sendTo)
      },
      onSecured: (fingerprint, keys) => {
        link.fingerprint = fingerprint
        link.keys = keys
        onSecured(link)
      },
      onFailed: (why) => onFailed(link, `dtls-${why}`),
      onClosed: () => onClosed(link),
    }
  }
}
