import { limits } from '@video-room/shared/limits.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import { describe, expect, test } from 'vitest'
import { sessionDeadline } from './reduce.ts'
import { host, linkTo, occupant, self, third, tokenA, tokenB, Walk } from './testing/session-walk.ts'

describe('the way into a room', () => {
  test('J1 SK4 goes lobby, joining, in-room, each step only after the one before', () => {
    const walk = new Walk().join()
    expect(walk.effects[0]).toEqual({ type: 'http-join', attempt: 1, request: { displayName: 'Ann' } })
    expect(walk.view.status).toBe('joining')
    walk.answer()
    expect(walk.asked).toEqual(['save-resume-token', 'open-socket', 'send'])
    expect(walk.sent).toEqual([
      { type: 'media-ready', instanceId: walk.state.config.instanceId, publications: [] },
    ])
    expect(walk.view.status).toBe('joining')
    walk.welcome(occupant(self), occupant(host))
    expect(walk.sent).toEqual([])
    expect(walk.view.status).toBe('in-room')
    expect(walk.announced.map(({ type }) => type)).toEqual(['state-changed', 'joined'])
  })

  test('HT7 without a host among the occupants it waits, and goes on when the host comes or leaves', () => {
    const walk = new Walk().enter(occupant(self))
    expect(walk.view.status).toBe('waiting-for-host')
    expect(walk.change(occupant(host)).view.status).toBe('in-room')
    expect(walk.change(occupant(host, [], { isPresent: false })).view.status).toBe('in-room')
    expect(walk.left(host).view.status).toBe('waiting-for-host')
  })

  test('HT5 a token of this tab is the proof, else the host token, never both', () => {
    const asHost = new Walk({ hostToken: tokenB })
    expect(asHost.join().effects[0]).toMatchObject({ request: { displayName: 'Ann', hostToken: tokenB } })
    const again = new Walk({ hostToken: tokenB }).join(tokenA)
    expect(again.effects[0]).toEqual({
      type: 'http-join',
      attempt: 1,
      request: { displayName: 'Ann', resumeToken: tokenA },
    })
  })

  test('A2 a refused join falls back to the lobby with its code', () => {
    const walk = new Walk().join()
    walk.take({ type: 'join-answered', answer: { ok: false, code: 'room_full', retryAfterMs: 3_000 } })
    expect(walk.view).toMatchObject({ status: 'lobby', refusal: { code: 'room_full', retryAfterMs: 3_000 } })
    expect(sessionDeadline(walk.state)).toBeNull()
  })

  test('J6 a token whose seat is gone is forgotten and the join tried once without it', () => {
    const walk = new Walk({ hostToken: tokenB }).join(tokenA).refuse('token_invalid')
    expect(walk.asked).toEqual(['forget-resume-token', 'http-join'])
    expect(walk.effects[1]).toMatchObject({ attempt: 2, request: { hostToken: tokenB } })
    expect(walk.refuse('token_invalid').view).toMatchObject({
      status: 'lobby',
      refusal: { code: 'token_invalid' },
    })
  })

  test('J2 PB4 a room that insists on media refuses at the lobby who brings none', () => {
    const settings = { ...defaultSettings, allowNoMedia: false }
    const without = new Walk().join().answer({ settings })
    expect(without.view).toMatchObject({ status: 'lobby', refusal: { code: 'media_required' } })
    expect(without.asked).not.toContain('open-socket')
    const muted = new Walk().captures({ microphone: 'muted' }).join().answer({ settings })
    expect(muted.asked).toContain('open-socket')
    const late = new Walk().enter().hear({ type: 'error', code: 'not_allowed', about: 'media-ready' })
    expect(late.view).toMatchObject({ status: 'lobby', refusal: { code: 'media_required' } })
    expect(late.asked).toContain('close-socket')
  })

  test('J1 leaving mid-join takes back whatever is under way', () => {
    const requesting = new Walk().join().take({ type: 'leave' })
    expect(requesting.asked).toEqual(['cancel-join', 'forget-resume-token'])
    const opening = new Walk().join().answer().take({ type: 'leave' })
    expect(opening.asked).toEqual(['close-socket', 'forget-resume-token'])
    for (const walk of [requesting, opening]) {
      expect(walk.view).toMatchObject({ status: 'ended', endReason: 'left' })
      expect(sessionDeadline(walk.state)).toBeNull()
      expect(walk.answer().effects).toEqual([])
    }
  })

  test('PR2 leaving a room says so, then closes links and socket', () => {
    const walk = new Walk().enter().start(linkTo(host)).take({ type: 'leave' })
    expect(walk.asked).toEqual(['send', 'close-socket', 'close-link', 'forget-resume-token'])
    expect(walk.sent).toEqual([{ type: 'leave' }])
  })

  test('a request without an answer is called off, and the person is told', () => {
    const walk = new Walk().join().timer()
    expect(walk.nowMs).toBe(1_000 + limits.requestTimeoutMs)
    expect(walk.asked).toEqual(['cancel-join'])
    expect(walk.view).toMatchObject({ status: 'lobby', refusal: { code: 'unreachable' } })
  })

  test('a socket that never opens is tried again, and given up while someone still watches', () => {
    const walk = new Walk().join().answer()
    const begunMs = walk.nowMs
    while (walk.view.status === 'joining') {
      walk.timer()
      if (walk.state.connection.kind === 'requesting') walk.answer()
    }
    expect(walk.view).toMatchObject({ status: 'lobby', refusal: { code: 'unreachable' } })
    expect(walk.nowMs - begunMs).toBeLessThanOrEqual(limits.joinGiveUpMs + limits.socketOpenTimeoutMs)
  })
})

