import { relayIdSchema } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { Route } from '@video-room/shared/route.ts'
import { sources } from '@video-room/shared/source.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { wantedLinks } from './link-plan.ts'
import { canSignal } from './link-signals.ts'
import { wantsOf } from './subscribe-plan.ts'
import type { SessionState } from './state.ts'
import { isPlayable } from './track-table.ts'
import { sessionDeadline } from './reduce.ts'
import {
  host,
  occupant,
  otherRelay,
  readingOf,
  relay,
  relayedBy,
  relayLink,
  self,
  snapshotOf,
  third,
  tokenA,
  Walk,
} from './testing/session-walk.ts'

const ids = fc.constantFrom(self, host, third)
const relays = fc.constantFrom(relay, otherRelay, v.parse(relayIdSchema, 'r_thirdthirdthirdt'))
const endpoints = fc.oneof(ids, relays)
const small = fc.integer({ min: 1, max: 4 })
const source = fc.constantFrom(...sources)
const mutedBy = fc.constantFrom(null, 'self' as const, 'host' as const)
const publications = fc.uniqueArray(fc.record({ source, mutedBy }), { selector: (item) => item.source })
const view = fc
  .tuple(ids, publications, fc.boolean())
  .map(([id, list, isPresent]) => occupant(id, list, { isPresent }))
const views = fc.uniqueArray(view, { selector: ({ occupantId }) => occupantId })
const assignment = fc.record({
  occupantId: ids,
  initiator: fc.boolean(),
  generation: small,
  isStandby: fc.boolean(),
})

const isStandby = fc.boolean()
const relayed = fc
  .tuple(relays, small, isStandby)
  .map(([id, generation, standsBy]) => ({ ...relayLink(id, generation), isStandby: standsBy }))
const route = fc.oneof(
  fc.constant<Route>({ kind: 'mesh', epoch: 1 }),
  fc.uniqueArray(relays, { maxLength: 2 }).map((list) => relayedBy(...list)),
)

const message: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.tuple(fc.nat(5), views, route).map(([revision, list, way]) => ({
    type: 'welcome' as const,
    occupantId: self,
    isHost: revision % 2 === 0,
    snapshot: { ...snapshotOf(revision, ...list), route: way },
  })),
  fc.tuple(fc.nat(8), views, fc.array(ids, { maxLength: 2 })).map(([revision, changed, left]) => ({
    type: 'room-changed' as const,
    patch: { revision, changed, left },
  })),
  fc
    .tuple(fc.array(assignment, { maxLength: 4 }), fc.option(relayed), fc.option(relayed))
    .map(([links, named, next]) => ({
      type: 'start' as const,
      links,
      ...(named === null ? {} : { relay: named }),
      ...(next === null ? {} : { nextRelay: next }),
    })),
  relayed.map(({ relayId, generation, ticket }) => ({
    type: 'ticket' as const,
    relayId,
    generation,
    ticket,
  })),
  fc.record({
    type: fc.constant('signal' as const),
    from: endpoints,
    generation: small,
    payload: fc.string(),
  }),
  fc.record({
    type: fc.constant('error' as const),
    code: fc.constantFrom('malformed' as const, 'not_allowed' as const, 'not_ready' as const),
    about: fc.constantFrom('media-ready', 'publish'),
  }),
  fc.constant({ type: 'knocking' as const }),
  fc.record({ type: fc.constant('unmute-asked' as const), source }),
  fc.uniqueArray(ids, { maxLength: 3 }).map((list) => ({
    type: 'knocks' as const,
    knocks: list.map((id) => ({ occupantId: id, displayName: 'Ann' })),
  })),
)

const deadlinesOf = ({ connection, nextSampleAtMs, nextWantsAtMs }: SessionState): readonly number[] =>
  [...('deadlineMs' in connection ? [connection.deadlineMs] : []), nextSampleAtMs, nextWantsAtMs].filter(
    (deadlineMs) => deadlineMs !== null,
  )

