import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { notMeasured } from '../control/relay-distances.ts'
import { isAddressInfo } from './tcp-connections.ts'
import { makeDtlsIdentity, type DtlsIdentity } from './dtls-identity.ts'
import { Guest } from './testing/guest.ts'
import { startTestRelay, type TestRelay } from './testing/relay.ts'
import { rtp } from './testing/rtp.ts'
import { stunRequest } from './testing/stun-request.ts'
import { randomLinkId, type TestTicket } from './testing/tickets.ts'
import { openWire, within } from './testing/wire.ts'

/** A relay with two media threads, and one with one. */
let relay: TestRelay
let other: TestRelay
let me: DtlsIdentity
const guests: Guest[] = []

beforeAll(async () => {
  ;[relay, other, me] = await Promise.all([
    startTestRelay({ threads: 2 }),
    startTestRelay(),
    makeDtlsIdentity(),
  ])
})
afterAll(() => Promise.all([relay.transport.stop(), other.transport.stop()]))
afterEach(() => {
  for (const guest of guests.splice(0)) {
    guest.close()
    relay.transport.close(guest.ticket.linkId)
  }
})

type Via = 'udp' | 'tcp'

async function guestAt(thread: number, ticket: TestTicket = relay.mint(), via: Via = 'udp'): Promise<Guest> {
  const guest = await Guest.open(relay.candidate(via, thread), ticket, { identity: me })
  guests.push(guest)
  return guest
}

const isSecured = (guest: Guest) => (): boolean =>
  relay.secured.some(({ linkId }) => linkId === guest.ticket.linkId)

/** The room's word comes first. */
async function served(thread: number, via: Via = 'udp'): Promise<Guest> {
  const guest = await guestAt(thread, relay.mint(), via)
  relay.transport.open(guest.ticket.linkId, { thread })
  await guest.connect()
  await relay.until('proof', isSecured(guest))
  return guest
}

const hasPacket = (thread: number, packet: Buffer): boolean =>
  relay.logics[thread]!.packets.some((one) => one.equals(packet))

const opened = (thread: number): readonly number[] =>
  relay.logics[thread]!.commands.flatMap((one) => (one.type === 'open-link' ? [one.link] : []))

const refusals = async (why: string): Promise<number> => (await relay.drops())[why] ?? 0

describe.each(['udp', 'tcp'] as const)('RG8 two media threads over %s', (via) => {
  it('each serves its links at its own port, and sees nothing of the other one’s', async () => {
    expect(relay.candidate(via, 0).port).not.toBe(relay.candidate(via, 1).port)
    const [ada, bob] = await Promise.all([served(0, via), served(1, via)])
    const packets = [rtp(), rtp()] as const
    ada.sendRtp(packets[0])
    bob.sendRtp(packets[1])
    await Promise.all([ada.mediaCount(1), bob.mediaCount(1)])
    expect([ada.media, bob.media]).toEqual([[packets[0]], [packets[1]]])
    expect(packets.map((packet) => hasPacket(0, packet))).toEqual([true, false])
    expect(packets.map((packet) => hasPacket(1, packet))).toEqual([false, true])
  })

  it('a ticket opens nothing at the other port: no answer, and its own port is as before', async () => {
    const guest = await served(1, via)
    const astray = await guestAt(0, guest.ticket, via)
    const before = await refusals('stun-elsewhere')
    astray.wire.send(astray.request({ username: `${guest.ticket.ufrag}:${guest.ufrag}` }))
    await expect.poll(() => refusals('stun-elsewhere'), { timeout: 5_000 }).toBe(before + 1)
    // Neither is media from there anybody's.
    astray.srtp = guest.srtp
    const unknown = await refusals('unknown-address')
    astray.sendRtp(rtp())
    await expect.poll(() => refusals('unknown-address'), { timeout: 5_000 }).toBe(unknown + 1)
    expect(astray.stunReplies).toBe(0)
    guest.sendRtp(rtp())
    await guest.mediaCount(1)
  })

  it('who comes before the room’s word is taken over where the room is', async () => {
    const guest = await (await guestAt(1, relay.mint(), via)).connect()
    relay.transport.open(guest.ticket.linkId, { thread: 1 })
    await relay.until('proof', isSecured(guest))
    guest.sendRtp(rtp())
    await guest.mediaCount(1)
  })

  it('who comes before the room’s word at the wrong port has to come again, and may', async () => {
    const guest = await (await guestAt(1, relay.mint(), via)).connect()
    const goodbye = new Promise<void>((resolve) => guest.dtls.werift.onClose.once(() => resolve()))
    relay.transport.open(guest.ticket.linkId, { thread: 0 })
    await within(5_000, 'goodbye', goodbye)
    expect(isSecured(guest)()).toBe(false)
    const again = await (await guestAt(0, guest.ticket, via)).connect()
    await relay.until('proof', isSecured(again))
    const packet = rtp()
    again.sendRtp(packet)
    await again.mediaCount(1)
    expect([hasPacket(0, packet), hasPacket(1, packet)]).toEqual([true, false])
  })
})

