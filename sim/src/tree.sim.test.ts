import { describe, it } from 'vitest'
import { batchesOf } from './stories.ts'
import { playStory } from './story.ts'

describe('a whole room whose people and relays are far apart, simulated', () => {
  it.each(batchesOf('far', 10).map((seeds) => [seeds[0] ?? 0, seeds] as const))(
    'MG4 RL9 CH1 CH3 CH4 R1 R2 R4 R5 R7 R8 stories from %i on hold every invariant',
    (_, seeds) => {
      for (const seed of seeds) playStory({ seed, actions: 30 })
    },
  )
})
