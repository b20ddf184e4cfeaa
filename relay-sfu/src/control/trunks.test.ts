import type { LinkId, OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { ServedTrunk } from '@video-room/shared/protocol/relay-messages.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { OccupantView } from '@video-room/shared/snapshot.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import { describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { trunkMid } from '../media/trunk-profile.ts'
import type { LinkCommand } from './link-command.ts'
import type { RelayRoomEffect } from './room-event.ts'
import {
  fingerprint,
  link,
  live,
  occupant,
  relayId,
  RoomBench,
  saidTo,
  secret,
  snapshotOf,
  typesOf,
  viewOf,
} from './testing/room-bench.ts'
import { relayRoomDeadline } from './relay-room.ts'

const [r, s, t] = [relayId('r'), relayId('s'), relayId('t')]
const trunkLink = 'dddddddddddd' as LinkId
const ticket: RelayTicket = {
  iceUfrag: 'A'.repeat(20),
  icePwd: 'B'.repeat(43),
  fingerprint: fingerprint('CD'),
  candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 3478 }],
}

/** r – s – t in a line; Ann is at r, Bo at s, Cy at t. */
const line = (homes: Readonly<Record<OccupantId, RelayId>> = {}): Route => ({
  kind: 'relayed',
  epoch: 3,
  relays: [
    { relayId: r, region: 'r' },
    { relayId: s, region: 's', parentId: r },
    { relayId: t, region: 't', parentId: s },
  ],
  homes: { [occupant('b')]: s, [occupant('c')]: t, ...homes },
})

const everyone = ['a', 'b', 'c'].map((letter) => viewOf(letter, live('microphone', 'camera')))

/** This relay is `r`: Ann has her link here, and a trunk goes to `s`. */
function atR(route: Route = line(), dials = true): RoomBench {
  const bench = new RoomBench()
  bench.take({ type: 'summoned', secret: secret('s') })
  bench.hear({
    type: 'relay-welcome',
    snapshot: { ...snapshotOf(...everyone), route },
    resumeToken: secret('t'),
  })
  list(bench, ['a'], dials)
  bench.admit('a')
  return bench
}

function list(
  bench: RoomBench,
  letters: readonly string[],
  dials: boolean,
  generation = 1,
  linkId = trunkLink,
): readonly RelayRoomEffect[] {
  const links = letters.map((one) => ({ occupantId: occupant(one), linkId: link(one), generation: 1 }))
  const trunk: ServedTrunk = { relayId: s, linkId, generation, fingerprint: ticket.fingerprint }
  return bench.hear({ type: 'relay-links', links, trunks: [dials ? { ...trunk, ticket } : trunk] })
}

const prove = (bench: RoomBench, pair = 'CD'): readonly RelayRoomEffect[] =>
  bench.take({ type: 'link-secured', linkId: trunkLink, fingerprint: fingerprint(pair) })

const commandsOf = (effects: readonly RelayRoomEffect[], to: LinkId): readonly LinkCommand[] =>
  effects.flatMap((effect) => (effect.type === 'command-link' && effect.linkId === to ? effect.command : []))

const carried = (effects: readonly RelayRoomEffect[]) => {
  const command = commandsOf(effects, trunkLink).find(({ type }) => type === 'set-trunk')
  if (command?.type !== 'set-trunk') return null
  const names = (named: readonly { readonly mid: string }[]): readonly string[] => named.map(({ mid }) => mid)
  return { incoming: names(command.incoming), outgoing: names(command.outgoing) }
}

const mids = (letter: string, hops: number): readonly string[] => [
  trunkMid(occupant(letter), 'microphone', hops),
  trunkMid(occupant(letter), 'camera', hops),
]

const patch = (bench: RoomBench, change: { route?: Route; changed?: OccupantView[]; left?: OccupantId[] }) =>
  bench.hear({
    type: 'room-changed',
    patch: {
      revision: (bench.state.snapshot?.revision ?? 0) + 1,
      changed: change.changed ?? [],
      left: change.left ?? [],
      ...(change.route && { route: change.route }),
    },
  })

