import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { longIt } from '../testing/long.ts'
import { makeDtlsIdentity, type DtlsIdentity } from './dtls-identity.ts'
import { Guest, type GuestOptions } from './testing/guest.ts'
import { startTestRelay, type TestRelay } from './testing/relay.ts'
import { rtp } from './testing/rtp.ts'
import { useCandidateAttribute } from './testing/stun-request.ts'
import { nowS, randomLinkId, type TestTicket } from './testing/tickets.ts'
import { within } from './testing/wire.ts'

let relay: TestRelay
let me: DtlsIdentity
let thief: DtlsIdentity
const guests: Guest[] = []

beforeAll(async () => {
  ;[relay, me, thief] = await Promise.all([startTestRelay(), makeDtlsIdentity(), makeDtlsIdentity()])
})
afterAll(() => relay.transport.stop())
afterEach(() => {
  for (const guest of guests.splice(0)) {
    guest.close()
    relay.transport.close(guest.ticket.linkId)
  }
})

interface Options extends Partial<GuestOptions> {
  readonly ticket?: TestTicket
  readonly via?: 'udp' | 'tcp'
}

async function guestWith({ ticket = relay.mint(), via = 'udp', ...options }: Options = {}): Promise<Guest> {
  const guest = await Guest.open(relay[via], ticket, { identity: me, ...options })
  guests.push(guest)
  return guest
}

/** Asked and answered: whatever was sent to the relay before has been dealt with. */
async function settled(): Promise<void> {
  const other = await guestWith()
  await other.check()
}

const isSecured = (guest: Guest) => (): boolean =>
  relay.secured.some(({ linkId }) => linkId === guest.ticket.linkId)
const fingerprintOf = (guest: Guest): string | undefined =>
  relay.secured.findLast(({ linkId }) => linkId === guest.ticket.linkId)?.fingerprint
const lostOf = (guest: Guest): string | undefined =>
  relay.lost.find(({ linkId }) => linkId === guest.ticket.linkId)?.why

async function refusals(why: string): Promise<number> {
  return (await relay.drops())[why] ?? 0
}

describe.each(['udp', 'tcp'] as const)('over %s', (via) => {
  it('ticket, checks, handshake, media there and back', async () => {
    const guest = await guestWith({ via })
    relay.transport.open(guest.ticket.linkId)
    expect(await guest.check({ useCandidate: true })).toEqual({
      type: 'success',
      address: '127.0.0.1',
      port: guest.wire.localPort,
    })
    await guest.handshake()
    await relay.until('proof', isSecured(guest))
    expect(fingerprintOf(guest)).toBe(me.fingerprint)
    const packet = rtp()
    guest.sendRtp(packet)
    await guest.mediaCount(1)
    expect(guest.media[0]).toEqual(packet)
  })

  it('RL6: the ticket may come before the room has said a word', async () => {
    const guest = await (await guestWith({ via })).connect()
    expect(isSecured(guest)()).toBe(false)
    relay.transport.open(guest.ticket.linkId)
    await relay.until('proof', isSecured(guest))
  })

  it('says goodbye when the room closes the link, and its ticket opens nothing any more (I4)', async () => {
    const guest = await guestWith({ via })
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    const { wire } = guest
    const goodbye = new Promise<void>((resolve) => guest.dtls.werift.onClose.once(() => resolve()))
    relay.transport.close(guest.ticket.linkId)
    await within(5_000, 'close_notify', goodbye)
    if (via === 'tcp') {
      await within(5_000, 'end of the connection', wire.closed)
      return
    }
    const before = guest.stunReplies
    wire.send(guest.request())
    await settled()
    expect(guest.stunReplies).toBe(before)
  })

  it('hears goodbye', async () => {
    const guest = await guestWith({ via })
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    guest.wire.send(guest.dtls.encrypted(21, Uint8Array.of(1, 0), 70))
    await relay.until('goodbye', () => lostOf(guest) === 'closed')
  })
})

