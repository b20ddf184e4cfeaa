/** Someone who floods a relay with what can be made without any secret. */
import { createSocket, type Socket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { stunRequest } from './stun-request.ts'
import { mintTicket, randomLinkId, type TestTicket } from './tickets.ts'

/** Sends 10 packets a millisecond, as well as this machine's timers can, until it is told to stop. */
export class Forger {
  replies = 0
  sent = 0
  readonly #sockets: Socket[] = []
  readonly #packets: readonly Buffer[]
  readonly #relay: RelayCandidate
  #timer: NodeJS.Timeout | null = null

  constructor(relay: RelayCandidate, sources: number, packets: readonly Buffer[]) {
    this.#relay = relay
    this.#packets = packets
    for (let count = 0; count < sources; count += 1) {
      const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) })
      socket.on('message', () => {
        this.replies += 1
      })
      this.#sockets.push(socket)
    }
  }

  start(): void {
    const startMs = performance.now()
    this.#timer = setInterval(() => {
      const due = (performance.now() - startMs) * 10
      for (let burst = 0; this.sent < due && burst < 200; burst += 1) {
        const socket = this.#sockets[this.sent % this.#sockets.length]
        const packet = this.#packets[this.sent % this.#packets.length]
        if (packet) socket?.send(packet, this.#relay.port, this.#relay.address)
        this.sent += 1
      }
    }, 1)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    for (const socket of this.#sockets) socket.close()
  }
}

/** All that can be made of a ufrag that was read from the wire, without its password. */
export function forgedFor(ticket: Pick<TestTicket, 'ufrag'>): readonly Buffer[] {
  const username = `${ticket.ufrag}:mine`
  return [
    stunRequest({ username, password: 'A'.repeat(43), useCandidate: true }),
    stunRequest({ username, password: null, useCandidate: true }),
    stunRequest({ username: `${ticket.ufrag}:other`, password: 'B'.repeat(43) }),
    stunRequest({
      username: `${mintTicket(randomBytes(32), randomLinkId(), 1).ufrag}:mine`,
      password: 'C'.repeat(43),
    }),
    Buffer.concat([stunRequest({ username }), Buffer.alloc(3)]),
    Buffer.alloc(60),
    Buffer.alloc(200, 22),
    Buffer.alloc(200, 0x80),
  ]
}
