/** Waiting with a deadline: nothing here sleeps for a fixed time and hopes. */
import { setTimeout as pause } from 'node:timers/promises'

/** What a browser takes on a machine that is busy with everybody else's tests. */
const patienceMs = 30_000
const lookMs = 20

/** Looks until `probe` finds something, and says what was seen last when the time is up. */
export async function until<Found>(
  what: string,
  probe: () => Promise<Found | undefined | null | false> | Found | undefined | null | false,
  deadlineMs = patienceMs,
): Promise<Found> {
  const untilMs = performance.now() + deadlineMs
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== null && found !== false) return found
    if (performance.now() >= untilMs) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await pause(lookMs)
  }
}
