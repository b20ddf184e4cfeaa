/**
 * Decides: what a failed capture means for the person (the words are in components/words.ts).
 * Does not decide: what to do about it.
 * Invariants: every error has a meaning; an unknown one is `failed`.
 */
import type { MediaProblem } from './view.ts'

/** DOMException names of getUserMedia (Media Capture and Streams, section 10.2), older browsers' included. */
const problemOfName: Readonly<Record<string, MediaProblem>> = {
  NotAllowedError: 'denied',
  PermissionDeniedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  DevicesNotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  TrackStartError: 'busy',
  AbortError: 'busy',
  NotSupportedError: 'unsupported',
  TypeError: 'unsupported',
}

export const nameOfError = (error: unknown): string => (error instanceof Error ? error.name : '')

export function problemOf(error: unknown): MediaProblem {
  const name = nameOfError(error)
  return Object.hasOwn(problemOfName, name) ? (problemOfName[name] ?? 'failed') : 'failed'
}

/** Of a failed screen share. Closing the picker is a choice, not a problem: null. A refusal by the system is told. */
export function screenProblemOf(error: unknown): MediaProblem | null {
  const refused = nameOfError(error) === 'NotAllowedError'
  const bySystem = error instanceof Error && /system/iu.test(error.message)
  return refused && !bySystem ? null : problemOf(error)
}
