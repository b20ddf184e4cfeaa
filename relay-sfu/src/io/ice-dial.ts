/**
 * The dialling end of ICE for one trunk (RFC 8445, controlling; the other end is lite, so that nothing is asked of us): where and
 * when a relay is asked, which answers count, and whether it is still there (RFC 7675). Time comes in with every call; whose
 * sockets are used is not known here. What is kept is bounded by the answers that may still come.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import { writeConnectivityCheck, type StunAnswer } from '../wire/stun-ask.ts'
import { verifyIntegrity, type HmacSha1 } from '../wire/stun-message.ts'
import { isSameAddress } from './demux.ts'

export interface DialRequest {
  readonly to: RemoteAddress
  readonly bytes: Uint8Array
}

/** `connected`: the first answer of all. */
export type DialVerdict = 'connected' | 'alive' | 'stun-unasked' | 'stun-forged' | 'stun-declined'

interface Asked {
  readonly to: RemoteAddress
  readonly atMs: number
}

/** RFC 8445, section 5.1.2.1: of a peer-reflexive candidate, which is what the lite end sees us as. One component. */
const priority = 110 * 2 ** 24 + 65_535 * 2 ** 8 + 255
/** An odd number, so that the median is one of them; a second apart each. */
const roundTripsKept = 5
const requestMaxBytes = 128

const hmacSha1: HmacSha1 = (key, data) => createHmac('sha1', key).update(data).digest()

export class IceDial {
  readonly #username: string
  readonly #key: Uint8Array
  readonly #tieBreaker = randomBytes(8)
  readonly #targets: readonly RemoteAddress[]
  readonly #startedAtMs: number
  /** By transaction id, oldest first. */
  readonly #asked = new Map<string, Asked>()
  readonly #roundTripsMs: number[] = []
  #chosen: RemoteAddress | null = null
  #heardAtMs: number
  #askedAtMs = -Infinity
  /** Since `#askedAtMs`. */
  #isAnswered = false

  constructor(
    ticket: Pick<RelayTicket, 'iceUfrag' | 'icePwd'>,
    targets: readonly RemoteAddress[],
    nowMs: number,
  ) {
    // RFC 8445, section 7.2.2: `theirs:ours`. Ours tells this attempt from others with the same ticket (I3).
    this.#username = `${ticket.iceUfrag}:${randomBytes(6).toString('base64')}`
    this.#key = Buffer.from(ticket.icePwd, 'latin1')
    this.#targets = targets
    this.#startedAtMs = nowMs
    this.#heardAtMs = nowMs
  }

  /** Where it was answered first; null: nowhere yet. */
  get chosen(): RemoteAddress | null {
    return this.#chosen
  }

  /** The median of the last few; null before the first. */
  get roundTripMs(): number | null {
    const sorted = this.#roundTripsMs.toSorted((one, other) => one - other)
    return sorted[sorted.length >>> 1] ?? null
  }

  /** When there is something to ask, or nobody is there any more. */
  get dueAtMs(): number {
    return Math.min(this.#askAtMs, this.#silentAtMs)
  }

  isSilent(nowMs: number): boolean {
    return nowMs >= this.#silentAtMs
  }

  /** Something authentic of the link came in another way. */
  hear(nowMs: number): void {
    this.#heardAtMs = nowMs
  }

  /** What is to be asked now. */
  ask(nowMs: number): readonly DialRequest[] {
    if (nowMs < this.#askAtMs) return []
    this.#askedAtMs = nowMs
    this.#isAnswered = false
    this.#forgetOlderThan(nowMs - relayLimits.dialSilentMs)
    const targets = this.#chosen === null ? this.#targets : [this.#chosen]
    return targets.map((to) => this.#request(to, nowMs))
  }

  /** `answer`: of `bytes`. */
  receive(answer: StunAnswer, bytes: Uint8Array, from: RemoteAddress, nowMs: number): DialVerdict {
    const id = idOf(answer.transactionId)
    const asked = this.#asked.get(id)
    // RFC 8445, section 7.2.5.2.1: an answer comes from where the question went.
    if (!asked || !isSameAddress(asked.to, from)) return 'stun-unasked'
    if (!verifyIntegrity(bytes, answer, this.#key, hmacSha1)) return 'stun-forged'
    this.#asked.delete(id)
    if (!answer.isSuccess) return 'stun-declined'
    this.#heardAtMs = nowMs
    if (this.#chosen !== null && !isSameAddress(this.#chosen, from)) return 'alive'
    this.#keepRoundTrip(nowMs - asked.atMs)
    this.#isAnswered = true
    if (this.#chosen !== null) return 'alive'
    this.#chosen = asked.to
    // It is nominated at once.
    this.#askedAtMs = -Infinity
    return 'connected'
  }

  get #askAtMs(): number {
    return this.#askedAtMs + this.#pauseMs
  }

  get #pauseMs(): number {
    if (this.#chosen !== null && this.#isAnswered) return relayLimits.dialCheckMs
    const isEager = this.#chosen !== null || this.#askedAtMs - this.#startedAtMs < relayLimits.dialEagerMs
    return isEager ? relayLimits.dialRetryMs : relayLimits.dialPatientRetryMs
  }

  get #silentAtMs(): number {
    return this.#chosen === null
      ? this.#startedAtMs + relayLimits.dialMs
      : this.#heardAtMs + relayLimits.dialSilentMs
  }

  #request(to: RemoteAddress, atMs: number): DialRequest {
    const transactionId = randomBytes(12)
    this.#asked.set(idOf(transactionId), { to, atMs })
    const out = new Uint8Array(requestMaxBytes)
    const check = {
      username: this.#username,
      key: this.#key,
      priority,
      tieBreaker: this.#tieBreaker,
      // RFC 8445, section 8.1.1: only what was seen to work is nominated.
      useCandidate: this.#chosen !== null,
    }
    const length = writeConnectivityCheck(out, transactionId, check, hmacSha1)
    return { to, bytes: out.subarray(0, length) }
  }

  #keepRoundTrip(ms: number): void {
    this.#roundTripsMs.push(ms)
    if (this.#roundTripsMs.length > roundTripsKept) this.#roundTripsMs.shift()
  }

  #forgetOlderThan(atMs: number): void {
    for (const [id, asked] of this.#asked) {
      if (asked.atMs >= atMs) return
      this.#asked.delete(id)
    }
  }
}

const idOf = (transactionId: Uint8Array): string => Buffer.from(transactionId).toString('hex')
