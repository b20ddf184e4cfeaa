import { randomBytes } from 'node:crypto'
import type { LinkId } from '@video-room/shared/ids.ts'
import type { RelayCandidate, RelayTicket } from '@video-room/shared/ticket.ts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { notMeasured } from '../control/relay-distances.ts'
import { LossyShim } from './testing/lossy-shim.ts'
import { relayLimits } from '../limits.ts'
import { longIt } from '../testing/long.ts'
import { startTestRelay, type TestRelay } from './testing/relay.ts'
import { nowS, randomLinkId } from './testing/tickets.ts'

/** One relay that dials, and one that is dialled; each with a world of its own. */
let near: TestRelay
let far: TestRelay
const shims: LossyShim[] = []

beforeAll(async () => {
  ;[near, far] = await Promise.all([startTestRelay(), startTestRelay()])
})
afterAll(() => Promise.all([near.transport.stop(), far.transport.stop()]))
afterEach(async () => {
  for (const { linkId } of [...near.secured, ...far.secured]) {
    near.transport.close(linkId)
    far.transport.close(linkId)
  }
  await Promise.all(shims.splice(0).map((shim) => shim.stop()))
})

/** As a room mints it for the relay that is dialled. */
function ticketOf(
  relay: TestRelay,
  linkId: LinkId,
  {
    candidates = [relay.udp],
    expiresAtS = nowS() + 60,
  }: { candidates?: RelayCandidate[]; expiresAtS?: number } = {},
): RelayTicket {
  const { ufrag, password } = relay.mint(linkId, expiresAtS)
  return { iceUfrag: ufrag, icePwd: password, fingerprint: relay.transport.fingerprint, candidates }
}

const fingerprintAt = (relay: TestRelay, linkId: LinkId): string | undefined =>
  relay.secured.findLast((one) => one.linkId === linkId)?.fingerprint
const lostAt = (relay: TestRelay, linkId: LinkId): string | undefined =>
  relay.lost.findLast((one) => one.linkId === linkId)?.why

const up = (linkId: LinkId): Promise<unknown> =>
  Promise.all(
    [near, far].map((relay) => relay.until('proof', () => fingerprintAt(relay, linkId) !== undefined)),
  )

/** Opened at both ends, and up. */
async function trunk(candidates?: RelayCandidate[]): Promise<LinkId> {
  const linkId = randomLinkId()
  far.transport.open(linkId, { isTrunk: true })
  near.transport.dial(linkId, ticketOf(far, linkId, candidates ? { candidates } : {}))
  await up(linkId)
  return linkId
}

async function shimTo(relay: TestRelay): Promise<LossyShim> {
  const shim = await LossyShim.start(relay.udp, 3)
  shims.push(shim)
  return shim
}

/** The index that the media thread knows the newest link by. */
const newestIndex = (relay: TestRelay): number =>
  relay.logic.commands.findLast((one) => one.type === 'open-link')!.link

let ssrc = 100
function rtp(): Buffer {
  const packet = Buffer.alloc(200, 5)
  packet.writeUInt16BE(0x80_60, 0)
  packet.writeUInt16BE(1, 2)
  ssrc += 1
  packet.writeUInt32BE(ssrc, 8)
  return packet
}

/** Of the media thread, which tells nobody. */
async function heard(relay: TestRelay, packet: Buffer): Promise<void> {
  const isHeard = (): boolean => relay.logic.packets.some((one) => one.equals(packet))
  await expect.poll(isHeard, { interval: 5, timeout: 5_000 }).toBe(true)
}

/** Both ends can read what the other one says. */
async function talk(index = newestIndex(near)): Promise<void> {
  const packet = rtp()
  // Answered when all that was said to the media threads before is done: they have the keys.
  await Promise.all([near.transport.report(), far.transport.report()])
  near.logic.say(index, packet)
  // The far end echoes it.
  await heard(far, packet)
  await heard(near, packet)
}

const refusals = async (relay: TestRelay, why: string): Promise<number> => (await relay.drops())[why] ?? 0