describe('a lost socket', () => {
  test('J6 PR1 keeps the links and asks for the same seat with the token, after a jittered wait', () => {
    const walk = new Walk().enter().start(linkTo(host)).lose()
    expect(walk.asked).toEqual([])
    expect(walk.view.status).toBe('reconnecting')
    expect(Object.keys(walk.state.links)).toEqual([host])
    const waitMs =
      (walk.state.connection.kind === 'waiting' ? walk.state.connection.deadlineMs : 0) - walk.nowMs
    expect(waitMs).toBe(Math.round(limits.reconnectFirstMs * 0.75))
    walk.take({ type: 'online' })
    expect(walk.effects[0]).toMatchObject({ type: 'http-join', request: { resumeToken: tokenA } })
    walk.answer({ resumeToken: tokenB }).welcome(occupant(self), occupant(host)).start(linkTo(host))
    expect(walk.asked).toEqual([])
    expect(walk.view).toMatchObject({ status: 'in-room', occupantId: self })
  })

  test('J6 waits longer from try to try, up to the ceiling, and ends as unreachable', () => {
    const walk = new Walk().enter().lose()
    const waits: number[] = []
    const lostAtMs = walk.nowMs
    while (walk.state.phase === 'live') {
      if (walk.state.connection.kind === 'waiting') waits.push(walk.state.connection.deadlineMs - walk.nowMs)
      walk.timer()
      if (walk.state.connection.kind === 'requesting') walk.refuse('unreachable')
    }
    expect(waits.slice(0, 5)).toEqual([188, 375, 750, 1_500, 3_000])
    expect(Math.max(...waits)).toBeLessThanOrEqual(limits.reconnectMaxMs)
    expect(walk.view).toMatchObject({ status: 'ended', endReason: 'unreachable' })
    expect(walk.nowMs - lostAtMs).toBeLessThanOrEqual(limits.reconnectGiveUpMs)
  })

  test('SK6 final closes end the session with their reason and are never retried', () => {
    const finals = {
      4400: 'violations',
      4401: 'unauthorised',
      4403: 'removed',
      4404: 'denied',
      4409: 'taken_over',
      4410: 'room_ended',
      4413: 'message_too_large',
    }
    for (const [code, endReason] of Object.entries(finals)) {
      const walk = new Walk().enter().start(linkTo(host)).lose(Number(code))
      expect(walk.view).toMatchObject({ status: 'ended', endReason })
      expect(walk.asked.filter((type) => type !== 'forget-resume-token')).toEqual(['close-link'])
      expect(sessionDeadline(walk.state)).toBeNull()
    }
    for (const code of [1000, 1001, 1006, 1011, 4500, 4999]) {
      expect(new Walk().enter().lose(code).view.status).toBe('reconnecting')
    }
  })

  test('J7 SK5 who is taken over leaves the token to the one who took over', () => {
    expect(new Walk().enter().lose(4409).asked).not.toContain('forget-resume-token')
    expect(new Walk().enter().lose(4410).asked).toContain('forget-resume-token')
  })

  test('PR4 a seat that was given away meanwhile: a new one, without the links of the old', () => {
    const walk = new Walk().enter().start(linkTo(host)).lose().timer().refuse('token_invalid')
    walk.answer({ occupantId: third, resumeToken: tokenB })
    expect(walk.asked).toEqual(['save-resume-token', 'close-link', 'open-socket', 'send'])
    expect(walk.view).toMatchObject({ status: 'reconnecting', occupants: [] })
  })

  test('MD5 MD6 a room that is gone, or bars us, ends the session when it is asked again', () => {
    const gone = new Walk().enter().lose().timer().refuse('room_not_found')
    expect(gone.view).toMatchObject({ status: 'ended', endReason: 'room_ended' })
    const barred = new Walk().enter().lose().timer().refuse('removed')
    expect(barred.view).toMatchObject({ status: 'ended', endReason: 'removed' })
    const full = new Walk().enter().lose().timer().refuse('token_invalid').refuse('room_full')
    expect(full.view).toMatchObject({ endReason: 'unreachable', refusal: { code: 'room_full' } })
    const busy = new Walk().enter().lose().timer().refuse('internal')
    expect(busy.view.status).toBe('reconnecting')
  })

  test('SN2 a patch that does not fit closes the socket and resumes', () => {
    const walk = new Walk().enter()
    walk.hear({ type: 'room-changed', patch: { revision: 9, changed: [], left: [] } })
    expect(walk.asked).toEqual(['close-socket'])
    expect(walk.view.status).toBe('reconnecting')
    expect(walk.timer().asked).toContain('http-join')
  })

  test('J6 a socket that falls at once again and again is not stormed', () => {
    const walk = new Walk().enter()
    const waits: number[] = []
    for (let round = 0; round < 4; round += 1) {
      walk.lose()
      waits.push((sessionDeadline(walk.state) ?? 0) - walk.nowMs)
      walk.timer().answer().welcome(occupant(self), occupant(host))
    }
    expect(waits).toEqual([188, 375, 750, 1_500])
    walk.later(limits.heartbeatMs).lose()
    expect((sessionDeadline(walk.state) ?? 0) - walk.nowMs).toBe(188)
  })

  test('the network is back: an open socket must prove that it lives', () => {
    expect(new Walk().enter().take({ type: 'online' }).asked).toEqual(['probe-socket'])
  })

  test('events of an older attempt change nothing', () => {
    const walk = new Walk().enter().lose().timer()
    const before = walk.state
    walk.take({ type: 'socket-lost', code: 4410 }, { attempt: 1 })
    expect(walk.state).toBe(before)
    expect(walk.effects).toEqual([])
  })
})
