import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import { parseStunAnswer } from '../wire/stun-ask.ts'
import { parseStunRequest, writeBindingError, writeBindingSuccess } from '../wire/stun.ts'
import { IceDial, type DialRequest, type DialVerdict } from './ice-dial.ts'
import { IceLite } from './ice-lite.ts'
import { mintTicket, randomLinkId } from './testing/tickets.ts'

const iceKey = randomBytes(32)
const expiresAtS = 1_700_000_060
const nowS = expiresAtS - 60
const { ufrag, password } = mintTicket(iceKey, randomLinkId(), expiresAtS)
const ticket = { iceUfrag: ufrag, icePwd: password }

const far = (port: number): RemoteAddress => ({ socket: 7, address: '192.0.2.1', port })
/** As the far end sees us. */
const us: RemoteAddress = { socket: 0, address: '198.51.100.9', port: 40_000 }

/** What the relay of the ticket answers; null: not a byte. */
function answerOf(ice: IceLite, { bytes }: DialRequest): Uint8Array | null {
  const verdict = ice.receive(bytes, us, nowS, () => false)
  return verdict.type === 'refused' ? null : verdict.reply
}

function hears(dial: IceDial, bytes: Uint8Array, from: RemoteAddress, nowMs: number): DialVerdict {
  const answer = parseStunAnswer(bytes)
  if (answer === null) throw new Error('no answer')
  return dial.receive(answer, bytes, from, nowMs)
}

/** Dialled at 0, and answered at `atMs` by its only address. */
function connected(atMs = 20): { readonly dial: IceDial; readonly ice: IceLite } {
  const ice = new IceLite(iceKey)
  const dial = new IceDial(ticket, [far(1)], 0)
  const [request] = dial.ask(0)
  expect(hears(dial, answerOf(ice, request!)!, far(1), atMs)).toBe('connected')
  return { dial, ice }
}

/** Every time something is asked up to `untilMs`, without any answer. */
function asksOf(dial: IceDial, fromMs: number, untilMs: number): number[] {
  const asks: number[] = []
  for (let nowMs = fromMs; nowMs < untilMs; nowMs += 10) {
    if (dial.ask(nowMs).length > 0) asks.push(nowMs)
  }
  return asks
}

describe('what is asked', () => {
  it('RFC 8445 7.1: each address, with the credentials of the ticket, as the controlling end', () => {
    const dial = new IceDial(ticket, [far(1), far(2)], 0)
    const requests = dial.ask(0)
    expect(requests.map(({ to }) => to)).toEqual([far(1), far(2)])
    const [first, second] = requests.map(({ bytes }) => parseStunRequest(bytes)!)
    expect(first).toMatchObject({ iceRole: 'controlling', useCandidate: false, priority: 1_862_270_975 })
    expect(first!.username?.split(':')).toEqual([ufrag, expect.stringMatching(/^[A-Za-z0-9+/]{8}$/)])
    expect(second!.username).toBe(first!.username)
    expect(second!.transactionId).not.toEqual(first!.transactionId)
    const verdict = new IceLite(iceKey).receive(requests[0]!.bytes, us, nowS, () => false)
    expect(verdict.type).toBe('verified')
  })

  it('often at first, then less often, and no more when nobody is there', () => {
    const dial = new IceDial(ticket, [far(1)], 0)
    const asks = asksOf(dial, 0, relayLimits.dialMs)
    expect(asks.slice(0, 10)).toEqual([0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000, 2_500])
    expect(asks.at(-1)).toBe(9_500)
    expect(dial.isSilent(relayLimits.dialMs - 1)).toBe(false)
    expect(dial.isSilent(relayLimits.dialMs)).toBe(true)
    expect(dial.dueAtMs).toBe(relayLimits.dialMs)
  })

  it('RFC 8445 8.1.1: the address that answered first is nominated at once, and asked alone from then on', () => {
    const ice = new IceLite(iceKey)
    const dial = new IceDial(ticket, [far(1), far(2)], 0)
    const [one, two] = dial.ask(0)
    expect(dial.chosen).toBeNull()
    expect(hears(dial, answerOf(ice, two!)!, far(2), 30)).toBe('connected')
    expect(hears(dial, answerOf(ice, one!)!, far(1), 40)).toBe('alive')
    expect(dial.chosen).toEqual(far(2))
    const next = dial.ask(40)
    expect(next.map(({ to }) => to)).toEqual([far(2)])
    expect(parseStunRequest(next[0]!.bytes)?.useCandidate).toBe(true)
  })

  it('RFC 7675: once a second while it is answered, and sooner again while it is not', () => {
    const { dial, ice } = connected(20)
    const [nomination] = dial.ask(20)
    hears(dial, answerOf(ice, nomination!)!, far(1), 40)
    expect(asksOf(dial, 40, 2_000)).toEqual([1_020, 1_270, 1_520, 1_770])
  })
})