type Act = (walk: Walk) => void
const ofLink = fc.record({ endpointId: endpoints, generation: small })
const status = fc.constantFrom('absent' as const, 'starting' as const, 'live' as const, 'muted' as const)
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: message.map(
      (heard): Act =>
        (walk) =>
          walk.hear(heard),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(views, fc.option(route), fc.option(fc.option(route), { nil: undefined }))
      .map(([list, way, next]): Act => (walk) => {
        // A room that keeps the rules: the next revision, and of every route an epoch of its own.
        const patch = { revision: walk.revision + 1, changed: list, left: [] }
        const epoch = Math.max(walk.state.snapshot?.route.epoch ?? 1, walk.state.migration?.epoch ?? 1) + 1
        const moved = {
          ...(way === null ? {} : { route: { ...way, epoch } }),
          ...(next === undefined ? {} : { migration: next && { ...next, epoch: epoch + 1 } }),
        }
        walk.hear({ type: 'room-changed', patch: { ...patch, ...moved } })
      }),
  },
  { weight: 3, arbitrary: fc.constant<Act>((walk) => sessionDeadline(walk.state) !== null && walk.timer()) },
  fc.constantFrom<Act>(
    (walk) => walk.join(),
    (walk) => walk.join(tokenA),
    (walk) => walk.answer(),
    (walk) => walk.answer({ admission: 'knocking' }),
    (walk) => walk.answer({ relay: relayLink(relay, 2) }),
    (walk) => walk.refuse('room_locked'),
    (walk) => walk.take({ type: 'host-wished', message: { type: 'mute-all', source: 'microphone' } }),
    (walk) => walk.take({ type: 'unmute-answered', source: 'microphone', yes: true }),
    (walk) => walk.refuse('unreachable'),
    (walk) => walk.refuse('token_invalid'),
    (walk) => walk.welcome(occupant(self), occupant(host)),
    (walk) => walk.take({ type: 'leave' }),
    (walk) => walk.take({ type: 'online' }),
  ),
  fc.constantFrom(1006, 1000, 4500, 4403, 4404, 4409, 4410).map(
    (code): Act =>
      (walk) =>
        walk.lose(code),
  ),
  fc.tuple(source, status).map(
    ([name, now]): Act =>
      (walk) =>
        walk.captures({ [name]: now }),
  ),
  fc.tuple(source, fc.boolean()).map(
    ([name, on]): Act =>
      (walk) =>
        walk.take({ type: 'capture-wished', source: name, on }),
  ),
  ofLink.map(
    (name): Act =>
      (walk) =>
        walk.take({ type: 'link-connected', ...name }),
  ),
  ofLink.map(
    (name): Act =>
      (walk) =>
        walk.take({ type: 'link-closed', ...name }),
  ),
  ofLink.map(
    (name): Act =>
      (walk) =>
        walk.take({ type: 'link-signalled', ...name, payload: '[]' }),
  ),
  ofLink.map(
    (name): Act =>
      (walk) =>
        walk.take({ type: 'ticket-wanted', ...name }),
  ),
  fc.tuple(ids, source, fc.nat(2)).map(
    ([occupantId, name, tiles]): Act =>
      (walk) =>
        walk.take({ type: 'shown', occupantId, source: name, widthPx: 320 * tiles }),
  ),
  fc.tuple(fc.array(ofLink, { maxLength: 3 }), fc.boolean()).map(([names, all]): Act => (walk) => {
    const present = entriesOf(walk.state.links).map(([endpointId, { generation }]) => ({
      endpointId,
      generation,
    }))
    const count = walk.nowMs
    const received = [self, host, third].flatMap((occupantId) =>
      sources.map((name) => ({ occupantId, source: name, packets: count, frames: count })),
    )
    walk.take({
      type: 'links-sampled',
      readings: (all ? present : names).map(({ endpointId, generation }) =>
        readingOf(endpointId, generation, { receivedBytes: count, receivedPackets: count, received }),
      ),
    })
  }),
  fc.nat(5_000).map(
    (ms): Act =>
      (walk) =>
        walk.later(ms),
  ),
)
/** Half of the scripts begin in a room in full swing, so that the rare paths are reached. */
const script = fc.tuple(fc.boolean(), fc.array(anyAct, { maxLength: 40 }))

/** Links and sockets as a driver holds them, by the effects alone. */
class Held {
  readonly links = new Map<string, number>()
  sockets = 0
  requests = 0

