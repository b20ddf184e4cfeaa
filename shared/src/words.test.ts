import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { cleanDisplayName } from './display-name.ts'
import { closeCodes, closeReasonOf, httpStatusOf } from './errors.ts'
import { loggable, occupantIdSchema, roomIdSchema, secretSchema } from './ids.ts'
import { limits } from './limits.ts'
import { actions, may } from './permissions.ts'
import { createRequestSchema, joinRequestSchema } from './protocol/http.ts'
import { roomInfoOf } from './room-info.ts'

describe('ids', () => {
  it('J5 a room id is a random or derived UUID, in any case, and nothing else', () => {
    const valid = '3F2504E0-4F89-41D3-9A0C-0305E82C3301'
    expect(v.parse(roomIdSchema, valid)).toBe(valid.toLowerCase())
    for (const wrong of [
      '',
      'x',
      valid.replace('4', '1').replace('41D3', '11D3'),
      `${valid}0`,
      '../etc/passwd',
    ]) {
      expect(v.is(roomIdSchema, wrong)).toBe(false)
    }
  })

  it('an id in a log is too short to enter a room with', () => {
    const id = v.parse(occupantIdSchema, 'o_abcdefghijklmnop')
    expect(loggable(id)).toBe('o_abcd…')
  })

  it('a secret has 256 bits of base64url', () => {
    expect(v.is(secretSchema, 'A'.repeat(43))).toBe(true)
    expect(v.is(secretSchema, 'A'.repeat(42))).toBe(false)
    expect(v.is(secretSchema, `${'A'.repeat(42)}+`)).toBe(false)
  })
})

describe('errors', () => {
  it('SK6 close codes lead to their reason and foreign ones to none', () => {
    for (const [reason, code] of Object.entries(closeCodes)) expect(closeReasonOf(code)).toBe(reason)
    expect(closeReasonOf(1_006)).toBeNull()
  })

  it('every refusal has an error status', () => {
    for (const status of Object.values(httpStatusOf)) expect(status).toBeGreaterThanOrEqual(400)
  })
})

describe('permissions', () => {
  it.each(actions)('H2 MD1 %s: whatever a participant may, a host may', (action) => {
    if (may('participant', action)) expect(may('host', action)).toBe(true)
  })

  it('H2 MD1 only a host moderates', () => {
    const moderation = ['mute-occupant', 'remove-occupant', 'end-room'] as const
    expect(moderation.map((action) => may('participant', action))).toEqual([false, false, false])
    expect(moderation.map((action) => may('host', action))).toEqual([true, true, true])
  })
})

describe('room info', () => {
  it('D1 the count is the number of occupants who are present', () => {
    const seat = (isHost: boolean, isPresent: boolean) => ({ isHost, isPresent, secret: 'not shown' })
    const seats = { o_aaaaaaaaaaaaaaaa: seat(true, true), o_bbbbbbbbbbbbbbbb: seat(false, false) } as never
    expect(roomInfoOf(seats)).toEqual({
      occupancyCount: 1,
      occupants: {
        o_aaaaaaaaaaaaaaaa: { isHost: true, isPresent: true },
        o_bbbbbbbbbbbbbbbb: { isHost: false, isPresent: false },
      },
    })
  })
})

describe('requests', () => {
  it('A1 a room has one participant unless more are asked for, and never more than fifteen', () => {
    expect(v.parse(createRequestSchema, {}).maxParticipants).toBe(1)
    expect(v.is(createRequestSchema, { maxParticipants: limits.maxParticipantsCeiling })).toBe(true)
    for (const wrong of [-1, 16, 1.5, '2', null]) {
      expect(v.is(createRequestSchema, { maxParticipants: wrong })).toBe(false)
    }
  })

  it('a join needs nothing and takes a long name', () => {
    expect(v.parse(joinRequestSchema, {})).toEqual({ displayName: '' })
    expect(v.is(joinRequestSchema, { displayName: 'n'.repeat(1_024) })).toBe(true)
  })
})

describe('display name', () => {
  it.each([
    ['  Ada   Lovelace ', 'Ada Lovelace'],
    ['Ada\u0000\u001b[31m', 'Ada [31m'],
    ['\u202eevil\u2066', 'evil'],
    ['one\ntwo\u2028three', 'one two three'],
    ['\ud800lone', '\ufffdlone'],
    ['e\u0301', '\u00e9'],
    [' \u200f ', ''],
  ])('%j is shown as %j', (raw, shown) => {
    expect(cleanDisplayName(raw)).toBe(shown)
  })

  it('is short, on one line, and stays as it is when cleaned again, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (raw) => {
        const shown = cleanDisplayName(raw)
        expect(Array.from(shown).length).toBeLessThanOrEqual(limits.displayNameMaxLength)
        expect(shown).not.toMatch(/[\n\r\u2028\u2029\u202e]/u)
        expect(cleanDisplayName(shown)).toBe(shown)
      }),
    )
  })
})
