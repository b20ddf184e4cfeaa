import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from './backoff.ts'
import { Loop } from './loop.ts'
import { earliest, step } from './step.ts'
import { fullBucket, spend } from './token-bucket.ts'

describe('backoff', () => {
  const bounds = { firstMs: 250, maxMs: 5_000 }

  it('stays between half of the step and the ceiling for any attempt and any draw', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const waitMs = backoffMs(attempt, random, bounds)
          expect(waitMs).toBeGreaterThanOrEqual(125)
          expect(waitMs).toBeLessThanOrEqual(5_000)
        },
      ),
    )
  })

  it('doubles until it reaches the ceiling', () => {
    expect([0, 1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(attempt, 0, bounds))).toEqual([
      125, 250, 500, 1_000, 2_000, 2_500, 2_500,
    ])
  })
})

describe('token bucket', () => {
  it('passes at most burst + rate × window, whatever the pattern', () => {
    const rate = { burst: 5, perSecond: 2 }
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { maxLength: 60 }), (gapsMs) => {
        let bucket = fullBucket(rate, 0)
        let nowMs = 0
        let passed = 0
        for (const gapMs of gapsMs) {
          nowMs += gapMs
          const spent = spend(bucket, rate, nowMs)
          bucket = spent.bucket
          if (spent.allowed) passed += 1
        }
        expect(passed).toBeLessThanOrEqual(rate.burst + (rate.perSecond * nowMs) / 1_000)
      }),
    )
  })

  it('adds nothing when the clock steps back', () => {
    const rate = { burst: 1, perSecond: 1 }
    const first = spend(fullBucket(rate, 10_000), rate, 10_000)
    const second = spend(first.bucket, rate, 4_000)
    expect([first.allowed, second.allowed]).toEqual([true, false])
    expect(spend(second.bucket, rate, 10_500).allowed).toBe(false)
    expect(spend(second.bucket, rate, 11_000).allowed).toBe(true)
  })
})

describe('earliest', () => {
  it('finds the first of the armed deadlines', () => {
    expect(earliest(null, 7, 3, null)).toBe(3)
    expect(earliest(null, null)).toBeNull()
  })
})

describe('loop', () => {
  interface State {
    readonly sum: number
    readonly dueMs: number | null
  }
  type Event = { readonly add: number } | { readonly due: number | null }
  const build = () => {
    const story: string[] = []
    const loop: Loop<State, Event, string> = new Loop<State, Event, string>(
      { sum: 0, dueMs: null },
      {
        reduce: (state, event) => {
          if ('due' in event) return step({ ...state, dueMs: event.due })
          if (event.add === 0) return step(state)
          const sum = state.sum + event.add
          return step({ ...state, sum }, `sum is ${sum}`)
        },
        deadlineOf: (state) => state.dueMs,
        keep: (state) => story.push(`keep ${state.sum}`),
        run: (effect) => {
          story.push(effect)
          if (effect === 'sum is 1') loop.dispatch({ add: 10 })
        },
        arm: (deadlineMs) => story.push(`arm ${deadlineMs}`),
      },
    )
    return { loop, story }
  }

  it('keeps before it runs, and reduces what an effect dispatches afterwards', () => {
    const { loop, story } = build()
    loop.dispatch({ add: 1 })
    expect(story).toEqual(['keep 1', 'sum is 1', 'keep 11', 'sum is 11'])
  })

  it('arms only when the deadline changed, and again after the timer was spent', () => {
    const { loop, story } = build()
    loop.dispatch({ due: 5 })
    loop.dispatch({ add: 2 })
    loop.disarmed()
    loop.dispatch({ add: 2 })
    loop.dispatch({ due: null })
    expect(story.filter((line) => line.startsWith('arm'))).toEqual(['arm 5', 'arm 5', 'arm null'])
  })

  it('does not keep what did not change', () => {
    const { loop, story } = build()
    loop.dispatch({ add: 0 })
    expect(story).toEqual([])
  })

  it('goes on with the next event after a reducer threw', () => {
    const loop = new Loop<number, number, never>(0, {
      reduce: (state, event) => {
        if (event < 0) throw new Error('a bug')
        return step(state + event)
      },
      deadlineOf: () => null,
      keep: () => undefined,
      run: () => undefined,
      arm: () => undefined,
    })
    expect(() => loop.dispatch(-1)).toThrow('a bug')
    loop.dispatch(4)
    expect(loop.state).toBe(4)
  })
})