it('a pending link stays where it came first until the room’s word', async () => {
  const guest = await guestAt(0)
  await guest.check()
  const second = await guestAt(1, guest.ticket)
  const before = await refusals('stun-elsewhere')
  second.wire.send(second.request({ username: `${guest.ticket.ufrag}:${guest.ufrag}` }))
  await expect.poll(() => refusals('stun-elsewhere'), { timeout: 5_000 }).toBe(before + 1)
  await guest.connect()
})

it('plain STUN is answered at every port', async () => {
  for (const thread of [0, 1]) {
    const answer = Promise.withResolvers<void>()
    const wire = await openWire(relay.candidate('udp', thread), () => answer.resolve())
    wire.send(stunRequest())
    await within(5_000, `answer of thread ${thread}`, answer.promise)
    wire.close()
  }
})

it('links have numbers of their own over all threads', async () => {
  await Promise.all([served(0), served(1)])
  expect(opened(0).at(-1)).not.toBe(opened(1).at(-1))
})

it('no link is shown what one on another thread publishes', async () => {
  const [ada, bob, cyd] = await Promise.all([served(0), served(1), served(1)])
  const shownToBob = async ({ ticket: { linkId } }: Guest): Promise<unknown> => {
    const publication = { linkId, source: 'camera' } as const
    relay.transport.command(bob.ticket.linkId, { type: 'set-slot', slot: 4, publication })
    // Answered when all that was said to the threads before is done.
    await relay.transport.report()
    const order = relay.logics[1]!.commands.findLast((one) => one.type === 'set-slot')
    return order?.publication
  }
  expect(await shownToBob(cyd)).toMatchObject({ source: 'camera' })
  expect(await shownToBob(ada)).toBeNull()
  expect(relay.logics[0]!.commands.some((one) => one.type === 'set-slot')).toBe(false)
})

it('CH3 RG8 a trunk is dialled by the thread of its room, and answered by that of the other’s', async () => {
  for (const [dials, answers, thread] of [
    [relay, other, 0],
    [other, relay, 1],
  ] as const) {
    const linkId = randomLinkId()
    const { ufrag, password } = answers.mint(linkId)
    answers.transport.open(linkId, { isTrunk: true, thread })
    const candidates = [answers.candidate('udp', thread)]
    const { fingerprint } = answers.transport
    const ticket = { iceUfrag: ufrag, icePwd: password, fingerprint, candidates }
    dials.transport.dial(linkId, ticket, dials === relay ? 1 : 0)
    const isUp = (end: TestRelay) => (): boolean => end.secured.some((one) => one.linkId === linkId)
    await Promise.all([dials.until('proof', isUp(dials)), answers.until('proof', isUp(answers))])
    // Said to the threads before: they have the keys.
    await Promise.all([dials.transport.report(), answers.transport.report()])
    const dialling = dials.logics[dials === relay ? 1 : 0]!
    const packet = rtp()
    dialling.say(dialling.commands.findLast((one) => one.type === 'open-link')!.link, packet)
    // The far end echoes it.
    const isBack = (): boolean => dialling.packets.some((one) => one.equals(packet))
    await expect.poll(isBack, { interval: 5, timeout: 5_000 }).toBe(true)
    expect(answers.logics[thread]!.packets.some((one) => one.equals(packet))).toBe(true)
    expect(dials.transport.roundTripMs(linkId)).toBeGreaterThan(0)
    dials.transport.close(linkId)
    answers.transport.close(linkId)
  }
})

describe('RG8 how far another relay is', () => {
  it('is asked from thread 0', async () => {
    expect((await relay.transport.probe([other.udp])).rttMs).toBeGreaterThan(0)
  })

  it('is not known by an answer that comes to another thread', async () => {
    const far = createSocket('udp4')
    far.bind(0, '127.0.0.1')
    await once(far, 'listening')
    const at = far.address()
    if (!isAddressInfo(at)) throw new Error('it is bound')
    far.on('message', (question) => {
      // As a binding success to the same transaction, to the port beside the one that asked.
      const answer = Buffer.alloc(20)
      answer.writeUInt16BE(0x01_01, 0)
      question.copy(answer, 4, 4, 20)
      far.send(answer, relay.candidate('udp', 1).port, '127.0.0.1')
    })
    const before = await refusals('stun-unasked')
    const measured = await relay.transport.probe([{ protocol: 'udp', address: '127.0.0.1', port: at.port }])
    expect(measured).toMatchObject({ ...notMeasured, asked: 4 })
    expect(await refusals('stun-unasked')).toBe(before + 4)
    far.close()
  })
})

it('stop frees the ports of all threads', async () => {
  const brief = await startTestRelay({ threads: 2 })
  const ports = [0, 1].map((thread) => brief.candidate('udp', thread).port)
  await brief.transport.stop()
  for (const port of ports) {
    const socket = createSocket('udp4')
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    socket.close()
  }
})
