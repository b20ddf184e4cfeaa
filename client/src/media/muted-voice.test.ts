import { describe, expect, it } from 'vitest'
import { hear, silentVoice, speechLevel, type MutedVoice } from './muted-voice.ts'

const hearAll = (levels: readonly number[], from: MutedVoice = silentVoice): MutedVoice =>
  levels.reduce(hear, from)

describe('talking while muted', () => {
  it('one loud noise is no speech', () => {
    expect(hearAll([0, 0.4, 0, 0.4, 0.4, 0]).talking).toBe(false)
  })

  it('three loud readings in a row are speech, at exactly the threshold too', () => {
    expect(hearAll([speechLevel, speechLevel]).talking).toBe(false)
    expect(hearAll([speechLevel, speechLevel, speechLevel]).talking).toBe(true)
  })

  it('the hint outlasts a pause between words and ends after 2.5 seconds of silence', () => {
    const talking = hearAll([0.1, 0.1, 0.1])
    expect(hearAll([...Array<number>(24).fill(0), 0.1, ...Array<number>(24).fill(0)], talking).talking).toBe(
      true,
    )
    expect(hearAll(Array<number>(25).fill(0), talking).talking).toBe(false)
  })
})
