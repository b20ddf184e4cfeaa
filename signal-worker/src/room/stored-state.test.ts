import { describe, expect, it } from 'vitest'
import { room, tokenHash } from './room-fixture.ts'
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
    ...old
  } = state
  return JSON.stringify({
    ...old,
    version: 1,
    settings: { maxParticipants: 15, allowNoMedia: true },
    seats: state.seats.map(
      ({ unmuteAsked: _asked, silenced: _silenced, provedHost: _proved, ...seat }) => seat,
    ),
    removedTokenHashes: [tokenHash('bob1')],
  })
}

describe('a room that an older build stored', () => {
  it('goes on with everyone in it; who was removed stays removed', () => {
    const state = readStoredState(1, versionOne())
    const r = room()
    if (state === null) throw new Error('version 1 is known')
    r.state = state
    expect(state).toMatchObject({
      version: 2,
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
    expect(readStoredState(2, JSON.stringify(state))).toEqual(state)
    expect(readStoredState(3, 'no JSON at all')).toBeNull()
    expect(() => readStoredState(2, '{}')).toThrow()
  })
})
