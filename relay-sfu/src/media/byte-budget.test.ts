import { describe, expect, test } from 'vitest'
import { ByteBudget } from './byte-budget.ts'

describe('byte budget', () => {
  test('lets a burst through and then the rate', () => {
    const budget = new ByteBudget(100, 1_000)
    expect([60, 60, 40].map((amount) => budget.spend(amount, 0))).toEqual([true, false, true])
    expect([budget.spend(10, 9), budget.spend(10, 10), budget.spend(1, 10)]).toEqual([false, true, false])
  })
})
