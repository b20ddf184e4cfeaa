import { createSocket, type Socket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeDtlsIdentity, type DtlsIdentity } from './dtls-identity.ts'
import { startTransport } from './start-transport.ts'
import { Guest } from './testing/guest.ts'
import { stunRequest } from './testing/stun-request.ts'
import { mintTicket, randomLinkId, type TestTicket } from './testing/tickets.ts'
import type { Transport } from './transport.ts'

const iceKey = randomBytes(32)
let transport: Transport
let identity: DtlsIdentity
let relay: RelayCandidate

beforeEach(async () => {
  identity = await makeDtlsIdentity()
  transport = await startTransport(
    { iceKey, udpPort: 0, tcpPort: null, bindAddresses: ['127.0.0.1'], publicAddresses: [] },
    { onSecured: () => {}, onLost: () => {}, onSpeakers: () => {} },
  )
  relay = transport.candidates[0]!
})
afterEach(() => transport.stop())

/** Sends 10 packets a millisecond, as well as this machine's timers can, until it is told to stop. */
class Forger {
  replies = 0
  sent = 0
  readonly #sockets: Socket[] = []
  readonly #packets: readonly Buffer[]
  #timer: NodeJS.Timeout | null = null

  constructor(sources: number, packets: readonly Buffer[]) {
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
        if (packet) socket?.send(packet, relay.port, relay.address)
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
function forgedFor(ticket: TestTicket): readonly Buffer[] {
  const username = `${ticket.ufrag}:mine`
  return [
    stunRequest({ username, password: 'A'.repeat(43), useCandidate: true }),
    stunRequest({ username, password: null, useCandidate: true }),
    stunRequest({ username: `${ticket.ufrag}:other`, password: 'B'.repeat(43) }),
    stunRequest({
      username: `${mintTicket(iceKey, randomLinkId(), 1).ufrag}:mine`,
      password: 'C'.repeat(43),
    }),
    Buffer.concat([stunRequest({ username }), Buffer.alloc(3)]),
    Buffer.alloc(60),
    Buffer.alloc(200, 22),
    Buffer.alloc(200, 0x80),
  ]
}

describe.each([1, 200])('I5: 10,000 forged packets a second from %i sources', (sources) => {
  it('get no answer and no memory, and a genuine client joins meanwhile', async () => {
    const ticket = mintTicket(iceKey, randomLinkId())
    transport.open(ticket.linkId)
    const forger = new Forger(sources, forgedFor(ticket))
    const guest = await Guest.open(relay, ticket, { identity, ufrag: 'mine' })
    try {
      forger.start()
      await expect.poll(() => forger.sent, { timeout: 20_000 }).toBeGreaterThan(5_000)
      const rssBefore = process.memoryUsage.rss()
      const startMs = performance.now()
      // A browser repeats its check every 50 ms until it is answered.
      const repeat = setInterval(() => guest.wire.send(guest.request()), 50)
      await expect.poll(() => guest.stunReplies, { timeout: 5_000, interval: 10 }).toBeGreaterThan(0)
      clearInterval(repeat)
      await guest.connect()
      const joinedMs = performance.now() - startMs
      await expect.poll(() => forger.sent, { timeout: 20_000 }).toBeGreaterThan(20_000)
      const grownBytes = process.memoryUsage.rss() - rssBefore
      console.log(
        `joined after ${joinedMs.toFixed(0)} ms, ${forger.sent} forged, RSS +${grownBytes >> 20} MiB`,
      )
      expect(forger.replies).toBe(0)
      expect(grownBytes).toBeLessThan(64 * 2 ** 20)
    } finally {
      forger.stop()
      guest.close()
    }
  })
})
