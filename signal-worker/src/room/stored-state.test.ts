import { describe, expect, it } from 'vitest'
import { room, tokenHash } from './room-fixture.ts'
import { noRelay } from './relay-state.ts'
import { readStoredState } from './stored-state.ts'

/** What the first version stored of a meeting, and of someone removed from it. */
function versionOne(): string {
  const r = room().enter('host').enter('ada')
  const { state } = r
  const {
    knocks: _knocks,
    barred: _barred,
    knockBucket: _bucket,
    hostHasArrived: _arrived,
    hostAwaitedUntilMs: _awaited,
    hasStarted: _started,
    creatorId: _creator,
    gate: _gate,
    unrecorded: _unrecorded,
    relay: _relay,
    ...old
  } = state
  return JSON.stringify({
    ...old,
    version: 1,
    settings: { maxParticipants: 15, allowNoMedia: true },
    seats: state.seats.map(
      ({ unmuteAsked: _asked, silenced: _silenced, provedHost: _proved, routeWish: _wish, ...seat }) => seat,
    ),
    removedTokenHashes: [tokenHash('bob1')],
  })
}

describe('a room that an older build stored', () => {
  it('of before relays is a mesh whose route is left open, and goes on', () => {
    const { state } = room().enter('host').enter('ada')
    const { relay: _relay, settings, ...old } = state
    const { route: _route, ...oldSettings } = settings
    const seats = state.seats.map(({ routeWish: _wish, ...seat }) => seat)
    const stored = JSON.stringify({ ...old, settings: oldSettings, seats, version: 2 })
    expect(readStoredState(2, stored)).toEqual({ ...state, relay: noRelay })
  })

  it('goes on with everyone in it; who was removed stays removed', () => {
    const state = readStoredState(1, versionOne())
    const r = room()
    if (state === null) throw new Error('version 1 is known')
    r.state = state
    expect(state).toMatchObject({
      version: 3,
      relay: noRelay,
      hostHasArrived: true,
      barred: [{ tokenHash: tokenHash('bob1'), reason: 'removed' }],
    })
    expect(
      r.say('host', { type: 'change-settings', settings: { isLocked: true } }).heard('ada'),
    ).toMatchObject([{ type: 'room-changed', patch: { settings: { isLocked: true, admission: 'open' } } }])
  })

  it('KN8 goes on with those at its door, of whom no picture was thought of', () => {
    const r = room({ admission: 'knock' }).enter('host').knock('ada')
    const text = JSON.stringify(r.state)
      .replace('"pictureBucket":null,', '')
      .replace('"knockPicture":false,', '')
    expect(text).not.toMatch(/picture/iu)
    expect(readStoredState(2, text)).toEqual(r.state)
  })

  it('is read as it is when it is of this version, and not at all when it is of a later one', () => {
    const { state } = room().enter('host')
    expect(readStoredState(3, JSON.stringify(state))).toEqual(state)
    expect(readStoredState(4, 'no JSON at all')).toBeNull()
    expect(() => readStoredState(3, '{}')).toThrow()
    expect(() => readStoredState(2, '{}')).toThrow()
  })
})
