/**
 * How far other relays are (RG5): plain STUN to their port, which every relay answers. An answer counts if it comes from where the
 * question went and names it; nothing else follows from one.
 */
import { randomBytes } from 'node:crypto'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import { writePlainRequest, type StunAnswer } from '../wire/stun-ask.ts'
import { isSameAddress } from './demux.ts'

interface Probe {
  readonly to: RemoteAddress
  readonly resolve: (roundTripMs: number | null) => void
  /** When each try was sent, by transaction id: a late answer is an answer to its own question. */
  readonly triedAtMs: Map<string, number>
  timer: NodeJS.Timeout | null
}

const requestBytes = 28

export class Prober {
  readonly #send: (bytes: Uint8Array, to: RemoteAddress) => void
  readonly #probes = new Set<Probe>()

  constructor(send: (bytes: Uint8Array, to: RemoteAddress) => void) {
    this.#send = send
  }

  /** Milliseconds; null: no answer, or too many are probed at once. */
  probe(to: RemoteAddress): Promise<number | null> {
    if (this.#probes.size >= relayLimits.probesMax) return Promise.resolve(null)
    return new Promise((resolve) => {
      const probe: Probe = { to, resolve, triedAtMs: new Map(), timer: null }
      this.#probes.add(probe)
      this.#try(probe)
    })
  }

  /** True: it was an answer to a probe. */
  receive(answer: StunAnswer, from: RemoteAddress): boolean {
    if (!answer.isSuccess) return false
    const id = Buffer.from(answer.transactionId).toString('hex')
    for (const probe of this.#probes) {
      const triedAtMs = probe.triedAtMs.get(id)
      if (triedAtMs === undefined || !isSameAddress(probe.to, from)) continue
      this.#end(probe, performance.now() - triedAtMs)
      return true
    }
    return false
  }

  stop(): void {
    for (const probe of this.#probes) this.#end(probe, null)
  }

  #try(probe: Probe): void {
    if (probe.triedAtMs.size >= relayLimits.probeTries) return this.#end(probe, null)
    const transactionId = randomBytes(12)
    probe.triedAtMs.set(transactionId.toString('hex'), performance.now())
    const out = new Uint8Array(requestBytes)
    writePlainRequest(out, transactionId)
    this.#send(out, probe.to)
    probe.timer = setTimeout(() => this.#try(probe), relayLimits.probeTryMs)
  }

  #end(probe: Probe, roundTripMs: number | null): void {
    if (probe.timer !== null) clearTimeout(probe.timer)
    this.#probes.delete(probe)
    probe.resolve(roundTripMs)
  }
}
