import { randomBytes } from 'node:crypto'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeDtlsIdentity, type DtlsIdentity } from './dtls-identity.ts'
import { startTransport } from './start-transport.ts'
import { Guest } from './testing/guest.ts'
import { Forger, forgedFor } from './testing/forger.ts'
import { mintTicket, randomLinkId } from './testing/tickets.ts'
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

describe.each([1, 200])('I5: 10,000 forged packets a second from %i sources', (sources) => {
  it('get no answer and no memory, and a genuine client joins meanwhile', async () => {
    const ticket = mintTicket(iceKey, randomLinkId())
    transport.open(ticket.linkId)
    const forger = new Forger(relay, sources, forgedFor(ticket))
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
