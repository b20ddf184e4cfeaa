/**
 * Decides: which links there are, which of them the room has asked for, and which are over for want of a sign of life.
 * Does not decide: who may open one (ice-lite.ts), nor what is said to it.
 * Invariants: an index names one link until the media thread has let go of it; pending links and barred ids are bounded.
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import { relayLimits } from '../limits.ts'
import type { LinkIndex, RemoteAddress, SrtpKeys } from '../media/boundary.ts'
import type { DtlsSession } from './dtls.ts'

export interface TransportLink {
  readonly id: LinkId
  /** One over all media threads. */
  readonly index: LinkIndex
  /** The media thread that it is on: the one of its room or, before the room's word, where it came. */
  readonly thread: number
  /** False: a ticket came before the room's word. */
  isOpen: boolean
  readonly madeAtMs: number
  /** When something authentic came. */
  heardAtMs: number
  sendTo: RemoteAddress | null
  dtls: { readonly session: Pick<DtlsSession, 'receive' | 'close'>; readonly startedAtMs: number } | null
  /** Until the room asks for the link: the media thread knows nothing of it before. */
  keys: SrtpKeys | null
  /** Proved by DTLS (RL6). */
  fingerprint: string | null
}

export class TransportLinks {
  readonly #byId = new Map<LinkId, TransportLink>()
  readonly #byIndex = new Map<LinkIndex, TransportLink>()
  readonly #barred = new Map<LinkId, number>()
  readonly #freeIndexes: LinkIndex[] = []
  #indexes = 0
  #pending = 0

  get(id: LinkId): TransportLink | undefined {
    return this.#byId.get(id)
  }

  at(index: LinkIndex): TransportLink | undefined {
    return this.#byIndex.get(index)
  }

  /** Links of different threads have nothing to do with each other. */
  onThread(id: LinkId, thread: number): TransportLink | undefined {
    const link = this.get(id)
    return link?.thread === thread ? link : undefined
  }

  /** A copy: links may be removed meanwhile. */
  all(): readonly TransportLink[] {
    return [...this.#byId.values()]
  }

  /** How many the room has not asked for. */
  get pending(): number {
    return this.#pending
  }

  /** Null: too many wait for a room that never asks for them. */
  add(id: LinkId, isOpen: boolean, nowMs: number, thread = 0): TransportLink | null {
    if (!isOpen && this.#pending >= relayLimits.pendingLinksMax) return null
    const index = this.#freeIndexes.pop() ?? this.#indexes++
    const link = {
      id,
      index,
      thread,
      isOpen,
      madeAtMs: nowMs,
      heardAtMs: nowMs,
      sendTo: null,
      dtls: null,
      keys: null,
      fingerprint: null,
    }
    this.#byId.set(id, link)
    this.#byIndex.set(index, link)
    if (!isOpen) this.#pending += 1
    return link
  }

  adopt(link: TransportLink): void {
    if (link.isOpen) return
    link.isOpen = true
    this.#pending -= 1
  }

  remove(link: TransportLink): void {
    this.#byId.delete(link.id)
    this.#byIndex.delete(link.index)
    if (!link.isOpen) this.#pending -= 1
  }

  /** The media thread holds nothing of it any more. */
  freeIndex(index: LinkIndex): void {
    this.#freeIndexes.push(index)
  }

  /** Handshakes that go on now. */
  handshakes(): number {
    let count = 0
    for (const { dtls, fingerprint } of this.#byId.values())
      if (dtls !== null && fingerprint === null) count += 1
    return count
  }

  /** Its tickets open nothing any more (I4). */
  bar(id: LinkId, nowMs: number): void {
    this.#barred.delete(id)
    this.#barred.set(id, nowMs + relayLimits.barredLinkMs)
    for (const [oldest, untilMs] of this.#barred) {
      if (untilMs > nowMs && this.#barred.size <= relayLimits.barredLinksMax) break
      this.#barred.delete(oldest)
    }
  }

  unbar(id: LinkId): void {
    this.#barred.delete(id)
  }

  isBarred(id: LinkId): boolean {
    return this.#barred.has(id)
  }

  /** What an open link without a sign of life, a pending one without the room's word, or a stuck handshake comes to. */
  due(link: TransportLink, nowMs: number): 'silent' | 'unasked' | 'refused' | null {
    if (!link.isOpen && nowMs - link.madeAtMs >= relayLimits.pendingLinkMs) return 'unasked'
    const handshakeMs = link.fingerprint === null && link.dtls ? nowMs - link.dtls.startedAtMs : 0
    if (handshakeMs >= relayLimits.handshakeMs) return 'refused'
    return nowMs - link.heardAtMs >= relayLimits.linkSilentMs ? 'silent' : null
  }
}
