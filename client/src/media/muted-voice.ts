/**
 * Decides: from loudness readings, whether someone talks into a muted microphone.
 * Does not decide: how loudness is measured (level-meter.ts), how the hint looks.
 * Invariants: one cough is no speech; the hint stays for a moment after the last word instead of flickering.
 */

/** −40 dBFS: speech at arm's length is louder, a quiet room and a keyboard are not. Root mean square, 0 to 1. */
export const speechLevel = 0.01
/** Readings in a row that make speech: at `readEveryMs` 300 ms, longer than a click. */
const readingsToSpeak = 3
/** Readings of silence that end the hint: 2.5 s, longer than the pause between two sentences. */
const readingsToSilence = 25
/** How often the level is read, milliseconds. A meter on the screen looks alive at ten a second. */
export const readEveryMs = 100

export interface MutedVoice {
  readonly talking: boolean
  /** Readings in a row that contradict `talking`. */
  readonly against: number
}

export const silentVoice: MutedVoice = { talking: false, against: 0 }

export function hear(voice: MutedVoice, level: number): MutedVoice {
  const loud = level >= speechLevel
  if (loud === voice.talking) return voice.against === 0 ? voice : { ...voice, against: 0 }
  const against = voice.against + 1
  const enough = against >= (voice.talking ? readingsToSilence : readingsToSpeak)
  return enough ? { talking: loud, against: 0 } : { ...voice, against }
}