  follow(walk: Walk): void {
    for (const effect of walk.effects) {
      if (effect.type === 'open-link' || effect.type === 'open-relay-link') {
        const id = effect.type === 'open-link' ? effect.occupantId : effect.relayId
        expect(this.links.has(id + effect.generation)).toBe(false)
        this.links.set(id + effect.generation, effect.generation)
      }
      if (effect.type === 'close-link')
        expect(this.links.delete(effect.endpointId + effect.generation)).toBe(true)
      if (effect.type === 'open-socket') this.sockets += 1
      if (effect.type === 'close-socket') this.sockets -= 1
    }
  }
}

function play([entered, acts]: [boolean, Act[]], check: (walk: Walk, before: Walk['state']) => void): void {
  const walk = new Walk()
  if (entered)
    walk.enter(occupant(self), occupant(host)).start({ occupantId: host, initiator: true, generation: 1 })
  walk.effects = []
  for (const act of acts) {
    const before = walk.state
    act(walk)
    check(walk, before)
    walk.effects = []
  }
}

describe('a session, whatever happens', () => {
  test('LK1 RL1 never throws, and holds at most one link per endpoint, exactly those of its state, and two relays at most', () => {
    fc.assert(
      fc.property(script, (acts) => {
        const held = new Held()
        if (acts[0]) held.links.set(`${host}1`, 1)
        play(acts, (walk) => {
          held.follow(walk)
          const present = Object.entries(walk.state.links).map(([id, { generation }]) => `${id}${generation}`)
          expect([...held.links.keys()].sort()).toEqual(present.sort())
          expect(present.every((name) => !name.startsWith(self))).toBe(true)
          expect(present.filter((name) => name.startsWith('r_')).length).toBeLessThanOrEqual(2)
        })
      }),
      { numRuns: 300 },
    )
  })

  test('SK6 an ended session asks for nothing, holds nothing and waits for nothing until the next join', () => {
    fc.assert(
      fc.property(script, (acts) => {
        play(acts, (walk, before) => {
          if (walk.state.phase !== 'ended') return
          expect(sessionDeadline(walk.state)).toBeNull()
          expect(walk.state.links).toEqual({})
          if (before.phase === 'ended') {
            expect(walk.effects.filter(({ type }) => type !== 'set-capture')).toEqual([])
          }
        })
      }),
      { numRuns: 300 },
    )
  })

  test('SK4 messages go out on an open socket only', () => {
    fc.assert(
      fc.property(script, (acts) => {
        play(acts, (walk, before) => {
          const wasOpen = before.connection.kind === 'open' || walk.state.connection.kind === 'open'
          if (wasOpen) return
          // At the door there is one thing to say: goodbye. On the way to a fresh seat `media-ready` goes ahead, once.
          const { connection } = walk.state
          const isAhead = connection.kind === 'opening' && connection.announced !== null
          const expected = isAhead && before.connection !== connection ? ['media-ready'] : []
          expect(walk.sent.flatMap(({ type }) => (type === 'leave' ? [] : [type]))).toEqual(expected)
        })
      }),
      { numRuns: 300 },
    )
  })

  test('MD2 M5 nothing is playable that the snapshot does not call live', () => {
    fc.assert(
      fc.property(script, (acts) => {
        play(acts, (walk) => {
          for (const id of [self, host, third]) {
            for (const name of sources) {
              if (!isPlayable(walk.state, id, name)) continue
              const known = walk.state.snapshot?.occupants.find(({ occupantId }) => occupantId === id)
              expect(known?.publications).toContainEqual({ source: name, mutedBy: null })
            }
          }
        })
      }),
      { numRuns: 200 },
    )
  })

  test('design 4 MG6 every link is wanted, or drains by a deadline that is near; what stands by carries nothing else', () => {
    fc.assert(
      fc.property(script, (acts) => {
        play(acts, (walk) => {
          const { assigned, assignedRelays, snapshot, seat, links } = walk.state
          const wanted = wantedLinks(assigned, assignedRelays, snapshot, seat?.occupantId ?? null)
          for (const [id, { drainUntilMs, use, carries }] of entriesOf(links)) {
            expect(use).toBe(wanted.find(({ endpointId }) => endpointId === id)?.use ?? 'left')
            expect(carries).toBe(use === 'media' || drainUntilMs !== null)
            if (use === 'media') expect(drainUntilMs).toBeNull()
            if (drainUntilMs !== null) {
              expect(drainUntilMs).toBeGreaterThan(walk.nowMs)
              expect(drainUntilMs).toBeLessThanOrEqual(walk.nowMs + limits.linkDrainMs)
            }
          }
        })
      }),
      { numRuns: 300 },
    )
  })

  test('RL8 M8 the relay is told what is wanted, and in the end the newest of it', () => {
    fc.assert(
      fc.property(script, (acts) => {
        play(acts, (walk) => {
          const { state, nowMs } = walk
          const reached = state.assignedRelays.filter(({ relayId }) => canSignal(state, relayId))
          if (reached.length === 0) return expect(state.nextWantsAtMs).toBeNull()
          if (state.nextWantsAtMs === null) {
            for (const { relayId } of reached) {
              const { carries, relay: side } = state.links[relayId] ?? {}
              expect(side?.told?.wants).toEqual(carries === true ? wantsOf(state) : [])
            }
            return
          }
          expect(state.nextWantsAtMs).toBeGreaterThan(nowMs)
          expect(state.nextWantsAtMs).toBeLessThanOrEqual(nowMs + limits.wantsIntervalMs)
        })
      }),
      { numRuns: 300 },
    )
  })

  test('MG3 FX1 a vote goes out once for each socket and epoch, for the route that is prepared; reports keep their pace', () => {
    fc.assert(
      fc.property(script, (acts) => {
        const votes = new Set<string>()
        play(acts, (walk) => {
          for (const said of walk.sent) {
            if (said.type !== 'route-ready') continue
            const vote = `${walk.state.attempt} ${said.epoch}`
            expect(votes.has(vote)).toBe(false)
            votes.add(vote)
            expect(said.epoch).toBe(walk.state.snapshot?.migration?.epoch)
          }
          for (const said of walk.sent) {
            if (said.type !== 'report') continue
            const listed = said.paths.map(({ to, generation }) => `${to} ${generation}`)
            const named = entriesOf(walk.state.links).map(([id, { generation }]) => `${id} ${generation}`)
            expect(named).toEqual(expect.arrayContaining(listed))
          }
        })
      }),
      { numRuns: 300 },
    )
  })

  test('MG1 the memory of a migration lives as long as the snapshot names it, and only the old route is held down', () => {
    fc.assert(
      fc.property(script, (acts) => {
        play(acts, ({ state }) => {
          expect(state.migration?.epoch).toBe(state.snapshot?.migration?.epoch)
          if (state.snapshot !== null)
            expect(state.routeHistory.at(-1)?.route.epoch).toBe(state.snapshot.route.epoch)
          expect(state.routeHistory.length).toBeLessThanOrEqual(limits.routeHistoryMax)
          for (const { isCapped, carries } of Object.values(state.links))
            if (isCapped) expect(carries).toBe(true)
        })
      }),
      { numRuns: 300 },
    )
  })

  test('KN1 MD8 MD10 only a host sees who knocks; a question is open only for what is muted', () => {
    fc.assert(
      fc.property(script, (acts) => {
        play(acts, ({ state, view: shown }) => {
          if (!shown.isHost) expect(shown.knocks).toEqual([])
          for (const name of shown.unmuteAsked) expect(state.told[name]).not.toBeNull()
          for (const { source: name } of state.unmuting) expect(state.told[name]).toBeNull()
          expect(shown.status === 'knocking').toBe(state.phase === 'joining' && state.isKnocking)
          if (shown.status === 'knocking') expect(shown.occupants).toEqual([])
        })
      }),
      { numRuns: 300 },
    )
  })

  test('every queue stays within its limit, and every deadline was set in the future', () => {
    fc.assert(
      fc.property(script, (acts) => {
        play(acts, (walk, before) => {
          expect(walk.state.early.length).toBeLessThanOrEqual(limits.heldSignalsMax)
          // One that was set earlier may be due by now: its timer comes next.
          const known = deadlinesOf(before)
          for (const deadlineMs of deadlinesOf(walk.state)) {
            if (!known.includes(deadlineMs)) expect(deadlineMs).toBeGreaterThan(walk.nowMs)
          }
        })
      }),
      { numRuns: 200 },
    )
  })
})