describe('a trunk', () => {
  it('CH3: is up at both ends, each of which knows whose certificate the other one proved', async () => {
    const linkId = await trunk()
    expect(fingerprintAt(near, linkId)).toBe(far.transport.fingerprint)
    expect(fingerprintAt(far, linkId)).toBe(near.transport.fingerprint)
    expect(near.transport.fingerprint).not.toBe(far.transport.fingerprint)
    await talk()
  })

  it('is a trunk to both media threads', async () => {
    await trunk()
    for (const relay of [near, far]) {
      const opened = relay.logic.commands.findLast((one) => one.type === 'open-link')
      expect(opened).toEqual({ type: 'open-link', link: opened?.link, isTrunk: true })
    }
  })

  it('may come before the word of the other room: it is taken over as it is', async () => {
    const linkId = randomLinkId()
    near.transport.dial(linkId, ticketOf(far, linkId))
    await near.until('proof', () => fingerprintAt(near, linkId) !== undefined)
    expect(fingerprintAt(far, linkId)).toBeUndefined()
    far.transport.open(linkId, { isTrunk: true })
    await up(linkId)
    await talk()
  })

  it('is one of many between the same two relays: each room has its own', async () => {
    const first = await trunk()
    const index = newestIndex(near)
    const second = await trunk()
    await talk()
    // The first one is still itself, after the second one was asked for and answered.
    await talk(index)
    near.transport.close(second)
    await far.until('goodbye', () => lostAt(far, second) === 'closed')
    await talk(index)
    expect([lostAt(near, first), lostAt(far, first)]).toEqual([undefined, undefined])
  })

  it('goes both ways between two relays at once', async () => {
    const there = await trunk()
    const back = randomLinkId()
    near.transport.open(back, { isTrunk: true })
    far.transport.dial(back, ticketOf(near, back))
    await up(back)
    await talk()
    expect([there, back].map((linkId) => lostAt(near, linkId))).toEqual([undefined, undefined])
  })

  it('knows its round trip where it was dialled', async () => {
    const linkId = await trunk()
    const roundTripMs = near.transport.roundTripMs(linkId)
    expect(roundTripMs).toBeGreaterThan(0)
    expect(roundTripMs).toBeLessThan(1_000)
    expect(far.transport.roundTripMs(linkId)).toBeNull()
    expect(near.transport.roundTripMs(randomLinkId())).toBeNull()
  })

  it('finds the other relay behind the one address of several that answers', async () => {
    const nobody = await shimTo(far)
    nobody.uplinkLoss = 1
    await trunk([{ protocol: 'tcp', address: '127.0.0.1', port: 9 }, nobody.candidate, far.udp])
    await talk()
  })

  it('comes up over a path that loses three packets of ten each way', async () => {
    const shim = await shimTo(far)
    shim.uplinkLoss = 0.3
    shim.downlinkLoss = 0.3
    const linkId = randomLinkId()
    far.transport.open(linkId, { isTrunk: true })
    near.transport.dial(linkId, ticketOf(far, linkId, { candidates: [shim.candidate] }))
    const isUp = (): boolean =>
      fingerprintAt(near, linkId) !== undefined && fingerprintAt(far, linkId) !== undefined
    await expect.poll(isUp, { timeout: 20_000 }).toBe(true)
    expect(shim.lost).toBeGreaterThan(0)
  })

  it('over IPv6', async () => {
    const bindAddresses = ['127.0.0.1', '::1']
    const [one, other] = await Promise.all([
      startTestRelay({ bindAddresses }),
      startTestRelay({ bindAddresses }),
    ])
    const candidates = other.transport.candidates.filter(({ address }) => address === '::1')
    const linkId = randomLinkId()
    other.transport.open(linkId, { isTrunk: true })
    one.transport.dial(linkId, ticketOf(other, linkId, { candidates }))
    await one.until('proof', () => fingerprintAt(one, linkId) === other.transport.fingerprint)
    await Promise.all([one.transport.stop(), other.transport.stop()])
  })
})

describe('the end of a trunk', () => {
  it.each(['near', 'far'] as const)('is said by the %s end, and heard', async (who) => {
    const linkId = await trunk()
    const [ends, hears] = who === 'near' ? [near, far] : [far, near]
    ends.transport.close(linkId)
    await hears.until('goodbye', () => lostAt(hears, linkId) === 'closed')
    expect(lostAt(ends, linkId)).toBeUndefined()
    expect(near.transport.roundTripMs(linkId)).toBeNull()
  })

  it('may be said by both at once', async () => {
    const linkId = await trunk()
    near.transport.close(linkId)
    far.transport.close(linkId)
    await trunk()
    expect([lostAt(near, linkId), lostAt(far, linkId)]).toEqual([undefined, undefined])
  })

  it('is noticed within seconds when the other relay says nothing any more', async () => {
    const shim = await shimTo(far)
    const linkId = await trunk([shim.candidate])
    shim.uplinkLoss = 1
    shim.downlinkLoss = 1
    const startedAtMs = performance.now()
    await near.until('loss', () => lostAt(near, linkId) === 'silent')
    expect(performance.now() - startedAtMs).toBeLessThan(relayLimits.dialSilentMs + 1_000)
  })

  it('is not that of what follows: the same link is dialled again, with a ticket of another link', async () => {
    const linkId = await trunk()
    far.transport.close(linkId)
    await near.until('goodbye', () => lostAt(near, linkId) === 'closed')
    const before = near.secured.length
    const next = randomLinkId()
    far.transport.open(next, { isTrunk: true })
    near.transport.dial(linkId, ticketOf(far, next))
    await near.until('proof', () => near.secured.length > before)
    await far.until('proof', () => fingerprintAt(far, next) === near.transport.fingerprint)
    await talk()
  })

  it('dialled twice is dialled once', async () => {
    const linkId = await trunk()
    near.transport.dial(linkId, ticketOf(far, linkId))
    await talk()
    expect(near.secured.filter((one) => one.linkId === linkId)).toHaveLength(1)
    expect(lostAt(near, linkId)).toBeUndefined()
  })
})

