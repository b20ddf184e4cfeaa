import { limits } from '@video-room/shared/limits.ts'
import { smallJpeg } from '@video-room/shared/testing/small-jpeg.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import { applyPatch, type Snapshot } from '@video-room/shared/snapshot.ts'
import { sources } from '@video-room/shared/source.ts'
import * as v from 'valibot'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roomDeadline } from './deadline.ts'
import type { RoomEvent } from './event.ts'
import { knocksFor } from './knocking.ts'
import { settleRoom } from './lifetime.ts'
import { reduceRoom } from './reduce.ts'
import { connection, instance, live, occupant, tokenHash } from './room-fixture.ts'
import { snapshotOf } from './snapshot-of.ts'
import { linksOf } from './start.ts'
import type { ConnectionId } from './connection-id.ts'
import { connectionOf, initialRoom, roomStateSchema, seatOf, type RoomState } from './state.ts'

const names = ['host', 'ada', 'bob', 'cy'] as const
const name = fc.constantFrom(...names)
/** Most of those at the door are not in the room already. */
const outsider = fc.constantFrom('ada', 'dee', 'eli', 'flo')
const anyName = fc.constantFrom(...names, 'dee', 'eli', 'nobody')
const source = fc.constantFrom(...sources)
const mutedBy = fc.constantFrom(null, 'self' as const)
const generation = fc.constantFrom(1, 1, 1, 2, 3)

const message: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({
    type: fc.constant('media-ready' as const),
    instanceId: fc.constantFrom(instance('one'), instance('two')),
    publications: fc.array(
      fc.record({ source, mutedBy: fc.constantFrom(null, 'self' as const, 'host' as const) }),
      { maxLength: 4 },
    ),
  }),
  fc.record({ type: fc.constant('publish' as const), source, mutedBy, seenRevision: fc.nat(30) }),
  fc.record({ type: fc.constant('unpublish' as const), source }),
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('signal' as const),
      to: anyName.map(occupant),
      generation,
      payload: fc.string(),
    }),
  },
  fc.record({ type: fc.constant('link-failed' as const), to: anyName.map(occupant), generation }),
  fc.record({ type: fc.constant('mute-occupant' as const), occupantId: anyName.map(occupant), source }),
  fc.record({ type: fc.constant('remove-occupant' as const), occupantId: anyName.map(occupant) }),
  fc.record({ type: fc.constant('leave' as const) }),
  fc.record({
    type: fc.constantFrom('admit' as const, 'deny' as const),
    occupantId: anyName.map(occupant),
  }),
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('hand-over' as const), occupantId: name.map(occupant) }),
  },
  fc.record({ type: fc.constant('mute-all' as const), source }),
  fc.record({ type: fc.constant('knock-picture' as const), picture: fc.constantFrom(smallJpeg, null) }),
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('ask-unmute' as const),
      occupantId: name.map(occupant),
      source: fc.constantFrom('microphone' as const, 'camera' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('publish' as const),
      source: fc.constantFrom('microphone' as const, 'camera' as const),
      mutedBy,
      seenRevision: fc.constant(1_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('change-settings' as const),
      settings: fc.record(
        {
          admission: fc.constantFrom('open' as const, 'knock' as const),
          knockPicture: fc.boolean(),
          hostGraceMs: fc.constantFrom(0, 1_000, 300_000),
          isLocked: fc.boolean(),
          mayUnmute: fc.boolean(),
          maxParticipants: fc.nat(4),
        },
        { requiredKeys: [] },
      ),
    }),
  },
)

const order = {
  expiresAtMs: 10 ** 9,
  creatorId: 'acme',
  gate: { hostTokenHash: tokenHash('host-token'), lifetimeMs: 10 ** 9 },
}
const settingsOf = fc.record({
  maxParticipants: fc.constantFrom(1, 15),
  mayUnmute: fc.boolean(),
  onHostLeave: fc.constantFrom('wait' as const, 'promote' as const),
  hostGraceMs: fc.constantFrom(1_000, 300_000),
})

