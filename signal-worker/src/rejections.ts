/**
 * Decides: what is told of rejected input: a count per code, at most one line per `limits.rejectionLogMs`.
 * Does not decide: what is rejected.
 * Invariants: only codes are counted, never what was sent; the table is as small as the lists of codes.
 */
import { limits } from '@video-room/shared/limits.ts'

export class Rejections {
  #counts: Record<string, number> = {}
  #toldAtMs: number | null = null
  readonly #tell: (counts: Readonly<Record<string, number>>) => void

  constructor(tell: (counts: Readonly<Record<string, number>>) => void) {
    this.#tell = tell
  }

  count(code: string, atMs: number): void {
    this.#counts[code] = (this.#counts[code] ?? 0) + 1
    if (this.#toldAtMs !== null && atMs - this.#toldAtMs < limits.rejectionLogMs) return
    this.#toldAtMs = atMs
    this.#tell(this.#counts)
    this.#counts = {}
  }
}
