import { describe, expect, test } from 'vitest'
import { ActiveSpeaker, Voice } from './active-speaker.ts'

/** Levels as in RFC 6464: 0 is loudest, 127 silence. */
const speech = 30
const louder = 18
const silence = 127

/** Voices of a few links. */
function room() {
  const speaker = new ActiveSpeaker()
  const voices = [0, 1, 2, 3, 4, 5].map((link) => new Voice({ link }))
  const voiceOf = (link: number): Voice => voices[link] ?? new Voice({ link })
  const say = (link: number, level: number, fromMs: number, forMs: number): void => {
    for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += 20) speaker.note(voiceOf(link), level, nowMs)
  }
  const take = (nowMs: number) => speaker.take(nowMs)?.map(({ link }) => link) ?? null
  return { voiceOf, say, take }
}

describe('active speaker', () => {
  test('who speaks is told once, and who is silent never', () => {
    const { say, take } = room()
    say(1, silence, 0, 400)
    say(2, speech, 0, 400)
    expect(take(400)).toEqual([2])
    say(2, speech, 400, 400)
    expect(take(800)).toBe(null)
  })

  test('a cough is no speech, a pause between words no end of it', () => {
    const { say, take } = room()
    say(1, speech, 0, 60)
    expect(take(60)).toBe(null)
    say(1, speech, 60, 400)
    expect(take(460)).toEqual([1])
    say(1, silence, 460, 160)
    expect(take(620)).toBe(null)
    say(1, silence, 620, 600)
    expect(take(1_220)).toEqual([])
  })

  test('two who are about as loud keep their order, a clearly louder one goes first', () => {
    const { say, take } = room()
    say(5, speech, 0, 600)
    expect(take(600)).toEqual([5])
    say(5, speech, 600, 600)
    say(3, speech - 3, 600, 600)
    expect(take(1_200)).toEqual([5, 3])
    say(5, speech, 1_200, 600)
    say(3, louder, 1_200, 600)
    expect(take(1_800)).toEqual([3, 5])
  })

  test('a muted microphone speaks no more, at once', () => {
    const { say, take, voiceOf } = room()
    say(1, speech, 0, 600)
    take(600)
    voiceOf(1).hush()
    expect(take(620)).toEqual([])
  })

  test('who sends nothing any more falls silent', () => {
    const { say, take } = room()
    say(1, speech, 0, 600)
    take(600)
    expect(take(1_500)).toEqual([])
  })

  test('CH2 voices of one trunk are told apart by their sections', () => {
    const speaker = new ActiveSpeaker()
    const voices = ['1mAnna', '1mBen'].map((mid) => new Voice({ link: 3, mid }))
    for (let nowMs = 0; nowMs < 600; nowMs += 20) {
      for (const [at, voice] of voices.entries()) speaker.note(voice, at === 0 ? speech : louder, nowMs)
    }
    expect(speaker.take(600)).toEqual([
      { link: 3, mid: '1mBen' },
      { link: 3, mid: '1mAnna' },
    ])
  })
})