/** Each socket is used once: what a script does to `n` means the n-th opened one. */
type Stroke = { readonly waitMs: number; readonly act: (sockets: readonly ConnectionId[]) => Untimed | null }
type Untimed = RoomEvent extends infer E ? (E extends RoomEvent ? Omit<E, 'atMs'> : never) : never

/** Mostly one of the latest, since most of the others are closed. */
const pick = (sockets: readonly ConnectionId[], n: number) =>
  sockets.at(-1 - (n % Math.max(1, sockets.length)))

const onSocket = (
  arbitrary: fc.Arbitrary<(connectionId: ConnectionId) => Untimed>,
): fc.Arbitrary<Stroke['act']> =>
  fc
    .tuple(fc.oneof({ weight: 5, arbitrary: fc.nat(5) }, fc.nat(50)), arbitrary)
    .map(([n, make]) => (sockets) => {
      const connectionId = pick(sockets, n)
      return connectionId === undefined ? null : make(connectionId)
    })

const ready = (connectionId: ConnectionId): Untimed => ({
  type: 'message',
  connectionId,
  message: { type: 'media-ready', instanceId: instance('one'), publications: [...live] },
})

const act: fc.Arbitrary<Stroke['act']> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc
      .record({ who: name, token: fc.nat(1), claimsHost: fc.boolean() })
      .map(({ who, token, claimsHost }) => () => ({
        type: 'occupant-joined' as const,
        occupantId: occupant(who),
        isHost: who === 'host' || claimsHost,
        provedHost: who === 'host' || claimsHost,
        displayName: who,
        resumeTokenHash: tokenHash(`${who}${token}`),
      })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ who: fc.oneof(name, outsider), token: fc.nat(1) })
      .map(({ who, token }) => (sockets: readonly ConnectionId[]) => ({
        type: 'socket-opened' as const,
        connectionId: connection(`n${sockets.length}`),
        tokenHash: tokenHash(`${who}${token}`),
      })),
  },
  { weight: 2, arbitrary: onSocket(fc.constant(ready)) },
  {
    weight: 12,
    arbitrary: onSocket(
      message.map((m) => (connectionId) => ({ type: 'message', connectionId, message: m })),
    ),
  },
  onSocket(fc.constant((connectionId) => ({ type: 'socket-closed', connectionId }))),
  onSocket(fc.constant((connectionId) => ({ type: 'socket-silent', connectionId }))),
  onSocket(
    fc
      .constantFrom('malformed' as const, 'too_large' as const, 'rate_limited' as const)
      .map((code) => (connectionId) => ({ type: 'bad-message', connectionId, code })),
  ),
  fc.constant(() => ({ type: 'timer' as const })),
  {
    weight: 2,
    arbitrary: fc.record({ who: outsider, token: fc.nat(1) }).map(({ who, token }) => () => ({
      type: 'knocked' as const,
      occupantId: occupant(who),
      displayName: who,
      resumeTokenHash: tokenHash(`${who}${token}`),
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        who: outsider,
        outcome: fc.constantFrom('admitted' as const, 'admitted' as const, 'room_full' as const),
      })
      .map(({ who, outcome }) => () => ({
        type: 'gate-answered' as const,
        occupantId: occupant(who),
        outcome,
      })),
  },
  fc.constant(() => ({ type: 'gate-failed' as const, random: 0 })),
  { weight: 5, arbitrary: fc.constant(() => ({ type: 'gate-told' as const })) },
  name.map((who) => () => ({
    type: 'controlled' as const,
    request: { action: 'remove' as const, occupantId: occupant(who) },
  })),
)
const stroke: fc.Arbitrary<Stroke> = fc.record({
  waitMs: fc.oneof({ weight: 30, arbitrary: fc.nat(500) }, fc.constantFrom(31_000, 61_000)),
  act,
})

