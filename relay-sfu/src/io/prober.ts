/**
 * How far other relays are (RG6): plain STUN to their port, which every relay answers. An answer counts if it comes from where the
 * question went and names it; nothing else follows from one.
 */
import { randomBytes } from 'node:crypto'
import { notMeasured, type Measured } from '../control/relay-distances.ts'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import { writePlainRequest, type StunAnswer } from '../wire/stun-ask.ts'
import { isSameAddress } from './demux.ts'

interface Probe {
  readonly to: RemoteAddress
  readonly resolve: (measured: Measured) => void
  /** When each question was sent that has no answer yet, by transaction id: a late answer is one to its own question. */
  readonly openAtMs: Map<string, number>
  asked: number
  answered: number
  shortestMs: number | null
  timer: NodeJS.Timeout | null
}

const requestBytes = 28

export class Prober {
  readonly #send: (bytes: Uint8Array, to: RemoteAddress) => void
  readonly #probes = new Set<Probe>()

  constructor(send: (bytes: Uint8Array, to: RemoteAddress) => void) {
    this.#send = send
  }

  /** The shortest of a few answers, and how many came; none where too many are probed at once. */
  probe(to: RemoteAddress): Promise<Measured> {
    if (this.#probes.size >= relayLimits.probesMax) return Promise.resolve(notMeasured)
    return new Promise((resolve) => {
      const probe: Probe = {
        to,
        resolve,
        openAtMs: new Map(),
        asked: 0,
        answered: 0,
        shortestMs: null,
        timer: null,
      }
      this.#probes.add(probe)
      this.#ask(probe)
    })
  }

  /** True: it was an answer to a probe. */
  receive(answer: StunAnswer, from: RemoteAddress): boolean {
    if (!answer.isSuccess) return false
    const id = Buffer.from(answer.transactionId).toString('hex')
    for (const probe of this.#probes) {
      const askedAtMs = probe.openAtMs.get(id)
      if (askedAtMs === undefined || !isSameAddress(probe.to, from)) continue
      probe.openAtMs.delete(id)
      probe.answered += 1
      probe.shortestMs = Math.min(probe.shortestMs ?? Infinity, performance.now() - askedAtMs)
      if (probe.answered === relayLimits.probeQuestions) this.#end(probe)
      return true
    }
    return false
  }

  stop(): void {
    for (const probe of this.#probes) this.#end(probe)
  }

  #ask(probe: Probe): void {
    const transactionId = randomBytes(12)
    probe.openAtMs.set(transactionId.toString('hex'), performance.now())
    probe.asked += 1
    const out = new Uint8Array(requestBytes)
    writePlainRequest(out, transactionId)
    this.#send(out, probe.to)
    const isLast = probe.asked === relayLimits.probeQuestions
    probe.timer = isLast
      ? setTimeout(() => this.#end(probe), relayLimits.probeLastMs)
      : setTimeout(() => this.#ask(probe), relayLimits.probeIntervalMs)
  }

  #end(probe: Probe): void {
    const { timer, resolve, asked, answered, shortestMs: rttMs } = probe
    if (timer !== null) clearTimeout(timer)
    this.#probes.delete(probe)
    resolve({ rttMs, asked, answered })
  }
}
