import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, test } from 'vitest'
import { carriersOf } from './track-table.ts'
import {
  host,
  linkTo,
  occupant,
  readingOf,
  relay,
  relayedBy,
  relayLink,
  self,
  third,
  Walk,
} from './testing/session-walk.ts'

const standby = <Assignment>(assignment: Assignment) => ({ ...assignment, isStandby: true })
const filming = occupant(host, [{ source: 'camera', mutedBy: null }])
const entered = (more: ConstructorParameters<typeof Walk>[0] = {}): Walk =>
  new Walk(more).enter(occupant(self), filming)
const opened = (walk: Walk): readonly string[] => walk.asked.filter((type) => /^open-.*link$/.test(type))
const signalFrom = (from: typeof host, payload: string) =>
  ({ type: 'signal', from, generation: 1, payload }) as const

describe('links that stand by', () => {
  test('MG6 are opened without tracks, once all links that carry are connected', () => {
    const walk = entered().startRelayed(standby(relayLink()), linkTo(host))
    expect(opened(walk)).toEqual(['open-link'])
    expect(walk.state.links[relay]).toBeUndefined()
    walk.connected(host)
    expect(walk.effects).toContainEqual(expect.objectContaining({ type: 'open-relay-link', carries: false }))
    expect(walk.state.links[relay]).toMatchObject({ use: 'standby', carries: false, drainUntilMs: null })
  })

  test('MG6 or 1.5 s after the newest of those was opened', () => {
    const walk = entered().startRelayed(standby(relayLink()), linkTo(host))
    walk.later(limits.standbyAfterMs - 1).take({ type: 'timer' })
    expect(opened(walk)).toEqual([])
    walk.later(1).take({ type: 'timer' })
    expect(opened(walk)).toEqual(['open-relay-link'])
  })

  test('MG6 or at once where nothing carries; the ticket of a join for one waits for the list', () => {
    const walk = new Walk().join().answer({ relay: standby(relayLink()) })
    expect(opened(walk)).toEqual([])
    walk.welcome(occupant(self), occupant(host))
    expect(opened(walk)).toEqual([])
    expect(opened(walk.startRelayed(standby(relayLink())))).toEqual(['open-relay-link'])
  })

  test('MG6 are not opened where data is saved; what turns to carry is opened then', () => {
    const walk = entered({ savesData: true }).startRelayed(standby(relayLink()), linkTo(host)).connected(host)
    expect(opened(walk)).toEqual([])
    walk.migrate(relayedBy(relay)).startRelayed(relayLink(), linkTo(host))
    expect(walk.effects).toContainEqual(expect.objectContaining({ type: 'open-relay-link', carries: true }))
  })

  test('RL8 want nothing, and all that is wanted when they carry', () => {
    const wanted = (walk: Walk): unknown =>
      walk.effects.flatMap((effect) => (effect.type === 'want' ? [effect.wants] : []))
    const walk = entered().startRelayed(standby(relayLink()), linkTo(host)).connected(host)
    expect(wanted(walk)).toEqual([[]])
    walk.later(limits.wantsIntervalMs).migrate(relayedBy(relay)).startRelayed(relayLink(), linkTo(host))
    expect(wanted(walk)).toEqual([
      [{ occupantId: host, source: 'camera', widthPx: limits.shownWidthDefaultPx }],
    ])
  })

  test('SG1 RL6 may say what a link needs to be made, and hear it', () => {
    const walk = entered().startRelayed(standby(relayLink()), linkTo(host)).connected(host)
    const facts = { type: 'link-signalled', endpointId: relay, generation: 1, payload: '{}' } as const
    expect(walk.take(facts).sent).toEqual([{ type: 'signal', to: relay, generation: 1, payload: '{}' }])
  })

  test('SG3 what the far end said before this end opened is not lost', () => {
    const walk = new Walk().enterRelayed(occupant(self), filming)
    walk.hear(signalFrom(host, 'early'))
    walk.startRelayed(relayLink(), standby(linkTo(host)), standby(linkTo(third)))
    expect(opened(walk)).toEqual([])
    walk.hear(signalFrom(host, 'offer'))
    walk.connected(relay)
    expect(walk.asked.filter((type) => type !== 'send')).toEqual(['open-link', 'link-signal', 'link-signal'])
    expect(walk.state.early).toEqual([])
  })

  test('MG6 show and sound nothing, and nobody is called connected for them', () => {
    const walk = new Walk().enterRelayed(occupant(self), filming)
    walk
      .startRelayed(relayLink(), standby(linkTo(host)))
      .connected(relay)
      .connected(host)
    expect(carriersOf(walk.state, host)).toEqual([relay])
    const mesh = entered().startRelayed(standby(relayLink()), linkTo(host))
    mesh.later(limits.standbyAfterMs).take({ type: 'timer' }).connected(relay)
    expect(mesh.view.occupants[1]?.link).toBe('connecting')
  })

  test('MG6 that turn to carry do so at once, and their silence counts from then', () => {
    const walk = entered().startRelayed(standby(relayLink()), linkTo(host)).connected(host).connected(relay)
    const look = (): Walk => walk.look(readingOf(host, 1, { receivedBytes: walk.nowMs }), readingOf(relay))
    for (let passedMs = 0; passedMs < 5_000; passedMs += 500) {
      walk.later(500)
      look()
    }
    walk.migrate(relayedBy(relay)).startRelayed(relayLink(), linkTo(host))
    expect(walk.asked).toContain('carry-link')
    walk.later(500)
    expect(look().asked).not.toContain('restart-link')
    expect(walk.state.links[relay]).toMatchObject({
      use: 'media',
      carries: true,
      carriesSinceMs: walk.nowMs - 500,
    })
  })

  test('LK5 that fail are told once on each socket, however often they are named', () => {
    const walk = entered().startRelayed(standby(relayLink()), linkTo(host)).connected(host)
    const failures = (): number => walk.sent.filter(({ type }) => type === 'link-failed').length
    let count = 0
    for (let passedMs = 0; passedMs < limits.linkConnectMs + 500; passedMs += 500) {
      walk.later(500).look(readingOf(host, 1, { receivedBytes: walk.nowMs }), readingOf(relay))
      count += failures()
    }
    expect(count).toBe(1)
    walk.startRelayed(standby(relayLink()), linkTo(host))
    expect([failures(), walk.state.links[relay]?.health.failed]).toEqual([0, true])
  })
})