/** A room in full swing, as a beginning; left to chance alone most scripts would not get there. */
const prelude: readonly Stroke[] = (['ada', 'host', 'bob', 'dee'] as const).flatMap((who) => [
  {
    waitMs: 1,
    act: () => ({
      ...(who === 'dee'
        ? { type: 'knocked' as const }
        : { type: 'occupant-joined' as const, isHost: who === 'host', provedHost: who === 'host' }),
      occupantId: occupant(who),
      displayName: who,
      resumeTokenHash: tokenHash(`${who}0`),
    }),
  },
  {
    waitMs: 1,
    act: (sockets) => ({
      type: 'socket-opened',
      connectionId: connection(`n${sockets.length}`),
      tokenHash: tokenHash(`${who}0`),
    }),
  },
  {
    waitMs: 1,
    act: (sockets) => {
      const newest = sockets.at(-1)
      return newest === undefined ? null : ready(newest)
    },
  },
])
const script = (minLength: number, maxLength: number) =>
  fc
    .tuple(fc.constantFrom([], prelude, prelude), fc.array(stroke, { minLength, maxLength, size: 'max' }))
    .map(([before, after]) => [...before, ...after])

const present = (state: RoomState): ConnectionId[] => state.seats.flatMap((seat) => connectionOf(seat) ?? [])
const atDoor = (state: RoomState): ConnectionId[] =>
  state.knocks.flatMap((knock) => connectionOf(knock) ?? [])

/** MD7: nobody becomes audible or visible by a way of their own while that is not theirs to do. */
function checkUnmutes(before: RoomState, after: RoomState): void {
  if (before.settings.mayUnmute || after.settings.mayUnmute) return
  for (const seat of after.seats.filter(({ isHost }) => !isHost)) {
    const earlier = seatOf(before, seat.occupantId)
    if (earlier?.isHost === true) continue
    for (const { source: offered, mutedBy: mute } of seat.publications) {
      if (mute !== null || (offered !== 'microphone' && offered !== 'camera')) continue
      const known = earlier?.publications.find((publication) => publication.source === offered)
      const wasLive = known !== undefined && known.mutedBy === null
      const isNewCamera = offered === 'camera' && known === undefined && !earlier?.silenced.includes(offered)
      expect(wasLive || isNewCamera || earlier?.unmuteAsked.includes(offered)).toBe(true)
    }
  }
}

function checkState(before: RoomState, after: RoomState): void {
  expect(v.is(roomStateSchema, after)).toBe(true)
  expect(after.seats.filter((seat) => seat.isHost).length).toBeLessThanOrEqual(1)
  const places = [...after.seats, ...after.knocks]
  expect(new Set(places.map((place) => place.occupantId)).size).toBe(places.length)
  const sockets = [...present(after), ...atDoor(after)]
  expect(new Set(sockets).size).toBe(sockets.length)
  checkUnmutes(before, after)
  expect([0, 1]).toContain(after.revision - before.revision)
  for (const seat of after.seats) {
    for (const link of linksOf(after, seat.occupantId)) {
      const mirror = linksOf(after, link.occupantId).find((other) => other.occupantId === seat.occupantId)
      expect(mirror).toEqual({ ...link, occupantId: seat.occupantId, initiator: !link.initiator })
    }
  }
}