describe('what counts as an answer', () => {
  const dialled = (): { dial: IceDial; request: DialRequest; transactionId: Uint8Array } => {
    const dial = new IceDial(ticket, [far(1)], 0)
    const [request] = dial.ask(0)
    return { dial, request: request!, transactionId: parseStunRequest(request!.bytes)!.transactionId }
  }
  const hmacSha1 = (key: Uint8Array, data: Uint8Array): Uint8Array =>
    createHmac('sha1', key).update(data).digest()
  const success = (transactionId: Uint8Array, key: string | null): Uint8Array => {
    const out = new Uint8Array(100)
    const secret = key === null ? null : Buffer.from(key)
    return out.subarray(0, writeBindingSuccess(out, transactionId, us.address, us.port, secret, hmacSha1))
  }

  it('one under the password of the ticket, once', () => {
    const { dial, transactionId } = dialled()
    expect(hears(dial, success(transactionId, password), far(1), 5)).toBe('connected')
    expect(hears(dial, success(transactionId, password), far(1), 6)).toBe('stun-unasked')
  })

  it('not one without it or under another, and the true one is heard after it', () => {
    const { dial, transactionId } = dialled()
    expect(hears(dial, success(transactionId, null), far(1), 5)).toBe('stun-forged')
    expect(hears(dial, success(transactionId, 'A'.repeat(43)), far(1), 5)).toBe('stun-forged')
    expect(dial.chosen).toBeNull()
    expect(hears(dial, success(transactionId, password), far(1), 5)).toBe('connected')
  })

  it('not one to a question that was never asked, nor from elsewhere', () => {
    const { dial, transactionId } = dialled()
    expect(hears(dial, success(randomBytes(12), password), far(1), 5)).toBe('stun-unasked')
    expect(hears(dial, success(transactionId, password), far(2), 5)).toBe('stun-unasked')
    expect(hears(dial, success(transactionId, password), { ...far(1), socket: 8 }, 5)).toBe('stun-unasked')
    expect(dial.chosen).toBeNull()
  })

  it('not a refusal', () => {
    const { dial, transactionId } = dialled()
    const out = new Uint8Array(100)
    const key = Buffer.from(password)
    const refusal = out.subarray(0, writeBindingError(out, transactionId, 487, key, hmacSha1))
    expect(hears(dial, refusal, far(1), 5)).toBe('stun-declined')
    expect(dial.chosen).toBeNull()
  })

  it('not one that comes when nobody waits for it any more', () => {
    const { dial, transactionId } = dialled()
    for (let nowMs = 250; nowMs <= relayLimits.dialSilentMs + 500; nowMs += 250) dial.ask(nowMs)
    expect(hears(dial, success(transactionId, password), far(1), 3_600)).toBe('stun-unasked')
  })
})

describe('whether it is still there', () => {
  it('nothing for 3 s is silence; an answer, or media, is a sign of life', () => {
    const { dial, ice } = connected(100)
    expect(dial.isSilent(100 + relayLimits.dialSilentMs - 1)).toBe(false)
    expect(dial.isSilent(100 + relayLimits.dialSilentMs)).toBe(true)
    const [request] = dial.ask(1_000)
    hears(dial, answerOf(ice, request!)!, far(1), 1_050)
    expect(dial.isSilent(1_050 + relayLimits.dialSilentMs - 1)).toBe(false)
    dial.hear(3_000)
    expect(dial.isSilent(3_000 + relayLimits.dialSilentMs - 1)).toBe(false)
    expect(dial.isSilent(3_000 + relayLimits.dialSilentMs)).toBe(true)
  })
})

it('the round trip is the median of the last five, each of its own question', () => {
  const ice = new IceLite(iceKey)
  const dial = new IceDial(ticket, [far(1)], 0)
  expect(dial.roundTripMs).toBeNull()
  const medians: (number | null)[] = []
  let nowMs = 0
  for (const roundTripMs of [40, 20, 900, 30, 25, 10, 10, 10]) {
    const [request] = dial.ask(nowMs)
    hears(dial, answerOf(ice, request!)!, far(1), nowMs + roundTripMs)
    medians.push(dial.roundTripMs)
    nowMs += relayLimits.dialCheckMs
  }
  expect(medians).toEqual([40, 40, 40, 40, 30, 25, 25, 10])
})
