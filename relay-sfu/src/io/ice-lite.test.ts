import { randomBytes } from 'node:crypto'
import type { LinkId } from '@video-room/shared/ids.ts'
import { describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { IceLite, type StunVerdict } from './ice-lite.ts'
import { readStunReply, stunRequest, useCandidateAttribute } from './testing/stun-request.ts'
import { mintTicket, randomLinkId, type TestTicket } from './testing/tickets.ts'

const iceKey = randomBytes(32)
const from = { socket: 0, address: '192.0.2.9', port: 40_000 }
const now = 1_700_000_000

const ticketFor = (linkId: LinkId = randomLinkId(), expiresAtS = now + 60): TestTicket =>
  mintTicket(iceKey, linkId, expiresAtS)

const check = (ticket: TestTicket, options = {}): Buffer =>
  stunRequest({ username: `${ticket.ufrag}:mine`, password: ticket.password, ...options })

const nobody = (): boolean => false
const whyOf = (verdict: StunVerdict): string => (verdict.type === 'refused' ? verdict.why : verdict.type)

describe('who holds a ticket', () => {
  it('RL2: is answered with the address the request came from, under the same password', () => {
    const ice = new IceLite(iceKey)
    const ticket = ticketFor()
    const verdict = ice.receive(check(ticket), from, now, nobody)
    if (verdict.type !== 'verified') throw new Error(whyOf(verdict))
    expect(verdict).toMatchObject({ linkId: ticket.linkId, useCandidate: false })
    expect(readStunReply(verdict.reply, ticket.password)).toEqual({
      type: 'success',
      address: from.address,
      port: from.port,
    })
  })

  it('may nominate', () => {
    const verdict = new IceLite(iceKey).receive(check(ticketFor(), { useCandidate: true }), from, now, nobody)
    expect(verdict).toMatchObject({ useCandidate: true })
  })

  it('is told of a role that both cannot have (RFC 8445, section 7.3.1.1)', () => {
    const ticket = ticketFor()
    const verdict = new IceLite(iceKey).receive(check(ticket, { role: 'controlled' }), from, now, nobody)
    if (verdict.type !== 'answered') throw new Error(whyOf(verdict))
    expect(readStunReply(verdict.reply, ticket.password)).toEqual({ type: 'error', code: 487 })
  })

  it('RFC 8489 6.3.1: is told what of a request must be understood and is not', () => {
    const ice = new IceLite(iceKey)
    const ticket = ticketFor()
    const verdict = ice.receive(check(ticket, { others: [0x70_01, 0xc0_57, 0x70_02] }), from, now, nobody)
    if (verdict.type !== 'answered') throw new Error(whyOf(verdict))
    const unknownTypes = [0x70_01, 0x70_02]
    expect(readStunReply(verdict.reply, ticket.password)).toEqual({ type: 'error', code: 420, unknownTypes })
    // As Chromium sends them.
    const others = [0xc0_57, 0xc0_59, 0x80_22]
    expect(ice.receive(check(ticket, { others }), from, now, nobody).type).toBe('verified')
    const forged = check(ticket, { others: [0x70_01], password: 'A'.repeat(43) })
    expect(ice.receive(forged, from, now, nobody)).toMatchObject({ why: 'stun-forged' })
    const many = check(ticket, { others: Array.from({ length: 60 }, (_, at) => 0x70_00 + at) })
    const toMany = ice.receive(many, from, now, nobody)
    if (toMany.type !== 'answered') throw new Error(whyOf(toMany))
    const named = Array.from({ length: 8 }, (_, at) => 0x70_00 + at)
    expect(readStunReply(toMany.reply, ticket.password)).toMatchObject({ code: 420, unknownTypes: named })
  })

  it('RL4: goes on after the ticket has expired', () => {
    const ice = new IceLite(iceKey)
    const ticket = ticketFor()
    ice.receive(check(ticket), from, now, nobody)
    expect(ice.receive(check(ticket), from, now + 3_600, nobody).type).toBe('verified')
  })
})

describe('who does not is not answered', () => {
  const cases: readonly [string, (ticket: TestTicket) => Buffer, string][] = [
    ['no integrity', (ticket) => check(ticket, { password: null }), 'stun-forged'],
    [
      'a wrong password',
      (ticket) => check(ticket, { password: `${ticket.password.slice(0, 42)}!` }),
      'stun-forged',
    ],
    [
      "another link's ufrag with the own password",
      (ticket) => check(ticket, { username: `${ticketFor().ufrag}:mine` }),
      'stun-forged',
    ],
    [
      'a ufrag of which one bit was changed',
      (ticket) =>
        check(ticket, {
          username: `${ticket.ufrag.slice(0, 19)}${ticket.ufrag.at(19) === 'A' ? 'B' : 'A'}:mine`,
        }),
      'stun-forged',
    ],
    ['a ufrag that is none', (ticket) => check(ticket, { username: 'somebody:mine' }), 'stun-malformed'],
    ['an empty name', (ticket) => check(ticket, { username: '' }), 'stun-malformed'],
    ['a password without a name', (ticket) => check(ticket, { username: null }), 'stun-malformed'],
    ['something that is no request', () => Buffer.from('00010000', 'hex'), 'stun-malformed'],
  ]
  it.each(cases)('I1: %s', (_, requestOf, why) => {
    expect(whyOf(new IceLite(iceKey).receive(requestOf(ticketFor()), from, now, nobody))).toBe(why)
  })

  it('I2, RL4: an expired ticket, used first now', () => {
    expect(whyOf(new IceLite(iceKey).receive(check(ticketFor()), from, now + 61, nobody))).toBe(
      'stun-expired',
    )
  })

  it('RL4: another expired ticket of a link that is up', () => {
    const ice = new IceLite(iceKey)
    const linkId = randomLinkId()
    ice.receive(check(ticketFor(linkId)), from, now, nobody)
    expect(whyOf(ice.receive(check(ticketFor(linkId, now - 1)), from, now, nobody))).toBe('stun-expired')
  })

  it('I3: a second browser with a used ticket, whoever came first staying', () => {
    const ice = new IceLite(iceKey)
    const ticket = ticketFor()
    ice.receive(check(ticket), from, now, nobody)
    const second = check(ticket, { username: `${ticket.ufrag}:other` })
    expect(whyOf(ice.receive(second, from, now, nobody))).toBe('stun-taken')
    expect(ice.receive(check(ticket), from, now, nobody).type).toBe('verified')
  })

  it('I4: a link that is barred, with any of its tickets', () => {
    const ice = new IceLite(iceKey)
    const linkId = randomLinkId()
    const ticket = ticketFor(linkId)
    ice.receive(check(ticket), from, now, nobody)
    const isBarred = (id: LinkId): boolean => id === linkId
    expect(ice.receive(check(ticket), from, now, isBarred).type).toBe('refused')
    expect(ice.receive(check(ticketFor(linkId)), from, now, isBarred).type).toBe('refused')
  })
})

it('USE-CANDIDATE behind MESSAGE-INTEGRITY is not read', () => {
  const request = check(ticketFor(), { unprotected: useCandidateAttribute, hasFingerprint: false })
  const verdict = new IceLite(iceKey).receive(request, from, now, nobody)
  expect(verdict).toMatchObject({ type: 'verified', useCandidate: false })
})

it('plain STUN is answered, without a secret', () => {
  const verdict = new IceLite(iceKey).receive(stunRequest({ role: null }), from, now, nobody)
  if (verdict.type !== 'answered') throw new Error(whyOf(verdict))
  expect(readStunReply(verdict.reply, null)).toMatchObject({ type: 'success', port: from.port })
  expect(verdict.reply.length).toBeLessThanOrEqual(44)
})

it('remembers as many tickets of a link as an hour of restarts needs, and no more', () => {
  const ice = new IceLite(iceKey)
  const linkId = randomLinkId()
  const tickets = Array.from({ length: relayLimits.linkCredentialsMax + 1 }, () => ticketFor(linkId))
  for (const ticket of tickets) ice.receive(check(ticket), from, now, nobody)
  const later = tickets.map((ticket) => whyOf(ice.receive(check(ticket), from, now + 3_600, nobody)))
  expect(later[0]).toBe('stun-expired')
  expect(later.slice(1).every((one) => one === 'verified')).toBe(true)
})

it('a link that was forgotten needs a ticket that has not expired', () => {
  const ice = new IceLite(iceKey)
  const ticket = ticketFor()
  ice.receive(check(ticket), from, now, nobody)
  ice.forget(ticket.linkId)
  expect(whyOf(ice.receive(check(ticket), from, now + 61, nobody))).toBe('stun-expired')
})
