import type { RelayId } from '@video-room/shared/ids.ts'
import type { RouteWish } from '@video-room/shared/route.ts'
import { applyPatch, type Snapshot } from '@video-room/shared/snapshot.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { roomDeadline } from './deadline.ts'
import { relayConnectionOf } from './relay.ts'
import { servedLinks } from './relay-links.ts'
import { connection, live, occupant, relay, room, type RoomFixture } from './room-fixture.ts'
import { snapshotOf } from './snapshot-of.ts'
import { linksOf } from './start.ts'
import { roomStateSchema, type RoomState } from './state.ts'

/** One thing that happens; `n` makes names and tokens new. */
type Stroke = (r: RoomFixture, n: number) => RoomFixture

const who = fc.constantFrom('host', 'ada', 'bob')
const wish = fc.constantFrom<RouteWish>('auto', 'direct', 'relay', 'relay', 'relay')

const socketOf = (r: RoomFixture, name: string): string => {
  const presence = r.seat(name)?.presence
  return presence?.kind === 'present' ? presence.connectionId.slice(2).replace(/_+$/, '') : 'nobody'
}
const relaySocket = (r: RoomFixture): string =>
  relayConnectionOf(r.state.relay)?.slice(2).replace(/_+$/, '') ?? 'nobody'
const relayName = (r: RoomFixture): RelayId => r.state.relay.serving?.relayId ?? relay('sin')

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
  fc.constant<Stroke>((r) => r.close(relaySocket(r))),
  fc.constant<Stroke>((r) => r.relaySay(relaySocket(r), { type: 'leave' })),
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
  expect([0, 1, 2]).toContain(after.route.epoch - before.route.epoch)
  const { serving } = after.relay
  const listed = after.route.kind === 'mesh' ? [] : after.route.relays.map(({ relayId }) => relayId)
  expect(listed).toEqual(after.route.kind === 'mesh' || serving === null ? [] : [serving.relayId])
  if (after.route.kind === 'mesh') expect(serving).toBeNull()
  else for (const seat of after.seats) expect(linksOf(after, seat.occupantId)).toEqual([])
  const ids = servedLinks(after).map(({ linkId }) => linkId)
  expect(new Set(ids).size).toBe(ids.length)
  const deadlineMs = roomDeadline(after)
  if (after.status === 'open') expect(deadlineMs !== null && deadlineMs > r.atMs).toBe(true)
}

describe('a room and its relays under any sequence of events', () => {
  it('RT1 RL1 RL2 one relay is the route, ids and generations are used once, and the relay knows what the room knows', () => {
    let starts = 0
    fc.assert(
      fc.property(fc.array(stroke, { minLength: 20, maxLength: 60, size: 'max' }), wish, (strokes, route) => {
        const r = room({ route, maxParticipants: 5 }).enter('host').enter('ada')
        /** The id of each attempt of each occupant, over all relays. */
        const attempts = new Map<string, string>()
        let told: { socket: string; snapshot: Snapshot; links: string } | null = null
        const feed = r.feed.bind(r)
        // Strokes are made of several events: each of them is looked at.
        r.feed = (event) => {
          const before = r.state
          feed(event)
          check(before, r)
          for (const effect of r.effects) {
            if (effect.type === 'send-ticketed') {
              starts += 1
              const { generation, linkId, relayId } = effect.message.link
              const seat = r.state.seats.find(
                ({ presence }) =>
                  presence.kind === 'present' && presence.connectionId === effect.connectionId,
              )
              // By order of arrival: here, unlike in life, an id may come back.
              const attempt = `${seat?.readyOrder} ${generation}`
              expect(attempts.get(attempt) ?? `${relayId} ${linkId}`).toBe(`${relayId} ${linkId}`)
              attempts.set(attempt, `${relayId} ${linkId}`)
              expect(servedLinks(r.state)).toContainEqual({
                occupantId: seat?.occupantId,
                linkId,
                generation,
              })
            }
            if (effect.type !== 'send-relay') continue
            const { message, connectionId } = effect
            if (message.type === 'relay-welcome') {
              told = { socket: connectionId, snapshot: message.snapshot, links: '' }
            }
            expect(told?.socket).toBe(connectionId)
            if (message.type === 'room-changed' && told !== null) {
              const next = applyPatch(told.snapshot, message.patch)
              if (next === null) throw new Error('a patch did not continue its snapshot')
              told = { ...told, snapshot: next }
            }
            if (message.type === 'relay-links' && told !== null) {
              told = { ...told, links: JSON.stringify(message.links) }
            }
          }
          if (relayConnectionOf(r.state.relay) !== null) {
            expect(told?.snapshot).toEqual(snapshotOf(r.state))
            expect(told?.links).toBe(JSON.stringify(servedLinks(r.state)))
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
        const socket = relayConnectionOf(r.state.relay)
        r.feed({ type: 'ended' })
        const closed = r.effects.flatMap((effect) => (effect.type === 'close' ? [effect.connectionId] : []))
        if (socket !== null) expect(closed).toContain(socket)
        expect(JSON.stringify(r.state)).not.toContain('iceKey')
        expect(r.openRelay('late', 'sin1').effects).toEqual([
          { type: 'close', connectionId: connection('late'), reason: 'room_ended' },
        ])
      }),
      { numRuns: 50 },
    )
  })
})
