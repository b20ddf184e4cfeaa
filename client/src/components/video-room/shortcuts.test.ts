import { describe, expect, it } from 'vitest'
import { shortcutOf } from './shortcuts.ts'

const press = (key: string, more: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...more,
})

describe('shortcuts', () => {
  it('m and v toggle microphone and camera, with caps lock too', () => {
    expect(shortcutOf(press('m'), 'BUTTON')).toBe('microphone')
    expect(shortcutOf(press('M'), 'BUTTON')).toBe('microphone')
    expect(shortcutOf(press('v'), 'SECTION')).toBe('camera')
    expect(shortcutOf(press('x'), 'SECTION')).toBeNull()
  })

  it('a name may contain m and v', () => {
    expect(shortcutOf(press('m'), 'INPUT')).toBeNull()
    expect(shortcutOf(press('v'), 'SELECT')).toBeNull()
  })

  it('the browser keeps its own shortcuts, and a held key toggles once', () => {
    expect(shortcutOf(press('v', { ctrlKey: true }), 'BUTTON')).toBeNull()
    expect(shortcutOf(press('m', { metaKey: true }), 'BUTTON')).toBeNull()
    expect(shortcutOf(press('m', { repeat: true }), 'BUTTON')).toBeNull()
  })

  it('Escape closes, wherever the focus is', () => {
    expect(shortcutOf(press('Escape'), 'INPUT')).toBe('close')
  })
})
