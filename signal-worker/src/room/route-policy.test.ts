import type { Route, RouteWish } from '@video-room/shared/route.ts'
import { describe, expect, it } from 'vitest'
import { wantedRoute } from './route-policy.ts'

describe('which route a room wants', () => {
  it.each<[RouteWish, readonly RouteWish[], Route['kind']]>([
    ['auto', [], 'mesh'],
    ['auto', ['auto', 'auto'], 'mesh'],
    ['auto', ['auto', 'direct'], 'mesh'],
    ['auto', ['direct', 'relay'], 'relayed'],
    ['direct', ['relay', 'relay'], 'mesh'],
    ['direct', [], 'mesh'],
    ['relay', [], 'relayed'],
    ['relay', ['direct', 'direct'], 'relayed'],
  ])('RT2 set to %s, with the wishes %j: %s', (setting, wishes, kind) => {
    expect(wantedRoute(setting, wishes)).toBe(kind)
  })
})
