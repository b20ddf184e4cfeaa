import { describe, expect, it } from 'vitest'
import { playStory } from './story.ts'

/** A few hundred stories a run; `npm run sim -- --seeds 10000` plays more. */
const batches = Array.from({ length: 12 }, (_, batch) => batch)

describe('a whole room, simulated', () => {
  it.each(batches)(
    'A1 A3 J6 M5 M7 SN2 LK1 MD2 RT1 RT2 RT3 MG1 MG3 MG4 MG6 RL6 RL7 RL9 CH1 CH3 CH4 R1 R2 R4 R5 R7 R8 stories %i × 25 hold every invariant',
    (batch) => {
      for (let index = 0; index < 25; index += 1) playStory({ seed: batch * 25 + index + 1, actions: 30 })
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