describe('after a commit', () => {
  const moved = (): Walk => {
    const walk = entered().start(linkTo(host)).connected(host)
    walk.migrate(relayedBy(relay)).startRelayed(relayLink(), linkTo(host)).connected(relay)
    return walk.commit(relayedBy(relay))
  }

  test('MG6 the former links go on for 1 s, then stand by', () => {
    const walk = moved().startRelayed(relayLink(), standby(linkTo(host)))
    expect(walk.state.links[host]).toMatchObject({ use: 'standby', carries: true })
    expect(walk.asked).not.toContain('carry-link')
    walk.later(limits.linkSettleMs - 1).take({ type: 'timer' })
    expect(walk.asked).not.toContain('carry-link')
    walk.later(1).take({ type: 'timer' })
    expect(walk.effects).toContainEqual({
      type: 'carry-link',
      endpointId: host,
      generation: 1,
      carries: false,
    })
    expect(walk.state.links[host]).toMatchObject({ use: 'standby', carries: false, drainUntilMs: null })
  })

  test('MG6 or are closed, as the list says', () => {
    const walk = moved().startRelayed(relayLink())
    expect(walk.state.links[host]?.use).toBe('left')
    walk.later(limits.linkSettleMs).take({ type: 'timer' })
    expect(walk.asked).toContain('close-link')
  })

  test('MG6 one that is dead stands by at once', () => {
    const walk = moved().take({ type: 'link-closed', endpointId: host, generation: 1 })
    walk.startRelayed(relayLink(), standby(linkTo(host)))
    expect(walk.asked).toContain('carry-link')
  })

  test('MG1 a migration back finds them warm', () => {
    const walk = moved().startRelayed(relayLink(), standby(linkTo(host)))
    walk.later(limits.linkSettleMs).take({ type: 'timer' })
    walk.migrate({ kind: 'mesh', epoch: 5 }).startRelayed(relayLink(), linkTo(host))
    expect(opened(walk)).toEqual([])
    expect(walk.asked).toContain('carry-link')
    expect(carriersOf(walk.state, host)).toEqual([relay, host])
  })
})