describe('CH3 a trunk comes up', () => {
  it('from the end with the ticket it is dialled, from the other it is opened', () => {
    expect(typesOf(list(new RoomBenchOf(), ['a'], true))).toContain('dial-link')
    const answers = atR(line(), false)
    expect(answers.open.has(trunkLink)).toBe(true)
  })

  it('nothing crosses before the certificate that the room named is proved', () => {
    const bench = atR()
    expect(bench.state.toldTrunks[trunkLink]).toMatchObject({ isAdmitted: false, plan: { incoming: [] } })
    const effects = prove(bench)
    expect(typesOf(effects)).toEqual(expect.arrayContaining(['set-trunk', 'set-admitted', 'measure-trunk']))
    bench.take({ type: 'trunk-measured', linkId: trunkLink, rttMs: 80 })
    expect(bench.state.trunks[0]?.reported).toMatchObject({ rttMs: 80 })
  })

  it('another certificate is no trunk: the room is told, and nothing was let in', () => {
    const effects = prove(atR(), 'EE')
    expect(typesOf(effects).slice(-2)).toEqual(['close-link', 'send link-failed'])
    expect(typesOf(effects)).not.toContain('set-trunk')
    expect(effects).toContainEqual(
      expect.objectContaining({ message: { type: 'link-failed', to: s, generation: 1 } }),
    )
  })

  it('R7 one that was lost is told once on each socket, and its successor is dialled later each time', () => {
    const bench = atR()
    prove(bench)
    expect(typesOf(bench.take({ type: 'link-lost', linkId: trunkLink }))).toContain('send link-failed')
    expect(typesOf(bench.take({ type: 'timer' }))).not.toContain('send link-failed')
    const next = 'eeeeeeeeeeee' as LinkId
    expect(typesOf(list(bench, ['a'], true, 2, next))).not.toContain('dial-link')
    const dueMs = relayRoomDeadline(bench.state) ?? 0
    expect(dueMs).toBeGreaterThan(bench.atMs)
    expect(dueMs - bench.atMs).toBeLessThanOrEqual(relayLimits.trunkRetryFirstMs)
    bench.atMs = dueMs
    expect(typesOf(bench.take({ type: 'timer' }))[0]).toBe('dial-link')
  })

  it('R7 slots are pointed at the successor when the transport has it, not before', () => {
    const bench = atR()
    prove(bench)
    const slots = () => [...(bench.open.get(link('a'))?.slots.values() ?? [])]
    expect(slots()).toHaveLength(4)
    bench.take({ type: 'link-lost', linkId: trunkLink })
    const next = 'eeeeeeeeeeee' as LinkId
    list(bench, ['a'], true, 2, next)
    expect(slots()).toEqual([])
    bench.atMs = relayRoomDeadline(bench.state) ?? 0
    bench.take({ type: 'timer' })
    expect(slots().map(({ linkId }) => linkId)).toEqual([next, next, next, next])
  })

  it('R7 what goes on over another trunk is pointed at the successor, too', () => {
    const star = line()
    if (star.kind === 'mesh') throw new Error('a tree')
    const relays = star.relays.map((one) => (one.relayId === r ? one : { ...one, parentId: r }))
    const bench = atR({ ...star, relays }, false)
    const [toS, toT, nextToT] = [trunkLink, 'eeeeeeeeeeee' as LinkId, 'ffffffffffff' as LinkId]
    const trunks = (linkId: LinkId): readonly RelayRoomEffect[] => {
      const known = { fingerprint: ticket.fingerprint, generation: 1 }
      return bench.hear({
        type: 'relay-links',
        links: [{ occupantId: occupant('a'), linkId: link('a'), generation: 1 }],
        trunks: [
          { relayId: s, linkId: toS, ...known },
          { relayId: t, linkId, ...known },
        ],
      })
    }
    trunks(toT)
    prove(bench)
    bench.take({ type: 'link-lost', linkId: toT })
    const effects = trunks(nextToT)
    const opened = effects.findIndex((one) => one.type === 'open-link' && one.linkId === nextToT)
    const told = effects.findIndex((one) => one.type === 'command-link' && one.linkId === toS)
    expect(told).toBeGreaterThan(opened)
    expect(effects[told]).toMatchObject({
      command: {
        outgoing: expect.arrayContaining([
          expect.objectContaining({ publication: expect.objectContaining({ linkId: nextToT }) }),
        ]),
      },
    })
  })

  it('one that never comes up is given up', () => {
    const bench = atR()
    bench.atMs = relayLimits.linkUpMs
    expect(typesOf(bench.take({ type: 'timer' }))).toContain('send link-failed')
  })

  it('R8 a list without it closes it, and nothing is left', () => {
    const bench = atR()
    prove(bench)
    const effects = bench.links('a')
    expect(effects).toContainEqual({ type: 'close-link', linkId: trunkLink })
    expect(bench.state).toMatchObject({ trunks: [], toldTrunks: {}, trunkFailures: {} })
  })
})

