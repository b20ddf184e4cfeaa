import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WishLine } from './wish-line.ts'

describe('wish line', () => {
  it('M4 never serves two wishes at once, and serves the last one last', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 12 }), async (pauses) => {
        const served: number[] = []
        let serving = 0
        const line = new WishLine<number>(async (wish) => {
          serving += 1
          expect(serving).toBe(1)
          for (let turn = 0; turn < 3; turn += 1) await Promise.resolve()
          served.push(wish)
          serving -= 1
        })
        const promises: Promise<void>[] = []
        for (const [wish, pause] of pauses.entries()) {
          promises.push(line.ask(wish))
          for (let turn = 0; turn < pause; turn += 1) await Promise.resolve()
        }
        await Promise.all(promises)
        expect(served.at(-1)).toBe(pauses.length - 1)
        expect(served).toEqual(served.toSorted((a, b) => a - b))
      }),
    )
  })
})
