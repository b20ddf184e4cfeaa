import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { batchesOf } from './stories.ts'
import { playStory } from './story.ts'

describe('a whole room whose people and relays are far apart, simulated', () => {
  const trunks: number[] = []

  it.each(batchesOf('far', 10).map((seeds) => [seeds[0] ?? 0, seeds] as const))(
    'MG4 RL9 CH1 CH3 CH4 R1 R2 R4 R5 R7 R8 stories from %i on hold every invariant',
    (_, seeds) => {
      for (const seed of seeds) trunks.push(playStory({ seed, actions: 30 }).mostTrunks)
    },
  )

  it.each([1, 2, limits.routeHopsMax])('CH4 some of them had a way of %i trunks', (most) => {
    expect(trunks.filter((count) => count === most).length).toBeGreaterThanOrEqual(3)
  })
})
