import type { Route } from '@video-room/shared/route.ts'
import { describe, expect, test } from 'vitest'
import { noMediaWords } from '../route-words.ts'
import { anOccupant } from '../testing/fake-session.ts'
import { namesOf } from '../words.ts'
import { reachOf } from './reach.ts'

const self = anOccupant('s', 'Ada', { isSelf: true, link: 'none' })
const mesh: Route = { kind: 'mesh', epoch: 1 }
const grace = anOccupant('g', 'Grace', { link: 'connecting' })

describe('who is not reached', () => {
  test('nobody is missed while everyone is reached, is away, or nobody is there', () => {
    expect(reachOf(mesh, 'auto', [self])).toBeNull()
    expect(reachOf(mesh, 'auto', [self, anOccupant('g', 'Grace')])).toBeNull()
    expect(reachOf(mesh, 'auto', [self, { ...grace, isPresent: false }])).toBeNull()
    expect(reachOf(null, 'auto', [self, grace])).toBeNull()
  })

  test('RP1 without a relay it says so, and what to do', () => {
    const route: Route = { ...mesh, reasons: ['direct-failed', 'no-relay'] }
    expect(reachOf(route, 'auto', [self, grace])).toEqual({
      nobody: true,
      advice: noMediaWords.noRelay(namesOf(['Grace'])),
    })
  })

  test('RP5 a room that stays direct is told from one that found no relay', () => {
    expect(reachOf(mesh, 'direct', [self, grace])?.advice).toBe(noMediaWords.directOnly(namesOf(['Grace'])))
  })

  test('RT2 a room that waits for a relay waits, whatever links are left', () => {
    const route: Route = { kind: 'relayed', epoch: 2, relays: [] }
    expect(reachOf(route, 'relay', [self, anOccupant('g', 'Grace')])?.advice).toBe(noMediaWords.waiting)
  })

  test('whom it names, and that the others are reached', () => {
    const others = [grace, anOccupant('h', '', { link: 'recovering' }), anOccupant('l', 'Lin')]
    const reach = reachOf(mesh, 'auto', [self, ...others])
    expect(reach?.nobody).toBe(false)
    expect(reach?.advice).toMatch(/Grace\S* and \S*Guest/)
    expect(reach?.advice).not.toContain('Lin')
  })
})
