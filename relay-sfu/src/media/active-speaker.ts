/**
 * Decides: who speaks, loudest first, from the audio levels of the microphones (RFC 6464).
 * Does not decide: which room someone is in (the control thread sorts them out), and what is muted.
 * Invariants: a microphone that is muted or gone is in no list; the order changes only by a clear difference; what is silent is
 * not kept.
 */
import type { Speaker } from './boundary.ts'

/** Rises within a word, falls over a pause between words. Shares of the difference per packet of 20 ms. */
const riseShare = 0.2
const fallShare = 0.04
/** Loudness is 127 − level. Speech lies above 70, a quiet room below 50; between the two nothing changes. */
const speaksFrom = 65
const speaksUntil = 55
/** A clear difference to the ear: less than this and two speakers would change places with every syllable. */
const clearlyLouder = 6
/** With DTX (RFC 6716, section 2.1.9) a silent microphone sends a packet every 400 ms; what sends none is silent. */
const silentMs = 800

/** What is heard of one microphone. */
export class Voice {
  readonly speaker: Speaker
  loudness = 0
  heardMs = -Infinity

  constructor(speaker: Speaker) {
    this.speaker = speaker
  }

  /** Muted, emptied or closed. */
  hush(): void {
    this.loudness = 0
    this.heardMs = -Infinity
  }

  loudnessAt(nowMs: number): number {
    return nowMs - this.heardMs > silentMs ? 0 : this.loudness
  }
}

export class ActiveSpeaker {
  /** Loudest first. */
  #order: readonly Voice[] = []
  readonly #voices = new Set<Voice>()

  note(voice: Voice, audioLevel: number, nowMs: number): void {
    const loudness = 127 - (audioLevel & 0x7f)
    const before = voice.loudness
    voice.loudness = before + (loudness - before) * (loudness > before ? riseShare : fallShare)
    voice.heardMs = nowMs
    this.#voices.add(voice)
  }

  /** The new order, or null when it is as before. */
  take(nowMs: number): readonly Speaker[] | null {
    const order = this.#order.filter((voice) => voice.loudnessAt(nowMs) >= speaksUntil)
    for (const voice of this.#voices) {
      const loudness = voice.loudnessAt(nowMs)
      if (loudness >= speaksFrom && !order.includes(voice)) order.push(voice)
      if (loudness === 0) this.#voices.delete(voice)
    }
    for (let at = 1; at < order.length; at += 1) moveUp(order, at, nowMs)
    const isSame =
      order.length === this.#order.length && order.every((voice, at) => voice === this.#order[at])
    this.#order = order
    return isSame ? null : order.map(({ speaker }) => speaker)
  }
}

function moveUp(order: Voice[], from: number, nowMs: number): void {
  const voice = order[from]
  if (!voice) return
  const loudness = voice.loudnessAt(nowMs)
  let at = from
  for (; at > 0; at -= 1) {
    const before = order[at - 1]
    if (!before || loudness <= before.loudnessAt(nowMs) + clearlyLouder) break
    order[at] = before
  }
  order[at] = voice
}
