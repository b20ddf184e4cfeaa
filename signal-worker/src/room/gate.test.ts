import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { roomDeadline } from './deadline.ts'
import { occupant, room } from './room-fixture.ts'

describe('a gate that is out of reach', () => {
  const failing = () => room().enter('host').enter('ada').feed({ type: 'gate-failed', random: 0 })

  it('is told nothing piecemeal, and everything when the next try is due', () => {
    const r = failing().close('ada')
    expect(r.orders).toEqual([])
    expect(r.state.unrecorded?.retryAtMs).toBe(roomDeadline(r.state))
    r.later(limits.gateRetryFirstMs).feed({ type: 'timer' })
    expect(r.orders).toEqual([{ type: 'record-all' }])
    r.feed({ type: 'gate-told' })
    expect(r.open('again', 'ada1').orders).toMatchObject([{ type: 'record-presence', isPresent: true }])
  })

  it('is tried ever more rarely, up to a bound, and never forgotten: not even when an answer is lost', () => {
    const r = failing()
    for (let n = 0; n < 12; n += 1) r.feed({ type: 'gate-failed', random: 0.999 })
    const dueMs = (r.state.unrecorded?.retryAtMs ?? 0) - r.atMs
    expect(dueMs).toBeGreaterThan(limits.gateRetryMaxMs / 2)
    expect(dueMs).toBeLessThanOrEqual(limits.gateRetryMaxMs)
    r.later(dueMs)
      .feed({ type: 'timer' })
      .later(2 * limits.gateAnswerMs)
      .feed({ type: 'timer' })
    expect(r.orders).toContainEqual({ type: 'record-all' })
  })

  it('leaves the call alone: links, mutes and signals go on', () => {
    const r = failing()
    r.say('host', { type: 'mute-occupant', occupantId: occupant('ada'), source: 'microphone' })
    expect(r.heard('ada')).toMatchObject([{ type: 'room-changed' }])
    r.say('ada', { type: 'signal', to: occupant('host'), generation: 1, payload: '[]' })
    expect(r.heard('host')).toMatchObject([{ type: 'signal' }])
  })

  it('MD6 learns of the end, too, when it is back', () => {
    const r = failing().say('host', { type: 'end-room' })
    expect(r.orders).toEqual([])
    r.later(limits.gateRetryFirstMs).feed({ type: 'timer' })
    expect(r.orders).toEqual([{ type: 'record-all' }])
    r.feed({ type: 'gate-failed', random: 0 })
    expect(roomDeadline(r.state)).toBeLessThan(r.atMs + limits.roomTombstoneMs)
    r.feed({ type: 'gate-told' })
    expect(roomDeadline(r.state)).toBe((r.state.endedAtMs ?? 0) + limits.roomTombstoneMs)
  })
})

describe('what the gate learns', () => {
  it('MD5 a removal takes seat and tokens in one order', () => {
    const r = room().enter('host').enter('ada')
    r.say('host', { type: 'remove-occupant', occupantId: occupant('ada') })
    expect(r.orders).toMatchObject([
      { type: 'record-barred', occupantId: occupant('ada'), reason: 'removed', tokenHashes: [{}] },
    ])
  })

  it('MD11 settings as they are now, whole', () => {
    const r = room()
      .enter('host')
      .say('host', { type: 'change-settings', settings: { isLocked: true } })
    expect(r.orders).toEqual([{ type: 'record-settings', settings: r.state.settings }])
  })
})
