import { createRequestSchema } from '@video-room/shared/protocol/http.ts'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { brokenRule, roomRulesSchema } from './room-rules.ts'

const wish = (changes: object = {}) => v.parse(createRequestSchema, changes)

it('C4 every setting of a room can be ruled', () => {
  expect(Object.keys(roomRulesSchema.entries).toSorted()).toEqual(
    Object.keys(createRequestSchema.entries).toSorted(),
  )
})

it('C4 numbers are ceilings, the rest is fixed', () => {
  const rules = v.parse(roomRulesSchema, { maxParticipants: 4, admission: 'knock', lifetimeMs: 3_600_000 })
  const lawful = { admission: 'knock', lifetimeMs: 60_000 }
  expect(brokenRule(wish({ ...lawful, maxParticipants: 4 }), rules)).toBeNull()
  expect(brokenRule(wish({ ...lawful, maxParticipants: 0, isLocked: true }), rules)).toBeNull()
  expect(brokenRule(wish({ ...lawful, maxParticipants: 5 }), rules)).toBe('maxParticipants')
  expect(brokenRule(wish({ ...lawful, admission: 'open' }), rules)).toBe('admission')
  expect(brokenRule(wish({ admission: 'knock' }), rules)).toBe('lifetimeMs')
  expect(brokenRule(wish(), {})).toBeNull()
})