describe('RG2 a relay in the middle of a tree, at which nobody is at home', () => {
  const inMiddle = (): RoomBench => {
    const bench = atR()
    list(bench, [], true)
    prove(bench)
    return bench
  }

  it('serves on when it drains, until the room needs none of its trunks', () => {
    const bench = inMiddle()
    expect(typesOf(bench.take({ type: 'leave' }))).toEqual(['send leave'])
    expect(bench.open.has(trunkLink)).toBe(true)
    expect(typesOf(bench.links())).toEqual(['close-link', 'close-socket', 'forget-room'])
  })

  it('that was left is done with when its last trunk is', () => {
    const bench = inMiddle()
    bench.take({ type: 'socket-lost', attempt: 1, code: 1000 })
    expect(bench.open.has(trunkLink)).toBe(true)
    const effects = bench.take({ type: 'link-lost', linkId: trunkLink })
    expect(typesOf(effects)).toEqual(['close-link', 'forget-room'])
  })

  it('closes the trunks that are left when its time is over', () => {
    const bench = inMiddle()
    bench.take({ type: 'socket-lost', attempt: 1, code: 1000 })
    bench.atMs += relayLimits.roomLingerMs
    expect(typesOf(bench.take({ type: 'timer' }))).toEqual(['close-link', 'forget-room'])
    expect(bench.open.size).toBe(0)
  })
})

describe('CH2 what crosses', () => {
  it('R5 their own goes out, the others come in by number of trunks, nothing goes back', () => {
    const bench = atR()
    expect(carried(prove(bench))).toEqual({
      incoming: [...mids('b', 1), ...mids('c', 2)],
      outgoing: mids('a', 1),
    })
  })

  it('R1 a viewer here gets slots for everyone, in order of arrival', () => {
    const bench = atR()
    prove(bench)
    const said = bench.signal('a', {
      wants: ['b', 'c'].map((one) => ({ occupantId: occupant(one), source: 'camera', widthPx: 320 })),
    })
    expect(said).toContainEqual(
      expect.objectContaining({
        command: expect.objectContaining({ type: 'set-want', widthPx: 320 }),
      }),
    )
    const slots = [...(bench.open.get(link('a'))?.slots.values() ?? [])]
    expect(slots).toContainEqual({
      linkId: trunkLink,
      source: 'camera',
      mid: trunkMid(occupant('c'), 'camera', 2),
    })
  })

  it('H3 a mute far away is obeyed here in the same step, before anything starts', () => {
    const bench = atR()
    prove(bench)
    const muted = viewOf('c', [{ source: 'camera', mutedBy: 'host' }, ...live('microphone')])
    const effects = patch(bench, { changed: [muted] })
    const [first] = commandsOf(effects, trunkLink)
    expect(first).toMatchObject({
      type: 'set-trunk',
      incoming: expect.arrayContaining([
        { mid: trunkMid(occupant('c'), 'camera', 2), source: 'camera', isForwarded: false },
      ]),
    })
  })

  it('R6 who leaves is gone from trunk and slots in one step', () => {
    const bench = atR()
    prove(bench)
    const effects = patch(bench, { left: [occupant('c')] })
    expect(carried(effects)?.incoming).toEqual(mids('b', 1))
    expect(saidTo(effects, 'a').join()).not.toContain(occupant('c'))
  })

  it('CH3 by the former route all goes on for a moment: the far end may not have heard of the next one', () => {
    const bench = atR()
    prove(bench)
    // Bo and Cy come to r: nothing has to come here any more.
    const home = { ...line({ [occupant('b')]: r, [occupant('c')]: r }), epoch: 4 }
    expect(carried(patch(bench, { route: home }))?.incoming).toEqual([...mids('b', 1), ...mids('c', 2)])
    const { untilMs = 0 } = bench.state.former ?? {}
    expect(untilMs).toBe(bench.atMs + limits.formerRouteMs)
    expect(relayRoomDeadline(bench.state)).toBeLessThanOrEqual(untilMs)
    bench.atMs = untilMs
    const ended = bench.take({ type: 'timer' })
    expect(carried(ended)).toMatchObject({ incoming: [] })
    expect(bench.state.former).toBeNull()
  })

  it('CH3 also over the trunk to a relay that the room has let go, without a word of it', () => {
    const bench = atR()
    prove(bench)
    const alone: Route = { kind: 'relayed', epoch: 4, relays: [{ relayId: r, region: 'r' }] }
    expect(carried(patch(bench, { route: alone }))).toBeNull()
    expect(bench.links('a')).not.toContainEqual({ type: 'close-link', linkId: trunkLink })
    expect(bench.open.has(trunkLink)).toBe(true)
    expect(typesOf(bench.take({ type: 'link-lost', linkId: trunkLink }))).not.toContain('send link-failed')
    const again = atR()
    prove(again)
    patch(again, { route: alone })
    again.links('a')
    again.atMs = again.state.former?.untilMs ?? 0
    expect(again.take({ type: 'timer' })).toContainEqual({ type: 'close-link', linkId: trunkLink })
    expect(again.state.trunks).toEqual([])
  })

  it('R4 a ring that was wired wrongly brings nobody twice', () => {
    const ring = line()
    if (ring.kind === 'mesh') throw new Error('a tree')
    const route: Route = {
      ...ring,
      relays: ring.relays.map((one) => (one.relayId === r ? { ...one, parentId: t } : one)),
    }
    const bench = atR(route)
    // Cy comes by the trunk from t, which is one hop, and so not by the one from s.
    expect(carried(prove(bench))?.incoming).toEqual(mids('b', 1))
  })
})

