import { describe, expect, it } from 'vitest'
import { batchesOf } from './stories.ts'
import { playStory } from './story.ts'

/** `npm run sim -- --seeds 10000` plays more. */
describe('a whole room, simulated', () => {
  it.each(batchesOf('near', 25).map((seeds) => [seeds[0] ?? 0, seeds] as const))(
    'A1 A3 J6 M5 M7 SN2 LK1 MD2 RT1 RT2 RT3 MG1 MG3 MG4 MG6 RL6 RL7 RL9 stories from %i on hold every invariant',
    (_, seeds) => {
      for (const seed of seeds) playStory({ seed, actions: 30 })
    },
  )

  it('a seed tells the same story every time', () => {
    const tell = (): readonly string[] => {
      const lines: string[] = []
      playStory({ seed: 7, actions: 20, trace: (line) => lines.push(line) })
      return lines
    }
    const first = tell()
    expect(first.length).toBeGreaterThan(20)
    expect(tell()).toEqual(first)
  })
})
