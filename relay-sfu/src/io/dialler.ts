/** The links that this relay dials: each has its questions of ICE (ice-dial.ts), and all of them one timer, at the next that is due. */
import type { LinkId } from '@video-room/shared/ids.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import type { StunAnswer } from '../wire/stun-ask.ts'
import { IceDial, type DialRequest, type DialVerdict } from './ice-dial.ts'

export interface DiallerEvents {
  readonly send: (linkId: LinkId, request: DialRequest) => void
  /** Once: an answer came from here. */
  readonly onConnected: (linkId: LinkId, at: RemoteAddress) => void
  /** Nobody is there, or nobody any more. Nothing more is asked. */
  readonly onSilent: (linkId: LinkId) => void
}

export class Dialler {
  readonly #events: DiallerEvents
  readonly #dials = new Map<LinkId, IceDial>()
  /** Links that are not secured yet. */
  readonly #rising = new Set<LinkId>()
  #timer: NodeJS.Timeout | null = null

  constructor(events: DiallerEvents) {
    this.#events = events
  }

  has(linkId: LinkId): boolean {
    return this.#dials.has(linkId)
  }

  /** False: too many are being dialled. */
  begin(linkId: LinkId, ticket: RelayTicket, targets: readonly RemoteAddress[]): boolean {
    if (this.#rising.size >= relayLimits.dialsMax) return false
    this.#dials.set(linkId, new IceDial(ticket, targets, performance.now()))
    this.#rising.add(linkId)
    this.#arm()
    return true
  }

  receive(linkId: LinkId, answer: StunAnswer, bytes: Uint8Array, from: RemoteAddress): DialVerdict {
    const dial = this.#dials.get(linkId)
    if (!dial) return 'stun-unasked'
    const verdict = dial.receive(answer, bytes, from, performance.now())
    if (verdict !== 'connected') return verdict
    // The nomination goes first, then whatever follows from being connected.
    this.#turn()
    this.#events.onConnected(linkId, from)
    return verdict
  }

  hear(linkId: LinkId): void {
    this.#dials.get(linkId)?.hear(performance.now())
  }

  secured(linkId: LinkId): void {
    this.#rising.delete(linkId)
  }

  /** Milliseconds, the median of the last few; null: not dialled, or not answered yet. */
  roundTripMs(linkId: LinkId): number | null {
    return this.#dials.get(linkId)?.roundTripMs ?? null
  }

  end(linkId: LinkId): void {
    this.#dials.delete(linkId)
    this.#rising.delete(linkId)
    this.#arm()
  }

  #turn(): void {
    const nowMs = performance.now()
    for (const [linkId, dial] of this.#dials) {
      if (dial.isSilent(nowMs)) {
        this.end(linkId)
        this.#events.onSilent(linkId)
      } else for (const request of dial.ask(nowMs)) this.#events.send(linkId, request)
    }
    this.#arm()
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#dials.size === 0) return
    let dueAtMs = Infinity
    for (const dial of this.#dials.values()) dueAtMs = Math.min(dueAtMs, dial.dueAtMs)
    // Rounded up: a timer that fires early would find nothing due.
    const delayMs = Math.max(0, Math.ceil(dueAtMs - performance.now()))
    this.#timer = setTimeout(() => this.#turn(), delayMs)
  }
}