describe('who may not', () => {
  it("gets no answer: another's password, an expired ticket, a link that is closed for good", async () => {
    const [forged, expired, barred] = [randomLinkId(), randomLinkId(), randomLinkId()]
    far.transport.close(barred)
    const before = [await refusals(far, 'stun-forged'), await refusals(far, 'stun-expired')] as const
    near.transport.dial(forged, { ...ticketOf(far, forged), icePwd: 'A'.repeat(43) })
    near.transport.dial(expired, ticketOf(far, expired, { expiresAtS: nowS() - 1 }))
    near.transport.dial(barred, ticketOf(far, barred))
    const seen = async (): Promise<boolean> =>
      (await refusals(far, 'stun-forged')) > before[0] &&
      (await refusals(far, 'stun-expired')) > before[1] + 1
    await expect.poll(seen, { timeout: 5_000 }).toBe(true)
    for (const linkId of [forged, expired, barred]) {
      expect(near.transport.roundTripMs(linkId)).toBeNull()
      expect(fingerprintAt(near, linkId)).toBeUndefined()
      near.transport.close(linkId)
    }
  })

  it('shows another certificate: its fingerprint is told, and it is not that of the ticket', async () => {
    const iceKey = randomBytes(32)
    const [victim, thief] = await Promise.all([startTestRelay({ iceKey }), startTestRelay({ iceKey })])
    const linkId = randomLinkId()
    const ticket = { ...ticketOf(victim, linkId), candidates: [thief.udp] }
    near.transport.dial(linkId, ticket)
    await near.until('proof', () => fingerprintAt(near, linkId) !== undefined)
    expect(fingerprintAt(near, linkId)).toBe(thief.transport.fingerprint)
    expect(fingerprintAt(near, linkId)).not.toBe(ticket.fingerprint)
    await Promise.all([victim.transport.stop(), thief.transport.stop()])
  })

  it('is at no address that can be reached from here: lost at once', async () => {
    const linkId = randomLinkId()
    const candidates: RelayCandidate[] = [far.tcp, { protocol: 'udp', address: '::1', port: 9 }]
    near.transport.dial(linkId, ticketOf(far, linkId, { candidates }))
    expect(near.lost).not.toContainEqual({ linkId, why: 'refused' })
    await near.until('refusal', () => lostAt(near, linkId) === 'refused')
  })

  it('is one too many at once; there is room again when others are given up', async () => {
    const nobody = await shimTo(far)
    nobody.uplinkLoss = 1
    const dial = (): LinkId => {
      const linkId = randomLinkId()
      near.transport.dial(linkId, ticketOf(far, linkId, { candidates: [nobody.candidate] }))
      return linkId
    }
    const waiting = Array.from({ length: relayLimits.dialsMax }, dial)
    const late = dial()
    await near.until('refusal', () => lostAt(near, late) === 'refused')
    for (const linkId of waiting) near.transport.close(linkId)
    await trunk()
    await talk()
  })

  // It takes as long as the relay waits; ice-dial.test.ts says the same in no time.
  longIt('is given up in the end', async () => {
    const linkId = randomLinkId()
    near.transport.dial(linkId, { ...ticketOf(far, linkId), icePwd: 'A'.repeat(43) })
    await expect.poll(() => lostAt(near, linkId), { timeout: relayLimits.dialMs + 2_000 }).toBe('silent')
  })
})

describe('RG5: the distance of another relay', () => {
  it('is a round trip, and opens nothing', async () => {
    const { rttMs, asked, answered } = await near.transport.probe([far.tcp, far.udp])
    expect(rttMs).toBeGreaterThan(0)
    expect(rttMs).toBeLessThan(1_000)
    expect([asked, answered]).toEqual([relayLimits.probeQuestions, relayLimits.probeQuestions])
  })

  it('is not known of who does not answer, or cannot be asked', async () => {
    const nobody = await shimTo(far)
    nobody.downlinkLoss = 1
    const unanswered = { rttMs: null, asked: relayLimits.probeQuestions, answered: 0 }
    expect(await near.transport.probe([nobody.candidate])).toEqual(unanswered)
    const elsewhere = await near.transport.probe([far.tcp, { protocol: 'udp', address: '::1', port: 9 }])
    expect(elsewhere).toEqual(notMeasured)
  })

  it('is found while there is a trunk to it', async () => {
    await trunk()
    expect((await near.transport.probe([far.udp])).rttMs).toBeGreaterThan(0)
    await talk()
  })
})
