import { limits } from '@video-room/shared/limits.ts'
import type { Source } from '@video-room/shared/source.ts'
import { describe, expect, test } from 'vitest'
import type { LinkReading } from './event.ts'
import { sessionDeadline } from './reduce.ts'
import {
  host,
  linkTo,
  occupant,
  readingOf,
  relay,
  relayedBy,
  relayLink,
  self,
  snapshotOf,
  third,
  Walk,
} from './testing/session-walk.ts'

const live = (...list: Source[]) => list.map((source) => ({ source, mutedBy: null }) as const)
const filming = occupant(host, live('microphone', 'camera'))
const next = { ...relayedBy(relay), epoch: 4 }
type Counts = Partial<Record<'microphone' | 'camera', number>>

/** One look: what has come of the host over the mesh link and over the relay. */
function look(walk: Walk, mesh: Counts | null, relayed: Counts | null): Walk {
  const reading = (id: typeof host | typeof relay, counts: Counts | null): LinkReading[] =>
    counts === null
      ? []
      : [
          readingOf(id, 1, {
            receivedBytes: walk.nowMs,
            received: (['microphone', 'camera'] as const).flatMap((source) => {
              const count = counts[source]
              const frames = source === 'camera' ? (count ?? 0) : 0
              return count === undefined ? [] : [{ occupantId: host, source, packets: count, frames }]
            }),
          }),
        ]
  walk.later(limits.migrationSampleMs)
  return walk.look(...reading(host, mesh), ...reading(relay, relayed))
}
const votes = (walk: Walk): readonly unknown[] => walk.sent.filter(({ type }) => type === 'route-ready')
const vote = [{ type: 'route-ready', epoch: 4 }]

/** In a mesh with a host who is seen and heard; the move to the relay has begun, its link is connected. */
function moving(): Walk {
  const walk = new Walk().enter(occupant(self), filming).start(linkTo(host)).connected(host)
  look(walk, { microphone: 50, camera: 30 }, null)
  walk.migrate(next).startRelayed(relayLink(), linkTo(host))
  return walk.connected(relay)
}

describe('ready for the next route', () => {
  test('MG3 when a frame of each picture and packets of each sound have come over it', () => {
    const walk = moving()
    expect(votes(look(walk, { microphone: 55, camera: 33 }, {}))).toEqual([])
    expect(votes(look(walk, { microphone: 60, camera: 36 }, { microphone: 4, camera: 1 }))).toEqual([])
    expect(votes(look(walk, { microphone: 65, camera: 39 }, { microphone: 9, camera: 0 }))).toEqual([])
    expect(votes(look(walk, { microphone: 70, camera: 42 }, { microphone: 14, camera: 1 }))).toEqual(vote)
    expect(votes(look(walk, { microphone: 75, camera: 45 }, { microphone: 19, camera: 4 }))).toEqual([])
  })

  test('MG3 what does not flow now, is muted, or nobody looks at is not waited for', () => {
    const still = moving()
    for (let count = 0; count < 8; count += 1) {
      look(still, { microphone: 60 + 5 * count, camera: 30 }, { microphone: count })
      if (votes(still).length > 0) break
    }
    expect(votes(still)).toEqual(vote)
    const muted = moving().change(
      occupant(host, [...live('microphone'), { source: 'camera', mutedBy: 'self' }]),
    )
    expect(votes(look(muted, { microphone: 60, camera: 33 }, { microphone: 5 }))).toEqual(vote)
    const unwatched = moving().take({ type: 'shown', occupantId: host, source: 'camera', widthPx: 0 })
    expect(votes(look(unwatched, { microphone: 60, camera: 33 }, { microphone: 5 }))).toEqual(vote)
  })

  test('MG3 where nothing is seen the links are enough, and they are needed', () => {
    const walk = new Walk().enter(occupant(self), occupant(host)).start(linkTo(host)).connected(host)
    walk.migrate(next)
    expect(votes(look(walk, {}, null))).toEqual([])
    walk.startRelayed(relayLink(), linkTo(host))
    expect(votes(look(walk, {}, {}))).toEqual([])
    expect(votes(look(walk.connected(relay), {}, {}))).toEqual(vote)
  })

  test('MG3 a list that came before the patch counts; an older one names nothing of the next route', () => {
    const early = new Walk().enter(occupant(self), occupant(host)).startRelayed().connected(relay)
    early.migrate(next)
    expect(votes(look(early, null, {}))).toEqual(vote)
    const back = new Walk().enterRelayed().connected(relay).migrate({ kind: 'mesh', epoch: 4 })
    expect(votes(look(back, null, {}))).toEqual([])
    back.startRelayed(relayLink(), linkTo(host))
    expect(votes(look(back, {}, {}))).toEqual([])
    expect(votes(look(back.connected(host), {}, {}))).toEqual(vote)
  })

  test('MG3 those who are away are not waited for', () => {
    const away = occupant(third, live('camera'), { isPresent: false })
    const walk = new Walk().enterRelayed(occupant(self), filming, away).connected(relay)
    walk.migrate({ kind: 'mesh', epoch: 4 }).startRelayed(relayLink(), linkTo(host), linkTo(third))
    expect(votes(look(walk.connected(host), {}, {}))).toEqual(vote)
  })

  test('MG3 what a link that stood by brought long ago does not count', () => {
    const walk = new Walk().enter(occupant(self), filming)
    walk
      .startRelayed({ ...relayLink(), isStandby: true }, linkTo(host))
      .connected(host)
      .connected(relay)
    look(walk, { microphone: 50, camera: 30 }, { microphone: 400, camera: 200 })
    walk.migrate(next).startRelayed(relayLink(), linkTo(host))
    expect(votes(look(walk, { microphone: 55, camera: 33 }, { microphone: 400, camera: 200 }))).toEqual([])
    expect(votes(look(walk, { microphone: 60, camera: 36 }, { microphone: 405, camera: 201 }))).toEqual(vote)
  })

  test('MG3 said once for each socket and epoch, and never for one that was given up', () => {
    const walk = moving()
    look(walk, { microphone: 60, camera: 33 }, { microphone: 5, camera: 1 })
    expect(votes(walk)).toEqual(vote)
    const snapshot = { ...snapshotOf(9, occupant(self), filming), migration: next }
    walk.lose().later(300).timer().answer()
    walk.hear({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    walk.startRelayed(relayLink(), linkTo(host))
    expect(votes(look(walk, { microphone: 65, camera: 36 }, { microphone: 10, camera: 4 }))).toEqual(vote)
    walk.migrate(null)
    expect(votes(look(walk, { microphone: 70, camera: 39 }, { microphone: 15, camera: 7 }))).toEqual([])
    walk.migrate({ ...next, epoch: 5 }).startRelayed(relayLink(), linkTo(host))
    look(walk, { microphone: 75, camera: 42 }, { microphone: 20, camera: 8 })
    expect(votes(walk)).toEqual([{ type: 'route-ready', epoch: 5 }])
  })

  test('MG3 links are looked at more often meanwhile', () => {
    const walk = new Walk().enter(occupant(self), filming).start(linkTo(host)).connected(host)
    expect(sessionDeadline(walk.state)).toBe(walk.nowMs + limits.linkSampleMs)
    walk.migrate(next)
    expect(sessionDeadline(walk.state)).toBe(walk.nowMs + limits.migrationSampleMs)
    walk.timer().timer()
    expect(sessionDeadline(walk.state)).toBe(walk.nowMs + limits.migrationSampleMs)
    walk.migrate(null).timer()
    expect(sessionDeadline(walk.state)).toBe(walk.nowMs + limits.linkSampleMs)
  })
})
