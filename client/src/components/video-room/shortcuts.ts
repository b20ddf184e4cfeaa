/**
 * Decides: what a pressed key asks for.
 * Does not decide: whether the room hears it: only keys pressed inside the room count (WCAG 2.2, 2.1.4).
 * Invariants: nothing happens while someone types or chooses, nor with a modifier, nor while a key repeats.
 */

export interface PressedKey {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly repeat: boolean
}

export type Shortcut = 'microphone' | 'camera' | 'close'

const fields: ReadonlySet<string> = new Set(['INPUT', 'SELECT', 'TEXTAREA'])

export function shortcutOf(pressed: PressedKey, focusedTag: string): Shortcut | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.repeat) return null
  if (pressed.key === 'Escape') return 'close'
  if (fields.has(focusedTag)) return null
  const key = pressed.key.toLowerCase()
  return key === 'm' ? 'microphone' : key === 'v' ? 'camera' : null
}
