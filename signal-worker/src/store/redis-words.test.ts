import { defaultSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { recordAnswerSchema, settingsText, settingsWords } from './redis-words.ts'

/** What a script answers of a room, with these settings in its hash. */
const answerOf = (settings: readonly string[], created: string): unknown => [
  'ok',
  '1',
  [
    ...Object.entries({
      status: 'open',
      createdAtMs: '1',
      expiresAtMs: '2',
      lifetimeMs: '1',
      creator: '',
      hostTokenHash: 'h'.repeat(43),
      createdSettings: created,
    }).flat(),
    ...settings,
  ],
  [],
  [],
]

describe('the words of Redis', () => {
  it('RT2 a room of before there were routes leaves its route open', () => {
    const { route: _route, ...older } = defaultSettings
    const words = Object.entries(older).flatMap(([field, value]) => [field, String(value)])
    const [, , facts] = v.parse(recordAnswerSchema, answerOf(words, JSON.stringify(older)))
    expect(facts).toMatchObject({ settings: defaultSettings, createdSettings: defaultSettings })
  })

  it('HT2 an order that leaves it open has the text it had before there were routes, so that it finds its room', () => {
    const { route: _route, ...older } = defaultSettings
    expect(settingsText(defaultSettings)).toBe(JSON.stringify(older))
    expect(settingsText({ ...defaultSettings, route: 'relay' })).not.toBe(JSON.stringify(older))
  })

  it.each(['auto', 'direct', 'relay'] as const)(
    'RT2 the route %s survives the way there and back',
    (route) => {
      const settings = { ...defaultSettings, route }
      const [, , facts] = v.parse(
        recordAnswerSchema,
        answerOf(settingsWords(settings), settingsText(settings)),
      )
      expect(facts).toMatchObject({ settings, createdSettings: settings })
    },
  )
})
