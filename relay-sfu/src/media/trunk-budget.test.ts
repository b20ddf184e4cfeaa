import { expect, test } from 'vitest'
import { TrunkBudget } from './trunk-budget.ts'

const mbit = 1_000_000

test('nothing bounds a trunk on which nothing was ever wrong', () => {
  expect(new TrunkBudget().bitrateBps(Infinity, -Infinity, 5_000)).toBe(Infinity)
})

test('more than is known is tried only after a while, then more and more', () => {
  const budget = new TrunkBudget()
  const given = [1_000, 5_999, 7_000, 11_000].map((nowMs) => budget.bitrateBps(mbit, 1_000, nowMs))
  expect(given.slice(0, 2)).toEqual([mbit, mbit])
  expect(given[2]).toBeGreaterThan(1.1 * mbit)
  expect(given[3]).toBeGreaterThan(1.9 * mbit)
})

test('each try that fails puts the next one off, up to a minute', () => {
  const budget = new TrunkBudget()
  let troubledMs = 1_000
  const waits: number[] = []
  for (let round = 0; round < 7; round += 1) {
    let nowMs = troubledMs
    while (budget.bitrateBps(mbit, troubledMs, nowMs) === mbit) nowMs += 100
    waits.push(Math.floor((nowMs - troubledMs) / 1_000))
    troubledMs = nowMs + 2_000
  }
  expect(waits).toEqual([5, 10, 20, 40, 60, 60, 60])
})

test('trouble that goes on is one, and after a long good time the first try comes soon again', () => {
  const budget = new TrunkBudget()
  for (const troubledMs of [1_000, 1_500, 4_000]) budget.bitrateBps(mbit, troubledMs, troubledMs)
  expect(budget.bitrateBps(mbit, 4_000, 9_000)).toBe(mbit)
  expect(budget.bitrateBps(mbit, 4_000, 9_100)).toBeGreaterThan(mbit)
  budget.bitrateBps(mbit, 20_000, 20_000)
  expect(budget.bitrateBps(mbit, 20_000, 29_900)).toBe(mbit)
  budget.bitrateBps(mbit, 120_000, 120_000)
  expect(budget.bitrateBps(mbit, 120_000, 125_100)).toBeGreaterThan(mbit)
})
