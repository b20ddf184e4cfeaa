/** The stories that CI plays: a thousand, in two rows, so that two workers play them side by side. */
import { isWideStory } from './story.ts'

const count = 1_000

/** Those of rooms whose people and relays are far apart are a sixth of all, and take as long as the others. */
export function batchesOf(row: 'near' | 'far', size: number): readonly (readonly number[])[] {
  const seeds = Array.from({ length: count }, (_, index) => index + 1).filter(
    (seed) => isWideStory(seed) === (row === 'far'),
  )
  const batches = Array.from({ length: Math.ceil(seeds.length / size) }, (_, batch) => batch * size)
  return batches.map((from) => seeds.slice(from, from + size))
}
