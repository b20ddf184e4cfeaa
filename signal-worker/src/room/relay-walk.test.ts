import type { RelayId } from '@video-room/shared/ids.ts'
import { pathVerdicts, type PathVerdict } from '@video-room/shared/protocol/path-report.ts'
import type { RouteWish } from '@video-room/shared/route.ts'
import { applyPatch, type Snapshot } from '@video-room/shared/snapshot.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { roomDeadline } from './deadline.ts'
import { settleRoom } from './lifetime.ts'
import { servedLinks } from './relay-links.ts'
import { relayOf, relaysOf, socketOf as socketOfRelay } from './relay-state.ts'
import { connection, live, occupant, relay, room, type RoomFixture } from './room-fixture.ts'
import { snapshotOf } from './snapshot-of.ts'
import { generationOf, linksOf } from './start.ts'
import { roomStateSchema, seatOf, type RoomState, type Seat } from './state.ts'

/** One thing that happens; `n` makes names and tokens new. */
type Stroke = (r: RoomFixture, n: number) => RoomFixture

const who = fc.constantFrom('host', 'ada', 'bob')
const wish = fc.constantFrom<RouteWish>('auto', 'direct', 'relay', 'relay', 'relay')

const socketOf = (r: RoomFixture, name: string): string => {
  const presence = r.seat(name)?.presence
  return presence?.kind === 'present' ? presence.connectionId.slice(2).replace(/_+$/, '') : 'nobody'
}
const nameOf = (connectionId: string): string => connectionId.slice(2).replace(/_+$/, '')
const relaySockets = ({ state }: RoomFixture): readonly string[] =>
  relaysOf(state.relay).flatMap((one) => socketOfRelay(one) ?? [])
const relaySocket = (r: RoomFixture, at = 0): string => nameOf(relaySockets(r).at(at) ?? 'c_nobody')
const relayName = (r: RoomFixture): RelayId => r.state.relay.serving?.relayId ?? relay('sin')

/** Ready for what is prepared, or for something long past. */
function vote(r: RoomFixture, name: string): RoomFixture {
  const epoch = r.state.routing.migration?.route.epoch ?? 1
  return r.say(socketOf(r, name), { type: 'route-ready', epoch })
}

function report(r: RoomFixture, name: string, verdict: PathVerdict, rttMs: number): RoomFixture {
  const ends = [
    ...r.state.seats.map(({ occupantId }) => occupantId),
    ...relaysOf(r.state.relay).map(({ relayId }) => relayId),
  ]
  const paths = ends.map((to) => {
    const generation = generationOf(r.state, occupant(name), to)
    return { to, generation, verdict, rttMs, jitterMs: null, lossShare: null }
  })
  return r.say(socketOf(r, name), { type: 'report', paths, isUplinkLimited: rttMs % 7 === 0 })
}

