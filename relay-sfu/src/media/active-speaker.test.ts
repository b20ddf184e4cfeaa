import { describe, expect, test } from 'vitest'
import { ActiveSpeaker } from './active-speaker.ts'

/** Levels as in RFC 6464: 0 is loudest, 127 silence. */
const speech = 30
const louder = 18
const silence = 127

const say = (speaker: ActiveSpeaker, link: number, level: number, fromMs: number, forMs: number): void => {
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += 20) speaker.note(link, level, nowMs)
}

describe('active speaker', () => {
  test('who speaks is told once, and who is silent never', () => {
    const speaker = new ActiveSpeaker()
    say(speaker, 1, silence, 0, 400)
    say(speaker, 2, speech, 0, 400)
    expect(speaker.take(400)).toEqual([2])
    say(speaker, 2, speech, 400, 400)
    expect(speaker.take(800)).toBe(null)
  })

  test('a cough is no speech, a pause between words no end of it', () => {
    const speaker = new ActiveSpeaker()
    say(speaker, 1, speech, 0, 60)
    expect(speaker.take(60)).toBe(null)
    say(speaker, 1, speech, 60, 400)
    expect(speaker.take(460)).toEqual([1])
    say(speaker, 1, silence, 460, 160)
    expect(speaker.take(620)).toBe(null)
    say(speaker, 1, silence, 620, 600)
    expect(speaker.take(1_220)).toEqual([])
  })

  test('two who are about as loud keep their order, a clearly louder one goes first', () => {
    const speaker = new ActiveSpeaker()
    say(speaker, 5, speech, 0, 600)
    expect(speaker.take(600)).toEqual([5])
    say(speaker, 5, speech, 600, 600)
    say(speaker, 3, speech - 3, 600, 600)
    expect(speaker.take(1_200)).toEqual([5, 3])
    say(speaker, 5, speech, 1_200, 600)
    say(speaker, 3, louder, 1_200, 600)
    expect(speaker.take(1_800)).toEqual([3, 5])
  })

  test('a muted microphone speaks no more, at once', () => {
    const speaker = new ActiveSpeaker()
    say(speaker, 1, speech, 0, 600)
    speaker.take(600)
    speaker.forget(1)
    expect(speaker.take(620)).toEqual([])
  })

  test('who sends nothing any more falls silent', () => {
    const speaker = new ActiveSpeaker()
    say(speaker, 1, speech, 0, 600)
    speaker.take(600)
    expect(speaker.take(1_500)).toEqual([])
  })
})