describe('the room under any sequence of events', () => {
  const seen = new Map<string, number>()

  it('LK1 SN2 SK4 KN1 MD7 A3 A4 keeps one host, mirrored links and a deadline ahead, and tells the same story to every socket', () => {
    fc.assert(
      fc.property(script(40, 120), settingsOf, (strokes, settings) => {
        let state = initialRoom({ ...order, settings: { ...defaultSettings, ...settings } })
        let atMs = 0
        const sockets: ConnectionId[] = []
        /** What a client that only listens would know, per socket. */
        const told = new Map<ConnectionId, Snapshot>()
        const toldKnocks = new Map<ConnectionId, unknown>()
        for (const { waitMs, act: make } of strokes) {
          atMs += waitMs
          const untimed = make(sockets)
          if (untimed === null) continue
          const event = { ...untimed, atMs } as RoomEvent
          if (event.type === 'socket-opened') sockets.push(event.connectionId)
          const before = state
          const { state: after, effects } = reduceRoom(before, event)
          state = after
          checkState(before, after)
          const open = new Set(present(after))
          const outside = new Set(atDoor(after))
          for (const effect of effects) {
            const kind = effect.type === 'send' ? effect.message.type : effect.type
            seen.set(kind, (seen.get(kind) ?? 0) + 1)
            if (effect.type === 'close') {
              expect(open.has(effect.connectionId) || outside.has(effect.connectionId)).toBe(false)
            }
            if (effect.type !== 'send') continue
            const { message: heard } = effect
            if (outside.has(effect.connectionId)) {
              expect(['knocking', 'error']).toContain(heard.type)
              continue
            }
            expect(open.has(effect.connectionId)).toBe(true)
            if (heard.type === 'knocks') toldKnocks.set(effect.connectionId, heard.knocks)
            const known = told.get(effect.connectionId)
            expect(known === undefined).toBe(heard.type === 'welcome')
            if (heard.type === 'welcome') told.set(effect.connectionId, heard.snapshot)
            if (heard.type === 'room-changed' && known !== undefined) {
              const next = applyPatch(known, heard.patch)
              if (next === null) throw new Error('a patch did not continue its snapshot')
              told.set(effect.connectionId, next)
            }
          }
          for (const connectionId of open) expect(told.get(connectionId)).toEqual(snapshotOf(after))
          for (const seat of after.seats) {
            const connectionId = connectionOf(seat)
            if (connectionId === null) continue
            expect(toldKnocks.get(connectionId) ?? []).toEqual(knocksFor(after, seat))
          }
          const deadlineMs = roomDeadline(after)
          if (deadlineMs === null || deadlineMs <= atMs) throw new Error('no deadline ahead')
          // Before it nothing is due: what an event leaves is settled.
          const due = settleRoom(after, deadlineMs - 1)
          expect(due.state).toBe(after)
          expect(due.effects).toEqual([])
        }
      }),
      { numRuns: 200 },
    )
    // The scripts are of use only if they reach what they are to check.
    for (const kind of [
      'welcome',
      'room-changed',
      'start',
      'error',
      'close',
      'record-left',
      'record-presence',
      'record-all',
      'notify',
    ]) {
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(20)
    }
    for (const rare of [
      'signal',
      'record-settings',
      'record-hand-over',
      'record-promotion',
      'knocking',
      'knocks',
      'ask-gate',
      'unmute-asked',
    ]) {
      expect(seen.get(rare) ?? 0, rare).toBeGreaterThan(0)
    }
  })

  it('does nothing at all for words of a socket that the room does not know', () => {
    fc.assert(
      fc.property(message, (m) => {
        const state = initialRoom({ ...order, settings: defaultSettings })
        const { state: after, effects } = reduceRoom(state, {
          type: 'message',
          atMs: 1,
          connectionId: connection('ghost'),
          message: m,
        })
        expect(after).toBe(state)
        expect(effects).toEqual([])
      }),
    )
  })

  it('frees every seat in the end when nobody is there to keep it', () => {
    fc.assert(
      fc.property(script(20, 60), settingsOf, (strokes, settings) => {
        let state = initialRoom({ ...order, settings: { ...defaultSettings, ...settings } })
        const sockets: ConnectionId[] = []
        let atMs = 0
        const feed = (untimed: Untimed) => {
          const event = { ...untimed, atMs } as RoomEvent
          if (event.type === 'socket-opened') sockets.push(event.connectionId)
          state = reduceRoom(state, event).state
        }
        for (const { waitMs, act: make } of strokes) {
          atMs += waitMs
          const untimed = make(sockets)
          if (untimed !== null) feed(untimed)
        }
        for (const connectionId of [...present(state), ...atDoor(state)])
          feed({ type: 'socket-closed', connectionId })
        atMs += Math.max(limits.graceMs, limits.joinToSocketMs)
        feed({ type: 'timer' })
        expect(state.seats).toEqual([])
        expect(state.knocks).toEqual([])
        expect(state.generations).toEqual({})
        expect(seatOf(state, occupant('host'))).toBeUndefined()
      }),
      { numRuns: 100 },
    )
  })
})
