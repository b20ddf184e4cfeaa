/**
 * Decides: when and whether bytes arrive: seeded delay, sockets that die silently, requests that get lost.
 * Does not decide: what the bytes mean.
 * Invariants: one socket keeps its order (TCP); two sockets of one occupant do not keep each other's. A dead
 * socket delivers nothing more; each end learns of the death at its own time, and exactly once.
 */
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

export interface SocketEnd {
  readonly onText: (text: string) => void
  readonly onClosed: (code: number) => void
}

/** One WebSocket between an occupant (`near`) and the room (`far`). */
export class SimSocket {
  #cut = false
  readonly #arrivesMs = { near: 0, far: 0 }
  readonly #heardClose = { near: false, far: false }
  readonly #ends: { near: SocketEnd; far: SocketEnd }
  readonly #clock: Clock
  readonly #random: Random

  constructor(clock: Clock, random: Random, near: SocketEnd, far: SocketEnd) {
    this.#clock = clock
    this.#random = random
    this.#ends = { near, far }
  }

  sendToRoom(text: string): void {
    this.#deliver('far', () => this.#ends.far.onText(text))
  }

  sendToOccupant(text: string): void {
    this.#deliver('near', () => this.#ends.near.onText(text))
  }

  /** The room closes; what it sent before still arrives first, and its own end hears of the close as well, later. */
  closeByRoom(code: number): void {
    this.#deliver('near', () => this.#close('near', code))
    this.#clock.after(delayMs(this.#random), () => this.#close('far', code))
  }

  /** The page closes; what was on its way still arrives, as it may in a browser until `onclose`. */
  closeByOccupant(code: number): void {
    this.#deliver('far', () => this.#close('far', code))
    this.#clock.after(delayMs(this.#random), () => this.#close('near', code))
  }

  /** The network dies. Either end notices late: the far one perhaps only by missing pings. */
  cut(nearNoticesMs: number, farNoticesMs: number): void {
    if (this.#cut) return
    this.#cut = true
    this.#clock.after(nearNoticesMs, () => this.#close('near', 1006))
    this.#clock.after(farNoticesMs, () => this.#close('far', 1006))
  }

  #close(end: 'near' | 'far', code: number): void {
    if (this.#heardClose[end]) return
    this.#heardClose[end] = true
    this.#ends[end].onClosed(code)
  }

  #deliver(end: 'near' | 'far', act: () => void): void {
    if (this.#cut) return
    const atMs = Math.max(this.#clock.nowMs + delayMs(this.#random), this.#arrivesMs[end])
    this.#arrivesMs[end] = atMs
    this.#clock.after(atMs - this.#clock.nowMs, () => {
      if (!this.#cut && !this.#heardClose[end]) act()
    })
  }
}

/** Mostly a fast network, sometimes a stall: the tail is where the bugs live. */
export const delayMs = (random: Random): number =>
  random.chance(0.05) ? random.between(200, 2_000) : random.between(5, 80)
