import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, test } from 'vitest'
import { host, isReport, linkTo, occupant, readingOf, self, third, Walk } from './testing/session-walk.ts'

const linked = (generation = 1): Walk => new Walk().enter().start(linkTo(host, generation))
const event = (type: 'link-connected' | 'link-closed', generation = 1) =>
  ({ type, endpointId: host, generation }) as const
const signalled = (payload: string, generation = 1) =>
  ({ type: 'link-signalled', endpointId: host, generation, payload }) as const

/** Fires sampling timers for a while; every look answers with these bytes. */
function watch(walk: Walk, forMs: number, receivedBytes: number, generation = 1): unknown[] {
  const asked: unknown[] = []
  const untilMs = walk.nowMs + forMs
  while (walk.nowMs < untilMs) {
    walk.timer()
    if (!walk.asked.includes('sample-links')) continue
    walk.take({ type: 'links-sampled', readings: [readingOf(host, generation, { receivedBytes })] })
    asked.push(...walk.effects.filter((effect) => !isReport(effect)))
  }
  return asked
}

describe('the table of links', () => {
  test('ST1 the list opens links with the role that the room named', () => {
    const walk = new Walk().enter(occupant(self), occupant(host), occupant(third))
    walk.start(linkTo(host, 3, true), linkTo(third, 1, false))
    expect(walk.effects).toEqual([
      { type: 'open-link', occupantId: host, generation: 3, initiator: true, iceServers: [], carries: true },
      {
        type: 'open-link',
        occupantId: third,
        generation: 1,
        initiator: false,
        iceServers: [],
        carries: true,
      },
    ])
    expect(walk.start(linkTo(host, 3, true), linkTo(third, 1, false)).effects).toEqual([])
    expect(walk.start(linkTo(third, 1, false)).asked).toEqual(['close-link'])
  })

  test('LK4 a remake opens the new link before it closes the old one, and shows as recovering', () => {
    const walk = linked().take(event('link-connected'))
    expect(walk.view.occupants[1]?.link).toBe('connected')
    expect(walk.start(linkTo(host, 2)).asked).toEqual(['open-link', 'close-link'])
    expect(walk.view.occupants[1]).toMatchObject({ link: 'recovering' })
    expect(walk.take(event('link-connected', 2)).view.occupants[1]?.link).toBe('connected')
  })

  test('PR2 an occupant who left takes the link along at once', () => {
    expect(linked().left(host).asked).toEqual(['close-link'])
  })

  test('PR1 ST4 an occupant who is away in grace keeps the link', () => {
    const walk = linked().take(event('link-connected'))
    walk.change(occupant(host, [], { isPresent: false }))
    expect(walk.asked).toEqual([])
    expect(walk.view.occupants[1]).toMatchObject({ isPresent: false, link: 'connected' })
  })

  test('SG1 signals travel with the generation of their link', () => {
    const walk = linked(4).take(signalled('[1]', 4))
    expect(walk.sent).toEqual([{ type: 'signal', to: host, generation: 4, payload: '[1]' }])
    walk.hear({ type: 'signal', from: host, generation: 4, payload: '[2]' })
    expect(walk.effects).toEqual([{ type: 'link-signal', endpointId: host, generation: 4, payload: '[2]' }])
  })

  test('LK4 signals and events of an older generation change nothing', () => {
    const walk = linked(4)
    const before = walk.state
    for (const stale of [signalled('[1]', 3), event('link-connected', 3), event('link-closed', 3)])
      walk.take(stale)
    walk.hear({ type: 'signal', from: host, generation: 3, payload: '[2]' })
    expect(walk.state).toBe(before)
    expect(walk.effects).toEqual([])
  })

  test('LK4 a signal that overtakes the list waits for it, and is dropped when the list names another', () => {
    const walk = linked(1)
    walk.hear({ type: 'signal', from: host, generation: 2, payload: '[2]' })
    walk.hear({ type: 'signal', from: third, generation: 1, payload: '[3]' })
    expect(walk.effects).toEqual([])
    expect(walk.start(linkTo(host, 2)).asked).toEqual(['open-link', 'close-link', 'link-signal'])
    expect(walk.state.early).toEqual([])
  })

  test('early and held signals are bounded', () => {
    const walk = linked(1)
    for (let count = 0; count < 2 * limits.heldSignalsMax; count += 1) {
      walk.hear({ type: 'signal', from: host, generation: 2, payload: '[]' })
    }
    walk.lose()
    for (let count = 0; count < 2 * limits.heldSignalsMax; count += 1) walk.take(signalled('[]'))
    expect(walk.state.early).toHaveLength(limits.heldSignalsMax)
    expect(walk.state.links[host]?.held).toHaveLength(limits.heldSignalsMax)
  })

  test('J6 signals wait while the room is out of reach, and go in order when it is back', () => {
    const walk = linked().lose().take(signalled('[1]')).take(signalled('[2]'))
    expect(walk.sent).toEqual([])
    walk.timer().answer().welcome(occupant(self), occupant(host))
    expect(walk.sent.slice(1)).toMatchObject([{ payload: '[1]' }, { payload: '[2]' }])
  })

  test('PR1 signals wait while the far end is away', () => {
    const walk = linked()
      .change(occupant(host, [], { isPresent: false }))
      .take(signalled('[1]'))
    expect(walk.sent).toEqual([])
    expect(walk.change(occupant(host)).sent).toMatchObject([{ type: 'signal', payload: '[1]' }])
  })

  test('LK3 LK5 a silent link is restarted, then reported with its generation', () => {
    const walk = linked(2).take(event('link-connected', 2))
    const asked = watch(walk, 8_000, 0, 2)
    expect(asked).toEqual([
      { type: 'restart-link', endpointId: host, generation: 2 },
      { type: 'send', attempt: 1, message: { type: 'link-failed', to: host, generation: 2 } },
    ])
    expect(walk.view.occupants[1]?.link).toBe('recovering')
    expect(walk.start(linkTo(host, 3)).asked).toEqual(['open-link', 'close-link'])
  })

  test('LK5 a report that may have gone down with the socket is repeated on the next', () => {
    const walk = linked(2).take(event('link-connected', 2))
    watch(walk, 8_000, 0, 2)
    walk.lose().timer().answer().welcome(occupant(self), occupant(host)).start(linkTo(host, 2))
    expect(walk.sent).toEqual([{ type: 'link-failed', to: host, generation: 2 }])
  })

  test('LK3 PR2 a link that closed because the other left is not reported', () => {
    const walk = linked().take(event('link-connected')).take(event('link-closed'))
    expect(walk.asked).toEqual([])
    walk.left(host)
    expect(walk.asked).toEqual(['close-link'])
    expect(walk.state.nextSampleAtMs).toBeNull()
  })

  test('LK3 LK5 a link that closed for no reason is reported with the next look', () => {
    const walk = linked().take(event('link-connected')).take(event('link-closed')).timer()
    walk.take({ type: 'links-sampled', readings: [] })
    expect(walk.sent[0]).toEqual({ type: 'link-failed', to: host, generation: 1 })
  })

  test('links are looked at while there are any, and not after', () => {
    const walk = linked()
    expect(walk.state.nextSampleAtMs).toBe(walk.nowMs + limits.linkSampleMs)
    expect(walk.timer().asked).toEqual(['sample-links'])
    expect(walk.start().state.nextSampleAtMs).toBeNull()
  })
})
