/** What one end of a handshake said last, which is said again until it is answered (RFC 6347, section 4.2.4). */
import { relayLimits } from '../limits.ts'

/** A flight fits into one datagram: one packet that can be lost in place of five. Bytes that any path of today carries. */
const flightDatagramBytes = 1_200

export class LastFlight {
  readonly #send: (datagram: Uint8Array) => void
  #datagrams: readonly Uint8Array[] = []
  #repeats = 0

  constructor(send: (datagram: Uint8Array) => void) {
    this.#send = send
  }

  say(records: readonly Uint8Array[]): void {
    this.#datagrams = packed(records)
    this.#repeats = 0
    for (const datagram of this.#datagrams) this.#send(datagram)
  }

  /** The same bytes, so that nothing is encrypted twice under one number. */
  repeat(): void {
    if (this.#repeats >= relayLimits.handshakeRepeatsMax) return
    this.#repeats += 1
    for (const datagram of this.#datagrams) this.#send(datagram)
  }

  forget(): void {
    this.#datagrams = []
  }
}

/** Records side by side in as few datagrams as fit. */
function packed(records: readonly Uint8Array[]): readonly Uint8Array[] {
  const datagrams: Uint8Array[] = []
  for (const record of records) {
    const last = datagrams.at(-1)
    if (last && last.length + record.length <= flightDatagramBytes) {
      datagrams[datagrams.length - 1] = Buffer.concat([last, record])
    } else datagrams.push(record)
  }
  return datagrams
}
