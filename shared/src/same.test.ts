import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSameData } from './same.ts'

const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('whether data says the same', () => {
  it('says what JSON says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(isSameData(a, copyOf(a))).toBe(true)
        expect(isSameData(copyOf({ a, b }), { a, b })).toBe(true)
        // 0 and -0 are one number, and are written alike.
        expect(isSameData(a, b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  it.each([
    ['a value', { room: { isLocked: true } }, { room: { isLocked: false } }],
    ['one property more', { a: 1 }, { a: 1, b: null }],
    ['another property', { a: 1 }, { b: 1 }],
    ['the order of a list', [1, 2], [2, 1]],
    ['the length of a list', [1], [1, 2]],
    ['a list and what looks like one', [1], { 0: 1 }],
    ['an empty list and an empty record', [], {}],
    ['nothing and an empty record', null, {}],
    ['a property that every record inherits', {}, { toString: 1 }],
    ['what JSON would write alike', '1', 1],
  ])('tells %s apart, either way round', (_, a, b) => {
    expect(isSameData(a, b)).toBe(false)
    expect(isSameData(b, a)).toBe(false)
  })

  it('takes what is undefined for absent, either way round', () => {
    expect(isSameData({ a: 1, b: undefined }, { a: 1 })).toBe(true)
    expect(isSameData({ a: 1 }, { a: 1, b: undefined })).toBe(true)
    expect(isSameData({ a: undefined }, { a: null })).toBe(false)
  })

  it('does not look into what is one object', () => {
    const secret = {
      get asked(): never {
        throw new Error('looked into')
      },
    }
    expect(isSameData({ list: [secret] }, { list: [secret] })).toBe(true)
  })
})