describe('forged requests get no answer (I1)', () => {
  it('and change nothing for the one who holds the ticket', async () => {
    const guest = await guestWith()
    const forger = await guestWith({ ticket: guest.ticket })
    const { ufrag, password } = guest.ticket
    const username = `${ufrag}:${guest.ufrag}`
    const requests = [
      forger.request({ username, password: null, useCandidate: true }),
      forger.request({ username, password: `${password.slice(1)}A`, useCandidate: true }),
      forger.request({ username: `${relay.mint().ufrag}:x` }),
      forger.request({ username, password: null, unprotected: useCandidateAttribute }),
      forger.request({ username, password: 'A'.repeat(43), role: 'controlled' }),
      forger.request({ username: null }),
      forger.request({ username: ':', password: '' }),
      randomBytes(60).fill(0, 0, 1),
    ]
    for (const request of requests) forger.wire.send(request)
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    guest.sendRtp(rtp())
    await guest.mediaCount(1)
    expect(forger.stunReplies).toBe(0)
  })

  it('I2: an expired ticket, even for a link that the room has opened', async () => {
    const linkId = randomLinkId()
    const guest = await guestWith({ ticket: relay.mint(linkId, nowS() - 1) })
    relay.transport.open(linkId)
    guest.wire.send(guest.request())
    await settled()
    expect(guest.stunReplies).toBe(0)
    expect(await refusals('stun-expired')).toBeGreaterThan(0)
  })

  it('RL4: an expired ticket of a link that is up', async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    const late = await guestWith({ ticket: relay.mint(guest.ticket.linkId, nowS() - 1) })
    late.wire.send(late.request({ useCandidate: true }))
    guest.sendRtp(rtp())
    await guest.mediaCount(1)
    expect(late.stunReplies).toBe(0)
  })

  it('I3: a ticket that another browser uses already', async () => {
    const first = await guestWith()
    relay.transport.open(first.ticket.linkId)
    await first.connect()
    const second = await guestWith({ ticket: first.ticket, identity: thief })
    second.wire.send(second.request({ useCandidate: true }))
    first.sendRtp(rtp())
    await first.mediaCount(1)
    expect(second.stunReplies).toBe(0)
  })
})

describe('a stolen ice-pwd', () => {
  it('with another certificate shows as another fingerprint, which the facts do not name', async () => {
    const guest = await guestWith({ identity: thief })
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    await relay.until('proof', isSecured(guest))
    expect(fingerprintOf(guest)).toBe(thief.fingerprint)
    expect(fingerprintOf(guest)).not.toBe(me.fingerprint)
  })

  it("with the victim's certificate and another key is refused", async () => {
    const guest = await guestWith({ identity: { ...me, keyPem: thief.keyPem } })
    relay.transport.open(guest.ticket.linkId)
    await guest.check()
    guest.dtls.connect()
    await relay.until('refusal', () => lostOf(guest) === 'refused')
    expect(isSecured(guest)()).toBe(false)
  })

  it('with everything that goes over the wire known gets no second identity into a link', async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    const other = await guestWith({ ticket: guest.ticket, ufrag: guest.ufrag, identity: thief })
    await other.check({ useCandidate: true })
    other.dtls.connect()
    // The one who is in nominates again, as browsers do with every check.
    await guest.check({ useCandidate: true })
    guest.sendRtp(rtp())
    await guest.mediaCount(1)
    expect(relay.secured.filter(({ linkId }) => linkId === guest.ticket.linkId)).toHaveLength(1)
    expect(fingerprintOf(guest)).toBe(me.fingerprint)
  })
})

describe('where a link is', () => {
  it('is where it was first seen, before any nomination', async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.check()
    await guest.handshake()
    guest.sendRtp(rtp())
    await guest.mediaCount(1)
  })

  it('moves with a nomination only', async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    await guest.move()
    // A check alone: the new address may send, answers still go to the old one.
    await guest.check()
    guest.sendRtp(rtp())
    await guest.check({ useCandidate: true })
    const packet = rtp()
    guest.sendRtp(packet)
    await guest.mediaCount(1)
    expect(guest.media).toEqual([packet])
  })

  it('RL5: moves with an ICE restart, which is a new ticket for the same link', async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    await guest.move()
    const restarted = relay.mint(guest.ticket.linkId)
    await guest.check({
      username: `${restarted.ufrag}:new`,
      password: restarted.password,
      useCandidate: true,
    })
    const packet = rtp()
    guest.sendRtp(packet)
    await guest.mediaCount(1)
    expect(guest.media).toEqual([packet])
    expect(relay.secured.filter(({ linkId }) => linkId === guest.ticket.linkId)).toHaveLength(1)
  })

  it('media and handshakes from an address that nobody proved go nowhere', async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    const before = await refusals('unknown-address')
    const stranger = await guestWith()
    stranger.wire.send(guest.sendRtp(rtp()))
    stranger.dtls.connect()
    await guest.mediaCount(1)
    await settled()
    expect(await refusals('unknown-address')).toBe(before + 2)
  })
})

