/**
 * Decides: how long pictures stood still around a new route, and in the seconds before (FX3).
 * Does not decide: when a picture is presented (components/tile), nor who hears of it (route-gap.ts).
 * Invariants: only pictures that were there before the new route count; what was off, away or out of sight meanwhile is as if it
 * had never been there; what did not come for want of a way stood still. Times are of one clock.
 */
import { limits } from '@video-room/shared/limits.ts'

export interface Gaps {
  readonly gapMs: number
  /** Null: too little was seen before. */
  readonly steadyMs: number | null
}

/** Without a word of the route, times older than this are of no use. */
const keptMs = limits.gapSteadyMs + limits.gapBeforeMs + limits.gapAfterMs + 1_000
/** Less of the steady seconds than this says nothing of them. */
const steadyLeastMs = 1_000

export class PictureGaps {
  /** When each picture last presented something new, oldest first. */
  readonly #times = new Map<string, number[]>()

  presented(key: string, atMs: number): void {
    const times = this.#times.get(key)
    if (times === undefined) {
      this.#times.set(key, [atMs])
      return
    }
    times.push(atMs)
    // Now and then, not each time; the last one before a long standstill stays.
    const [first = atMs] = times
    if (atMs - first < 2 * keptMs) return
    const kept = times.findIndex((time) => atMs - time < keptMs)
    times.splice(0, Math.max(0, kept - 1))
  }

  forget(key: string): void {
    this.#times.delete(key)
  }

  clear(): void {
    this.#times.clear()
  }

  /** Around the route that came at `movedAtMs`; null: nothing was seen that could tell. */
  around(movedAtMs: number, nowMs: number): Gaps | null {
    const fromMs = movedAtMs - limits.gapBeforeMs
    const seen = [...this.#times.values()].filter(([first = nowMs]) => first <= fromMs)
    if (seen.length === 0) return null
    const steady = seen.flatMap((times) => steadyGap(times, fromMs) ?? [])
    return {
      // What has not come back yet has stood still until now.
      gapMs: Math.max(...seen.map((times) => longest([...times, nowMs], fromMs, nowMs))),
      steadyMs: steady.length === 0 ? null : Math.max(...steady),
    }
  }
}

function steadyGap(times: readonly number[], untilMs: number): number | null {
  const inside = times.filter((time) => time >= untilMs - limits.gapSteadyMs && time <= untilMs)
  const span = (inside.at(-1) ?? 0) - (inside[0] ?? 0)
  return span < steadyLeastMs ? null : longest(inside, untilMs - limits.gapSteadyMs, untilMs)
}

/** Of the steps that end after `fromMs` and begin before `untilMs`. */
function longest(times: readonly number[], fromMs: number, untilMs: number): number {
  let most = 0
  for (let index = 1; index < times.length; index += 1) {
    const [begin, end] = [times[index - 1] ?? 0, times[index] ?? 0]
    if (end > fromMs && begin < untilMs) most = Math.max(most, end - begin)
  }
  return most
}
