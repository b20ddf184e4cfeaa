/** Waiting with a deadline. Nothing in this suite sleeps for a fixed time and hopes. */
import { setTimeout as pause } from 'node:timers/promises'

/** The most that anything on this machine may take unless a test names its own bound. */
export const patienceMs = 15_000

/** How often a condition outside the page (an HTTP answer, a counter) is looked at. */
const lookMs = 25

/** `promise`, or a failure that names what did not happen. */
export async function within<Value>(
  what: string,
  promise: Promise<Value>,
  deadlineMs = patienceMs,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms: ${what}`)), deadlineMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Looks until `probe` gives something other than null or false, and says what was seen last when time is up. */
export async function eventually<Value>(
  what: string,
  probe: () => Promise<Value | null | false> | Value | null | false,
  deadlineMs = patienceMs,
): Promise<Value> {
  const untilMs = performance.now() + deadlineMs
  for (;;) {
    const seen = await probe()
    if (seen !== null && seen !== false) return seen
    if (performance.now() >= untilMs) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await pause(lookMs)
  }
}

/**
 * Fails when `probe` is ever false during the span. For what must not happen: no event can be awaited, only its
 * absence watched.
 */
export async function throughout(
  what: string,
  spanMs: number,
  probe: () => Promise<boolean> | boolean,
): Promise<void> {
  const untilMs = performance.now() + spanMs
  while (performance.now() < untilMs) {
    if (!(await probe())) throw new Error(`did not hold for ${spanMs} ms: ${what}`)
    await pause(lookMs)
  }
}