describe('CH1 who moves to another home', () => {
  it('and has closed the link they had here is shown by the trunk that is prepared, though the word of the move is late', () => {
    const bench = atR(line({ [occupant('b')]: r }))
    list(bench, ['a', 'b'], true)
    bench.admit('b')
    prove(bench)
    const revision = (bench.state.snapshot?.revision ?? 0) + 1
    const migration = { ...line(), epoch: 4 }
    bench.hear({ type: 'room-changed', patch: { revision, changed: [], left: [], migration } })
    const slots = () => [...(bench.open.get(link('a'))?.slots.values() ?? [])]
    expect(slots()).toContainEqual({ linkId: link('b'), source: 'camera' })
    bench.take({ type: 'link-lost', linkId: link('b') })
    expect(slots()).toContainEqual({
      linkId: trunkLink,
      source: 'camera',
      mid: trunkMid(occupant('b'), 'camera', 1),
    })
  })

  it('is served here until the room says otherwise, then by the trunk, without a break', () => {
    const bench = atR(line({ [occupant('b')]: r }))
    list(bench, ['a', 'b'], true)
    bench.admit('b')
    prove(bench)
    expect([...(bench.open.get(link('a'))?.slots.values() ?? [])]).toContainEqual({
      linkId: link('b'),
      source: 'camera',
    })
    const effects = patch(bench, { route: { ...line(), epoch: 4 } })
    expect(commandsOf(effects, link('a'))).toContainEqual(
      expect.objectContaining({
        type: 'set-slot',
        isSuccessor: true,
        publication: { linkId: trunkLink, source: 'camera', mid: trunkMid(occupant('b'), 'camera', 1) },
      }),
    )
    // The room lists the link no more; it goes on for a moment.
    expect(list(bench, ['a'], true)).not.toContainEqual({ type: 'close-link', linkId: link('b') })
    bench.atMs += relayLimits.movedLinkMs
    expect(bench.take({ type: 'timer' })).toContainEqual({ type: 'close-link', linkId: link('b') })
  })

  it('is kept for a moment by a relay, too, that has no part in the new tree', () => {
    const bench = atR()
    prove(bench)
    patch(bench, { route: { kind: 'relayed', epoch: 4, relays: [{ relayId: s, region: 's' }] } })
    expect(list(bench, [], true)).not.toContainEqual({ type: 'close-link', linkId: link('a') })
    bench.atMs += relayLimits.movedLinkMs
    expect(bench.take({ type: 'timer' })).toContainEqual({ type: 'close-link', linkId: link('a') })
  })

  it('who is sent away is not kept for a moment', () => {
    const bench = atR(line({ [occupant('b')]: r }))
    list(bench, ['a', 'b'], true)
    bench.admit('b')
    patch(bench, { left: [occupant('b')] })
    expect(list(bench, ['a'], true)).toContainEqual({ type: 'close-link', linkId: link('b') })
  })
})

it('H1 who speaks far away is heard of here', () => {
  const bench = atR()
  prove(bench)
  bench.atMs = relayLimits.speakersEveryMs
  const effects = bench.take({
    type: 'speakers-changed',
    speakers: [{ linkId: trunkLink, mid: trunkMid(occupant('c'), 'microphone', 2) }],
  })
  expect(saidTo(effects, 'a')).toEqual([JSON.stringify({ speakers: [occupant('c')] })])
})

/** Welcomed, with nobody's link yet. */
class RoomBenchOf extends RoomBench {
  constructor() {
    super()
    this.take({ type: 'summoned', secret: secret('s') })
    this.hear({
      type: 'relay-welcome',
      snapshot: { ...snapshotOf(...everyone), route: line() },
      resumeToken: secret('t'),
    })
  }
}
