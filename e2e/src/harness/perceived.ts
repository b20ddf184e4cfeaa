/** What someone sees and hears while the room moves, whatever their browser. */
import { eventually } from './wait.ts'

/** Of either driver. */
export interface Perceiver {
  readonly name: string
  readonly page: { evaluate<Value>(look: () => Value | Promise<Value>): Promise<Value> }
}

export interface Standstill {
  readonly pictureMs: number
  readonly soundMs: number
}

/** From then on everything is noted. The perception is installed. */
export const startPerceiving = ({ page }: Perceiver): Promise<void> =>
  page.evaluate(() => window.perception.start())

/** The longest time between two of these moments, from one moment on. */
function longestGap(momentsMs: readonly number[], fromMs: number): number {
  const within = [fromMs, ...momentsMs.filter((atMs) => atMs > fromMs)]
  return Math.max(...within.slice(1).map((atMs, before) => atMs - (within[before] ?? atMs)))
}

/** Waits until a picture and a sound have come after `untilMs`; how long they stood still at most since `fromMs`. */
export async function longestStandstill(
  { name, page }: Perceiver,
  fromMs: number,
  untilMs: number,
): Promise<Standstill> {
  const [pictures = [], sounds = []] = await eventually(`${name} goes on seeing and hearing`, async () => {
    const moments = await page.evaluate(() => [window.perception.picturesAtMs, window.perception.soundsAtMs])
    return moments.every((atMs) => (atMs.at(-1) ?? 0) >= untilMs) && moments
  })
  return { pictureMs: longestGap(pictures, fromMs), soundMs: longestGap(sounds, fromMs) }
}
