import { describe, expect, it } from 'vitest'
import { endingWords, initialsOf, nameOf, problemWords, refusalWords, words } from './words.ts'

describe('words', () => {
  it('initials take the first and the last word, and keep composed characters whole', () => {
    expect(initialsOf('Ada Lovelace')).toBe('AL')
    expect(initialsOf('maría josé de la cruz')).toBe('MC')
    expect(initialsOf('👩‍🚀 Sally')).toBe('👩‍🚀S')
    expect(initialsOf('Björk')).toBe('B')
    expect(initialsOf('李小龙')).toBe('李')
    expect(initialsOf('e\u0301lan')).toBe('E\u0301')
    expect(initialsOf('🇫🇷 1️⃣')).toBe('🇫🇷1️⃣')
    expect(initialsOf('नि')).toBe('नि')
  })

  it('someone without a name is still someone', () => {
    expect(nameOf('')).toBe(words.unnamed)
    expect(initialsOf('')).toBe('G')
  })

  it('every piece of advice says what happened and what to do', () => {
    const advice = [
      ...Object.values(refusalWords),
      ...Object.values(endingWords),
      ...Object.values(problemWords).map((wordsOf) => wordsOf('camera')),
    ]
    for (const { title, hint } of advice) {
      expect(title).not.toMatch(/[_.]/)
      expect(hint).toMatch(/[.)]$/)
    }
  })
})