const stroke: fc.Arbitrary<Stroke> = fc.oneof(
  who.map(
    (name): Stroke =>
      (r: RoomFixture) =>
        r.enter(name),
  ),
  who.map(
    (name): Stroke =>
      (r: RoomFixture) =>
        r.say(socketOf(r, name), { type: 'leave' }),
  ),
  who.map(
    (name): Stroke =>
      (r: RoomFixture) =>
        r.close(socketOf(r, name)),
  ),
  fc.tuple(who, wish).map(([name, routeWish]): Stroke => (r) => {
    const again = r.open(`${name}9`, `${name}1`)
    return again.wish(`${name}9`, routeWish)
  }),
  fc.tuple(who, fc.constantFrom('one', 'two')).map(
    ([name, page]) =>
      (r: RoomFixture) =>
        r.ready(socketOf(r, name), live, page),
  ),
  fc.tuple(who, fc.nat(6)).map(
    ([name, generation]) =>
      (r: RoomFixture) =>
        r.say(socketOf(r, name), { type: 'link-failed', to: relayName(r), generation: generation + 1 }),
  ),
  fc.tuple(who, fc.nat(6)).map(
    ([name, generation]) =>
      (r: RoomFixture) =>
        r.relaySay(relaySocket(r), { type: 'link-failed', to: occupant(name), generation: generation + 1 }),
  ),
  wish.map(
    (route): Stroke =>
      (r: RoomFixture) =>
        r.say(socketOf(r, 'host'), { type: 'change-settings', settings: { route } }),
  ),
  {
    weight: 4,
    arbitrary: fc.constantFrom('sin', 'hcm').map(
      (name): Stroke =>
        (r, n) =>
          r.summoned(name, `${n}`).openRelay(`n${n}`, `${n}`),
    ),
  },
  fc.constantFrom('sin', 'hcm').map(
    (name): Stroke =>
      (r, n) =>
        r.summoned(name, `${n}`),
  ),
  fc.constant<Stroke>((r) => r.noRelay()),
  fc.constantFrom(0, -1).map(
    (at): Stroke =>
      (r: RoomFixture) =>
        r.close(relaySocket(r, at)),
  ),
  fc.constant<Stroke>((r) => r.relaySay(relaySocket(r), { type: 'leave' })),
  {
    weight: 4,
    arbitrary: who.map(
      (name): Stroke =>
        (r) =>
          vote(r, name),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(who, fc.constantFrom(...pathVerdicts, 'good', 'good'), fc.nat(300)).map(
      ([name, verdict, rttMs]): Stroke =>
        (r) =>
          report(r, name, verdict, rttMs),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(who, who, fc.nat(4)).map(
      ([name, other, generation]): Stroke =>
        (r) =>
          r.say(socketOf(r, name), { type: 'link-failed', to: occupant(other), generation: generation + 1 }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(100, 3_000, 6_000, 31_000).map(
      (ms): Stroke =>
        (r: RoomFixture) =>
          r.later(ms).feed({ type: 'timer' }),
    ),
  },
)

/** What holds of every state, and of every change. */
function check(before: RoomState, r: RoomFixture): void {
  const after = r.state
  expect(v.is(roomStateSchema, after)).toBe(true)
  const { migration, epoch } = after.routing
  const isMoved = JSON.stringify(after.route) !== JSON.stringify(before.route)
  if (isMoved) expect(after.route.epoch).toBeGreaterThan(before.route.epoch)
  expect(epoch).toBeGreaterThanOrEqual(Math.max(after.route.epoch, migration?.route.epoch ?? 1))
  if (migration !== null) expect(migration.route.epoch).toBeGreaterThan(after.route.epoch)
  const { serving, next } = after.relay
  if (next !== null) expect(serving).not.toBeNull()
  const listed = after.route.kind === 'mesh' ? [] : after.route.relays.map(({ relayId }) => relayId)
  if (listed.length > 0) expect(listed).toEqual([serving?.relayId])
  if (after.route.kind === 'relayed' && serving !== null && serving.presence.kind === 'present') {
    expect(listed, 'a relay that is there is in the route').toHaveLength(1)
  }
  if (after.settings.route === 'direct' && after.route.kind === 'mesh') expect(serving).toBeNull()
  for (const seat of after.seats) checkDirect(after, seat)
  const ids = relaysOf(after.relay).flatMap((one) =>
    servedLinks(after, one).map(({ linkId }) => `${one.relayId} ${linkId}`),
  )
  expect(new Set(ids).size).toBe(ids.length)
  const deadlineMs = roomDeadline(after)
  if (after.status !== 'open') return
  if (deadlineMs === null || deadlineMs <= r.atMs) throw new Error('no deadline ahead')
  // Before it nothing is due: what an event leaves is settled.
  const settled = settleRoom(after, deadlineMs - 1)
  expect(settled.state).toBe(after)
  expect(settled.effects).toEqual([])
}

/** RT2: whoever hides behind a relay is never told to connect to anyone, nor anyone to them. */
function checkDirect(state: RoomState, { occupantId, routeWish }: Seat): void {
  if (state.settings.route !== 'auto') return
  const links = linksOf(state, occupantId)
  if (routeWish === 'relay') expect(links).toEqual([])
  for (const { occupantId: other } of links) expect(seatOf(state, other)?.routeWish).not.toBe('relay')
}

describe('a room and its relays under any sequence of events', () => {
  it('RT1 RL1 RL2 one relay is the route, ids and generations are used once, and the relay knows what the room knows', () => {
    let starts = 0
    fc.assert(
      fc.property(fc.array(stroke, { minLength: 20, maxLength: 60, size: 'max' }), wish, (strokes, route) => {
        const r = room({ route, maxParticipants: 5 }).enter('host').enter('ada')
        /** The id of each attempt of each occupant, over all relays. */
        const attempts = new Map<string, string>()
        const told = new Map<string, { snapshot: Snapshot; links: string }>()
        const feed = r.feed.bind(r)
        // Strokes are made of several events: each of them is looked at.
        r.feed = (event) => {
          const before = r.state
          feed(event)
          check(before, r)
          for (const effect of r.effects) {
            if (effect.type === 'send-ticketed') {
              const { message } = effect
              if (message.type !== 'start') continue
              starts += 1
              const seat = r.state.seats.find(
                ({ presence }) =>
                  presence.kind === 'present' && presence.connectionId === effect.connectionId,
              )
              for (const { generation, linkId, relayId } of message.relays) {
                // By order of arrival: here, unlike in life, an id may come back.
                const attempt = `${seat?.readyOrder} ${relayId} ${generation}`
                expect(attempts.get(attempt) ?? linkId).toBe(linkId)
                attempts.set(attempt, linkId)
                const one = relayOf(r.state.relay, relayId)
                const served = { occupantId: seat?.occupantId, linkId, generation }
                expect(one && servedLinks(r.state, one)).toContainEqual(served)
              }
            }
            if (effect.type !== 'send-relay') continue
            const { message, connectionId } = effect
            if (message.type === 'relay-welcome') {
              told.set(connectionId, { snapshot: message.snapshot, links: '' })
            }
            const heard = told.get(connectionId)
            if (heard === undefined) throw new Error('a relay heard something before its welcome')
            if (message.type === 'room-changed') {
              const next = applyPatch(heard.snapshot, message.patch)
              if (next === null) throw new Error('a patch did not continue its snapshot')
              told.set(connectionId, { ...heard, snapshot: next })
            }
            if (message.type === 'relay-links') {
              told.set(connectionId, { ...heard, links: JSON.stringify(message.links) })
            }
          }
          for (const one of relaysOf(r.state.relay)) {
            const heard = told.get(socketOfRelay(one) ?? '')
            if (socketOfRelay(one) === null) continue
            expect(heard?.snapshot).toEqual(snapshotOf(r.state))
            expect(heard?.links).toBe(JSON.stringify(servedLinks(r.state, one)))
          }
          return r
        }
        r.serve('sin')
        for (const [n, play] of strokes.entries()) play(r.later(10), n)
      }),
      { numRuns: 40 },
    )
    // Of use only if it gets there.
    expect(starts).toBeGreaterThan(60)
  })

  it('MD6 whatever happened, the end leaves no relay, no key and nothing due but the tombstone', () => {
    fc.assert(
      fc.property(fc.array(stroke, { minLength: 10, maxLength: 40 }), (strokes) => {
        const r = room({ route: 'relay' }).enter('host')
        for (const [n, play] of strokes.entries()) play(r.later(10), n)
        const sockets = relaySockets(r)
        r.feed({ type: 'ended' })
        const closed = r.effects.flatMap((effect) => (effect.type === 'close' ? [effect.connectionId] : []))
        for (const socket of sockets) expect(closed).toContain(socket)
        expect(JSON.stringify(r.state)).not.toContain('iceKey')
        expect(r.openRelay('late', 'sin1').effects).toEqual([
          { type: 'close', connectionId: connection('late'), reason: 'room_ended' },
        ])
      }),
      { numRuns: 50 },
    )
  })
})
