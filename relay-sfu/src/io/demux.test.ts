import { describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { FloodBudget } from './demux-budget.ts'
import { AddressTable, kindOf } from './demux.ts'

const at = (port: number, socket = 0, address = '192.0.2.9') => ({ socket, address, port })

describe('RFC 7983: the first byte', () => {
  it.each([
    [0, 'stun'],
    [3, 'stun'],
    [4, 'other'],
    [19, 'other'],
    [20, 'dtls'],
    [63, 'dtls'],
    [64, 'other'],
    [127, 'other'],
    [128, 'media'],
    [191, 'media'],
    [192, 'other'],
    [255, 'other'],
  ] as const)('%i is %s', (byte, kind) => {
    expect(kindOf(byte)).toBe(kind)
  })
})

describe('addresses', () => {
  it('tell links apart by socket, address and port', () => {
    const table = new AddressTable()
    table.add(1, at(1_000))
    table.add(2, at(1_000, 1))
    table.add(3, at(1_001))
    table.add(4, at(1_000, 0, '2001:db8::1'))
    expect(table.get(0, '192.0.2.9', 1_000)).toBe(1)
    expect(table.get(1, '192.0.2.9', 1_000)).toBe(2)
    expect(table.get(0, '192.0.2.9', 1_001)).toBe(3)
    expect(table.get(0, '2001:db8::1', 1_000)).toBe(4)
    expect(table.get(0, '192.0.2.9', 1_002)).toBeUndefined()
  })

  it('belong to the link that proved them last', () => {
    const table = new AddressTable()
    table.add(1, at(1_000))
    table.add(2, at(1_000))
    expect(table.get(0, '192.0.2.9', 1_000)).toBe(2)
    expect(table.removeLink(1)).toEqual([])
    expect(table.get(0, '192.0.2.9', 1_000)).toBe(2)
  })

  it('of a link are bounded; the oldest goes first', () => {
    const table = new AddressTable()
    for (let port = 1; port <= relayLimits.linkAddressesMax + 1; port += 1) table.add(1, at(port))
    expect(table.get(0, '192.0.2.9', 1)).toBeUndefined()
    expect(table.get(0, '192.0.2.9', 2)).toBe(1)
    expect(table.removeLink(1)).toHaveLength(relayLimits.linkAddressesMax)
    expect(table.get(0, '192.0.2.9', 2)).toBeUndefined()
  })

  it('of a link are bounded; the one in use stays', () => {
    const table = new AddressTable()
    for (let port = 1; port <= relayLimits.linkAddressesMax; port += 1)
      expect(table.add(1, at(port))).toBeNull()
    expect(table.add(1, at(100), at(1))).toEqual(at(2))
    expect([1, 2, 3].map((port) => table.get(0, '192.0.2.9', port))).toEqual([1, undefined, 1])
  })

  it('of a connection that is closed are gone', () => {
    const table = new AddressTable()
    table.add(1, at(1_000, 5))
    table.add(1, at(1_000))
    table.removeSocket(5)
    expect(table.get(5, '192.0.2.9', 1_000)).toBeUndefined()
    expect(table.removeLink(1)).toEqual([at(1_000)])
  })
})

describe('I5: the budget for strangers', () => {
  const passed = (budget: FloodBudget, count: number, portOf: (index: number) => number): number => {
    let allowed = 0
    for (let index = 0; index < count; index += 1) {
      // 10,000 a second.
      if (budget.allowsStranger('198.51.100.1', portOf(index), false, index / 10)) allowed += 1
    }
    return allowed
  }

  it('lets one loud source through a few times a second, and leaves the others theirs', () => {
    const budget = new FloodBudget(1)
    const allowed = passed(budget, 100_000, () => 7)
    expect(allowed).toBeLessThanOrEqual(relayLimits.strangerBurst + 10 * relayLimits.strangerPerSecond)
    expect(budget.allowsStranger('203.0.113.5', 9_999, false, 10_000)).toBe(true)
  })

  it('bounds what many sources together may ask, and a newcomer among them is heard soon', () => {
    const budget = new FloodBudget(1)
    const allowed = passed(budget, 50_000, (index) => index % 60_000)
    expect(allowed).toBeLessThanOrEqual(relayLimits.strangersBurst + 5 * relayLimits.strangersPerSecond)
    // A browser checks about every 50 ms, somewhere between two packets of the flood, which goes on.
    let tries = 0
    let isHeard = false
    for (let index = 0; index < 20_000 && !isHeard; index += 1) {
      const nowMs = 5_000 + index / 10
      budget.allowsStranger('198.51.100.1', (index * 7) % 60_000, false, nowMs)
      if (index % 487 !== 0) continue
      tries += 1
      isHeard = budget.allowsStranger('203.0.113.5', 40_000, false, nowMs + 0.05)
    }
    expect(isHeard).toBe(true)
    expect(tries).toBeLessThan(20)
  })

  it('plain STUN does not use up what checks may', () => {
    const budget = new FloodBudget(1)
    let plain = 0
    for (let port = 1; port <= 5_000; port += 1) {
      if (budget.allowsStranger('198.51.100.1', port, true, 0)) plain += 1
    }
    expect(plain).toBe(relayLimits.plainStunBurst)
    expect(budget.allowsStranger('203.0.113.5', 9_999, false, 0)).toBe(true)
  })

  it('who is known has a larger one', () => {
    const budget = new FloodBudget(1)
    let allowed = 0
    for (let index = 0; index < 1_000; index += 1) if (budget.allowsAcquaintance(3, 0)) allowed += 1
    expect(allowed).toBe(relayLimits.acquaintanceBurst)
    expect(budget.allowsAcquaintance(4, 0)).toBe(true)
  })
})
