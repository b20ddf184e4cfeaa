import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { roomDeadline } from './deadline.ts'
import { occupant, room } from './room-fixture.ts'
import { snapshotOf } from './snapshot-of.ts'

describe('presence', () => {
  it('SN1 an occupant without a socket yet is not in the snapshot', () => {
    const r = room().join('host')
    expect(snapshotOf(r.state)).toMatchObject({ revision: 0, occupants: [] })
    expect(r.effects).toEqual([])
  })

  it('SK4 a new socket hears welcome with the whole room and itself in it, the others one patch', () => {
    const r = room().enter('host').join('guest').open('guest', 'guest1')
    const revision = r.state.revision
    expect(r.heard('guest')).toEqual([
      { type: 'welcome', occupantId: occupant('guest'), isHost: false, snapshot: snapshotOf(r.state) },
    ])
    expect(r.heard('host')).toMatchObject([
      { type: 'room-changed', patch: { revision, changed: [{ occupantId: occupant('guest') }], left: [] } },
    ])
  })

  it('SK3 J1 a socket with a token nobody holds is closed as unauthorised, and nothing changes', () => {
    const r = room().enter('host')
    const before = r.state
    r.open('stranger', 'guess')
    expect(r.closed('stranger')).toBe('unauthorised')
    expect(r.state).toBe(before)
  })

  it('HT4 a seat whose socket did not come in time is free, and its token opens nothing', () => {
    const r = room().enter('host').join('guest').later(limits.joinToSocketMs).feed({ type: 'timer' })
    expect(r.seat('guest')).toBeUndefined()
    expect(r.orders).toEqual([
      { type: 'look-for-silent' },
      { type: 'record-left', occupantId: occupant('guest') },
    ])
    expect(r.open('guest', 'guest1').closed('guest')).toBe('unauthorised')
  })

  it('HT4 a late alarm does not lend time: the socket comes too late although no timer fired', () => {
    const r = room().enter('host').join('guest').later(limits.joinToSocketMs).open('guest', 'guest1')
    expect(r.closed('guest')).toBe('unauthorised')
    expect(r.seat('guest')).toBeUndefined()
  })

  it('PR1 a lost socket leaves the seat away with its publications until the grace ends', () => {
    const r = room().enter('host').enter('guest').close('guest')
    const graceEndsAtMs = r.atMs + limits.graceMs
    expect(r.seat('guest')?.presence).toEqual({ kind: 'away', untilMs: graceEndsAtMs })
    expect(r.heard('host')).toMatchObject([
      { type: 'room-changed', patch: { changed: [{ isPresent: false, publications: [{}, {}] }] } },
    ])
    expect(r.effects).toContainEqual({
      type: 'record-presence',
      occupantId: occupant('guest'),
      isPresent: false,
      graceEndsAtMs,
    })
  })

  it('PR1 a return within the grace keeps occupant id and publications', () => {
    const r = room()
      .enter('host')
      .enter('guest')
      .close('guest')
      .later(limits.graceMs - 1)
    r.join('guest', { token: 'guest2' }).open('guestB', 'guest2')
    expect(r.heard('guestB')).toMatchObject([{ type: 'welcome', occupantId: occupant('guest') }])
    expect(r.seat('guest')?.publications).toHaveLength(2)
  })

  it('PR4 after the grace the seat and its token are gone', () => {
    const r = room().enter('host').enter('guest').close('guest').later(limits.graceMs).feed({ type: 'timer' })
    expect(r.seat('guest')).toBeUndefined()
    expect(r.heard('host')).toMatchObject([
      { type: 'room-changed', patch: { left: [occupant('guest')] } },
      { type: 'start', links: [] },
    ])
    expect(r.open('late', 'guest1').closed('late')).toBe('unauthorised')
  })

  it('PR2 leave gives up the seat at once and ends the socket', () => {
    const r = room().enter('host').enter('guest').say('guest', { type: 'leave' })
    expect(r.seat('guest')).toBeUndefined()
    expect(r.closed('guest')).toBe('left')
    expect(r.heard('guest')).toEqual([])
  })

  it('PR2 leave is understood before media-ready', () => {
    const r = room().enter('host').join('guest').open('guest', 'guest1').say('guest', { type: 'leave' })
    expect(r.seat('guest')).toBeUndefined()
  })

  it('SK5 J7 the newer socket of a seat wins; the older hears taken_over and its late close changes nothing', () => {
    const r = room().enter('host').enter('guest').join('guest', { token: 'guest2' }).open('tab2', 'guest2')
    expect(r.closed('guest')).toBe('taken_over')
    expect(r.heard('host')).toEqual([])
    const before = r.state
    expect(r.close('guest').state).toBe(before)
    expect(r.say('guest', { type: 'leave' }).state).toBe(before)
  })

  it('HT5 the old token works until the new one opened a socket, then no more', () => {
    const r = room().enter('guest').join('guest', { token: 'guest2' })
    expect(r.open('again', 'guest1').closed('again')).toBeNull()
    expect(r.open('newer', 'guest2').closed('newer')).toBeNull()
    expect(r.open('stale', 'guest1').closed('stale')).toBe('unauthorised')
  })

  it('PR3 a sweep comes due while someone is present, and a silent socket is taken for lost', () => {
    const r = room().enter('host')
    expect(roomDeadline(r.state)).toBe(r.atMs + limits.presenceSweepMs)
    r.later(limits.presenceSweepMs).feed({ type: 'timer' })
    expect(r.effects).toEqual([{ type: 'look-for-silent' }])
    expect(roomDeadline(r.state)).toBe(r.atMs + limits.presenceSweepMs)
    const { connectionId } =
      r.state.seats.flatMap((seat) => (seat.presence.kind === 'present' ? [seat.presence] : []))[0] ?? {}
    if (connectionId === undefined) throw new Error('the host is present')
    r.feed({ type: 'socket-silent', connectionId })
    expect(r.closed('host')).toBe('silent')
    expect(r.seat('host')?.presence.kind).toBe('away')
    expect(r.state.sweepAtMs).toBeNull()
  })

  it('SN2 an arrival stands last in the snapshot whatever the order of the joins', () => {
    const r = room().join('guest').join('host').open('host', 'host1').open('guest', 'guest1')
    expect(snapshotOf(r.state).occupants.map((view) => view.occupantId)).toEqual([
      occupant('host'),
      occupant('guest'),
    ])
  })
})

describe('lifetime', () => {
  it('MD6 the expiry closes every socket, leaves a tombstone for an hour, then nothing', () => {
    const r = room()
      .enter('host')
      .enter('guest')
      .later(12 * 3_600_000)
      .feed({ type: 'timer' })
    expect(r.closed('host')).toBe('room_ended')
    expect(r.closed('guest')).toBe('room_ended')
    expect(r.effects).toContainEqual({ type: 'record-ended', endedAtMs: r.atMs })
    expect(r.open('late', 'guest1').closed('late')).toBe('room_ended')
    expect(roomDeadline(r.state)).toBe(r.atMs + limits.roomTombstoneMs)
    r.later(limits.roomTombstoneMs).feed({ type: 'timer' })
    expect(r.effects).toEqual([{ type: 'delete-everything' }])
    expect(roomDeadline(r.state)).toBeNull()
  })

  it('MD6 ending twice is ending once', () => {
    const r = room().enter('host').feed({ type: 'ended' })
    const before = r.state
    expect(r.later(1).feed({ type: 'ended' }).state).toBe(before)
    expect(r.effects).toEqual([])
  })
})
