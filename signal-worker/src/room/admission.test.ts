import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { admissionOf, choosePlace, seatFreeInMs } from './admission.ts'
import { occupant, room, tokenHash } from './room-fixture.ts'

const fresh = occupant('fresh')
const wish = { isHost: false, takesOver: false, resumeTokenHash: null, freshOccupantId: fresh }

describe('admission', () => {
  it('HT3 without a token a join asks for a new seat', () => {
    expect(choosePlace(room().state, wish, 1)).toEqual({
      ok: true,
      value: { kind: 'seat', occupantId: fresh, isHost: false, provedHost: false },
    })
  })

  it('HT5 a resume token leads to its seat, whether the socket is open, lost or not there yet', () => {
    for (const r of [room().enter('guest'), room().enter('guest').close('guest'), room().join('guest')]) {
      const choice = choosePlace(r.state, { ...wish, resumeTokenHash: tokenHash('guest1') }, r.atMs)
      expect(choice).toEqual({
        ok: true,
        value: { kind: 'seat', occupantId: occupant('guest'), isHost: false, provedHost: false },
      })
    }
  })

  it('HT3 a token nobody holds is token_invalid, one of a removed occupant is removed', () => {
    const r = room().enter('host').enter('guest').join('guest', { token: 'guest2' })
    r.say('host', { type: 'remove-occupant', occupantId: occupant('guest') })
    const code = (token: string) =>
      choosePlace(r.state, { ...wish, resumeTokenHash: tokenHash(token) }, r.atMs)
    expect(code('guest1')).toEqual({ ok: false, code: 'removed' })
    expect(code('guest2')).toEqual({ ok: false, code: 'removed' })
    expect(code('guess')).toEqual({ ok: false, code: 'token_invalid' })
  })

  it('HT5 A3 the host token takes the listed host seat over, also one that never opened a socket', () => {
    const r = room().join('host')
    const choice = choosePlace(r.state, { ...wish, isHost: true }, r.atMs)
    expect(choice).toMatchObject({
      ok: true,
      value: { kind: 'seat', occupantId: occupant('host'), isHost: true },
    })
    r.join('host', { token: 'host2' }).open('second', 'host2')
    expect(r.state.seats).toHaveLength(1)
    expect(r.heard('second')).toMatchObject([{ type: 'welcome', isHost: true }])
  })

  it('RP5 a room that stays direct takes three beside its host; the next hears why, whoever has a seat returns', () => {
    const r = room({ route: 'direct' }).enter('ada').enter('bob')
    expect(choosePlace(r.state, wish, r.atMs).ok).toBe(true)
    r.enter('cyd')
    expect(choosePlace(r.state, wish, r.atMs)).toEqual({ ok: false, code: 'direct_full' })
    expect(choosePlace(r.state, { ...wish, isHost: true }, r.atMs).ok).toBe(true)
    expect(choosePlace(r.state, { ...wish, resumeTokenHash: tokenHash('ada1') }, r.atMs).ok).toBe(true)
    const few = room({ route: 'direct', maxParticipants: 3 }).enter('ada').enter('bob').enter('cyd')
    expect(choosePlace(few.state, wish, few.atMs).ok, 'the gate says that it is full').toBe(true)
    expect(choosePlace(room().enter('ada').enter('bob').enter('cyd').state, wish, 1).ok).toBe(true)
  })

  it('HT7 J3 until the host is in the room, admission is waiting-for-host', () => {
    const r = room()
    expect(admissionOf(r.state, false)).toBe('waiting-for-host')
    expect(admissionOf(r.join('host').state, false)).toBe('waiting-for-host')
    expect(admissionOf(r.open('host', 'host1').state, false)).toBe('admitted')
    expect(admissionOf(room().state, true)).toBe('admitted')
  })

  it('A2 a full room names the next grace that ends, or a while when everyone is present', () => {
    const r = room().enter('host').enter('guest')
    expect(seatFreeInMs(r.state, r.atMs)).toBe(limits.roomFullRetryMs)
    r.close('guest').later(limits.graceMs - 700)
    expect(seatFreeInMs(r.state, r.atMs)).toBe(700)
  })

  it('a name is cleaned, and an empty one on return keeps the old', () => {
    const joined = (displayName: string, r = room()) =>
      r.feed({
        type: 'occupant-joined',
        occupantId: occupant('guest'),
        isHost: false,
        provedHost: false,
        displayName,
        resumeTokenHash: tokenHash('guest1'),
      })
    const r = joined(`  a\u202eb\n${'x'.repeat(200)}`)
    expect(r.seat('guest')?.displayName).toHaveLength(limits.displayNameMaxLength)
    const name = r.seat('guest')?.displayName
    expect(joined('', r).seat('guest')?.displayName).toBe(name)
    expect(joined('Mai', r).seat('guest')?.displayName).toBe('Mai')
  })
})
