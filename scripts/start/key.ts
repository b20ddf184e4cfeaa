/** Keys that are made for one start: the worker knows each by its hash only. */
import { createHash, randomBytes } from 'node:crypto'

export interface StartKey {
  /** For its holder alone, never in a list of processes. */
  readonly key: string
  /** For the worker's settings. */
  readonly entry: string
}

export const entryOf = (key: string): string => `sha256:${createHash('sha256').update(key).digest('hex')}`

export function newKey(): StartKey {
  const key = randomBytes(32).toString('base64url')
  return { key, entry: entryOf(key) }
}