describe('SRTP on the socket', () => {
  it('a replay, a forged packet, another SSRC and a far sequence number are dropped, and the next packet is heard', async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    const sealed = Buffer.from(guest.sendRtp(rtp()))
    await guest.mediaCount(1)
    const before = { ...relay.logic.drops }
    const changed = (offset: number, value: number): Buffer => {
      const copy = Buffer.from(sealed)
      copy[offset] = value
      return copy
    }
    guest.wire.send(sealed)
    guest.wire.send(changed(3, sealed[3]! + 1))
    guest.wire.send(changed(11, 99))
    guest.wire.send(changed(2, sealed[2]! ^ 0x70))
    guest.sendRtp(rtp())
    await guest.mediaCount(2)
    const { drops } = relay.logic
    expect((drops['replay'] ?? 0) - (before['replay'] ?? 0)).toBe(1)
    expect((drops['bad-tag'] ?? 0) - (before['bad-tag'] ?? 0)).toBe(3)
  })
})

describe('what anybody may ask', () => {
  it('plain STUN: the own address', async () => {
    const guest = await guestWith()
    const answer = await guest.check({ username: null, password: null })
    expect(answer).toEqual({ type: 'success', address: '127.0.0.1', port: guest.wire.localPort })
  })

  it('garbage of every kind is survived', async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    for (let first = 0; first < 256; first += 1) {
      for (const length of [1, 12, 13, 60, 1_400]) {
        guest.wire.send(Buffer.alloc(length, first))
      }
    }
    guest.wire.send(Buffer.alloc(0))
    await guest.check()
    guest.sendRtp(rtp())
    await guest.mediaCount(1)
  })

  it('a TCP connection that frames badly is closed', async () => {
    const guest = await guestWith({ via: 'tcp' })
    guest.wire.send(Buffer.alloc(5_000))
    await within(5_000, 'end of the connection', guest.wire.closed)
  })
})

it('indexes are used again, links are not confused', async () => {
  const before = (await relay.transport.report()).links
  for (let round = 0; round < 3; round += 1) {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.connect()
    guest.sendRtp(rtp())
    await guest.mediaCount(1)
    relay.transport.close(guest.ticket.linkId)
  }
  expect((await relay.transport.report()).links).toBe(before)
  const indexes = relay.logic.commands.flatMap((one) => (one.type === 'open-link' ? one.link : []))
  expect(Math.max(...indexes)).toBeLessThan(relayLimits.pendingLinksMax)
})

it('so many handshakes at once and no more; who comes later gets in when one of them is over', async () => {
  const idle: Guest[] = []
  for (let count = 0; count < relayLimits.handshakesMax; count += 1) {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.check()
    // Begins, hears nothing, and does not go on.
    guest.dtls.receive = () => {}
    guest.dtls.connect()
    idle.push(guest)
  }
  const late = await guestWith()
  relay.transport.open(late.ticket.linkId)
  await late.check()
  const before = await refusals('too-many-handshakes')
  late.dtls.connect()
  await expect.poll(() => refusals('too-many-handshakes'), { timeout: 5_000 }).toBeGreaterThan(before)
  relay.transport.close(idle[0]!.ticket.linkId)
  // It says its hello again after half a second.
  await within(10_000, 'DTLS', late.dtls.connected)
  expect(fingerprintOf(late)).toBe(me.fingerprint)
})

// It takes as long as the relay waits: transport-links.test.ts says the same in no time.
longIt(
  'a handshake that never ends is ended by the relay, and its ticket opens nothing any more',
  async () => {
    const guest = await guestWith()
    relay.transport.open(guest.ticket.linkId)
    await guest.check()
    guest.dtls.receive = () => {}
    guest.dtls.connect()
    const alive = setInterval(() => guest.wire.send(guest.request()), 1_000)
    await expect
      .poll(() => lostOf(guest), { timeout: relayLimits.handshakeMs + 5 * relayLimits.linkSweepMs })
      .toBe('refused')
    clearInterval(alive)
    const { stunReplies } = guest
    guest.wire.send(guest.request())
    await settled()
    expect(guest.stunReplies).toBe(stunReplies)
  },
)

it('over IPv6, with an address of its own', async () => {
  const other = await startTestRelay({ bindAddresses: ['127.0.0.1', '::1'], tcpPort: null })
  const candidate = other.transport.candidates.find(({ address }) => address === '::1')!
  const guest = await Guest.open(candidate, other.mint(), { identity: me })
  other.transport.open(guest.ticket.linkId)
  expect(await guest.check()).toMatchObject({ type: 'success', address: '0:0:0:0:0:0:0:1' })
  await guest.handshake()
  guest.sendRtp(rtp())
  await guest.mediaCount(1)
  guest.close()
  await other.transport.stop()
})

it('a restart of the relay binds again', async () => {
  const other = await startTestRelay()
  await other.transport.stop()
  const again = await startTestRelay({ udpPort: other.udp.port, tcpPort: other.tcp.port })
  expect(again.udp.port).toBe(other.udp.port)
  await expect(startTestRelay({ udpPort: other.udp.port })).rejects.toThrow('EADDRINUSE')
  await again.transport.stop()
})
