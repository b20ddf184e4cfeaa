import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { notMeasured } from '../control/relay-distances.ts'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import { parseStunAnswer, type StunAnswer } from '../wire/stun-ask.ts'
import { parseStunRequest, writeBindingError, writeBindingSuccess } from '../wire/stun.ts'
import { Prober } from './prober.ts'

const to: RemoteAddress = { socket: 0, address: '192.0.2.1', port: 3_478 }
const noHmac = (key: Uint8Array): Uint8Array => key

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function probing(): { readonly prober: Prober; readonly sent: Uint8Array[] } {
  const sent: Uint8Array[] = []
  return { prober: new Prober((bytes) => sent.push(bytes)), sent }
}

function answerTo(request: Uint8Array, isSuccess = true): StunAnswer {
  const parsed = parseStunRequest(request)
  const out = new Uint8Array(100)
  if (parsed === null) throw new Error('no request')
  const length = isSuccess
    ? writeBindingSuccess(out, parsed.transactionId, '198.51.100.9', 1, null, noHmac)
    : writeBindingError(out, parsed.transactionId, 400, null, noHmac)
  return parseStunAnswer(out.subarray(0, length))!
}

describe('a probe', () => {
  it('is plain STUN, and its answer takes as long as it took', async () => {
    const { prober, sent } = probing()
    const roundTrip = prober.probe(to)
    expect(parseStunRequest(sent[0]!)).toMatchObject({ username: null, integrityOffset: null })
    vi.advanceTimersByTime(42)
    expect(prober.receive(answerTo(sent[0]!), to)).toBe(true)
    prober.stop()
    expect(await roundTrip).toEqual({ rttMs: 42, asked: 1, answered: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('asks a few times, and the shortest answer counts; a late one is one to its own question', async () => {
    const { prober, sent } = probing()
    const roundTrip = prober.probe(to)
    vi.advanceTimersByTime(relayLimits.probeIntervalMs + 50)
    expect(sent).toHaveLength(2)
    prober.receive(answerTo(sent[0]!), to)
    vi.advanceTimersByTime(30)
    prober.receive(answerTo(sent[1]!), to)
    // The same once more is no answer.
    expect(prober.receive(answerTo(sent[1]!), to)).toBe(false)
    prober.stop()
    expect(await roundTrip).toEqual({ rttMs: 80, asked: 2, answered: 2 })
  })

  it('RG6 says how many had no answer, and ends at once when all have one', async () => {
    const { prober, sent } = probing()
    const [lossy, whole] = [prober.probe(to), prober.probe({ ...to, port: 3_479 })]
    vi.advanceTimersByTime(relayLimits.probeQuestions * relayLimits.probeIntervalMs)
    const [first, second] = [0, 1].map((one) => sent.filter((_, at) => at % 2 === one))
    for (const request of first!.slice(1)) prober.receive(answerTo(request), to)
    for (const request of second!) prober.receive(answerTo(request), { ...to, port: 3_479 })
    const asked = relayLimits.probeQuestions
    expect(await whole).toMatchObject({ asked, answered: asked })
    vi.advanceTimersByTime(relayLimits.probeLastMs)
    expect(await lossy).toMatchObject({ asked, answered: asked - 1 })
  })

  it('that nobody answers ends', async () => {
    const { prober, sent } = probing()
    const roundTrip = prober.probe(to)
    vi.advanceTimersByTime(relayLimits.probeQuestions * relayLimits.probeIntervalMs + relayLimits.probeLastMs)
    expect(await roundTrip).toEqual({ rttMs: null, asked: relayLimits.probeQuestions, answered: 0 })
    expect(sent).toHaveLength(relayLimits.probeQuestions)
    expect(prober.receive(answerTo(sent[0]!), to)).toBe(false)
  })

  it('is not answered by a refusal, by someone else, or by an answer to another question', async () => {
    const { prober, sent } = probing()
    const roundTrip = prober.probe(to)
    expect(prober.receive(answerTo(sent[0]!, false), to)).toBe(false)
    expect(prober.receive(answerTo(sent[0]!), { ...to, port: 1 })).toBe(false)
    const other = probing()
    void other.prober.probe(to)
    expect(prober.receive(answerTo(other.sent[0]!), to)).toBe(false)
    other.prober.stop()
    prober.stop()
    expect(await roundTrip).toMatchObject({ rttMs: null, answered: 0 })
  })

  it('more than so many at once are not tried', async () => {
    const { prober, sent } = probing()
    const probes = Array.from({ length: relayLimits.probesMax + 1 }, () => prober.probe(to))
    expect(await probes.at(-1)).toEqual(notMeasured)
    expect(sent).toHaveLength(relayLimits.probesMax)
    prober.stop()
    for (const { answered } of await Promise.all(probes)) expect(answered).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
