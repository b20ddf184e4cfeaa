import { closeCodes } from '@video-room/shared/errors.ts'
import { describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { relayRoomDeadline } from './relay-room.ts'
import {
  factsOf,
  fingerprint,
  link,
  live,
  occupant,
  RoomBench,
  saidTo,
  secret,
  snapshotOf,
  typesOf,
  viewOf,
} from './testing/room-bench.ts'

const both = () => new RoomBench().welcome(viewOf('a', live('microphone', 'camera')), viewOf('b'))
const failedOf = (letter: string, generation = 1) => ({
  type: 'send',
  attempt: 1,
  message: { type: 'link-failed', to: occupant(letter), generation },
})

describe('the way to the room', () => {
  it('RG4 a summon opens a socket with its secret, the welcome’s token opens the next', () => {
    const bench = new RoomBench()
    expect(bench.take({ type: 'summoned', secret: secret('x') })).toEqual([
      { type: 'open-socket', attempt: 1, token: secret('x') },
    ])
    bench.hear({ type: 'relay-welcome', snapshot: snapshotOf(), resumeToken: secret('y') })
    expect(bench.take({ type: 'socket-lost', attempt: 1, code: 1006 })).toEqual([])
    bench.atMs = relayRoomDeadline(bench.state) ?? Number.NaN
    expect(bench.take({ type: 'timer' })).toEqual([{ type: 'open-socket', attempt: 2, token: secret('y') }])
  })

  it('a socket that does not get its welcome in time is given up for another one', () => {
    const bench = new RoomBench()
    bench.take({ type: 'summoned', secret: secret('x') })
    bench.atMs = relayLimits.roomSocketOpenMs
    expect(typesOf(bench.take({ type: 'timer' }))).toEqual(['close-socket'])
  })

  it('SN2 a patch that does not fit is answered by a new socket, and media goes on', () => {
    const bench = both()
    bench.admit('a')
    const patch = { revision: 99, changed: [], left: [] }
    expect(typesOf(bench.hear({ type: 'room-changed', patch }))).toEqual(['close-socket'])
    expect(bench.open.get(link('a'))?.admitted).toBe(true)
    bench.atMs = relayRoomDeadline(bench.state) ?? Number.NaN
    expect(typesOf(bench.take({ type: 'timer' }))).toEqual(['open-socket'])
    const views = [viewOf('a', live('microphone')), viewOf('b')]
    const welcomed = bench.hear({
      type: 'relay-welcome',
      snapshot: snapshotOf(...views),
      resumeToken: secret('u'),
    })
    // The camera went away while nobody listened.
    expect(bench.open.get(link('a'))?.forwarded).toEqual(new Set(['microphone']))
    expect(typesOf(welcomed)).not.toContain('close-link')
    expect(typesOf(bench.links('a', 'b'))).toEqual([])
  })

  it('an older socket says nothing any more', () => {
    const bench = both()
    bench.take({ type: 'summoned', secret: secret('z') })
    expect(bench.take({ type: 'socket-lost', attempt: 1, code: closeCodes.room_ended })).toEqual([])
    expect(bench.state.connection.kind).toBe('opening')
  })

  it('the room is lost: its media goes on for a while, then all of it is freed', () => {
    const bench = both()
    bench.admit('a')
    bench.take({ type: 'socket-lost', attempt: 1, code: 1006 })
    for (let guard = 0; bench.atMs < relayLimits.roomLostMs; guard += 1) {
      expect(bench.open.get(link('a'))?.admitted).toBe(true)
      expect(guard).toBeLessThan(100)
      bench.atMs = relayRoomDeadline(bench.state) ?? Number.NaN
      const effects = bench.take({ type: 'timer' })
      const { attempt } = bench.state
      if (typesOf(effects).includes('open-socket')) {
        bench.take({ type: 'socket-lost', attempt, code: 1006 })
      }
    }
    expect(bench.open.size).toBe(0)
    expect(bench.state.connection).toEqual({ kind: 'ended', why: 'unreachable' })
    expect(relayRoomDeadline(bench.state)).toBeNull()
  })

  it('MD6 the room ended: everything of it is freed at once, and then forgotten', () => {
    const bench = both()
    bench.admit('a')
    const effects = bench.take({ type: 'socket-lost', attempt: 1, code: closeCodes.room_ended })
    expect(typesOf(effects)).toEqual(['close-link', 'close-link', 'forget-room'])
    expect(bench.open.size).toBe(0)
    expect(bench.take({ type: 'summoned', secret: secret('z') })).toEqual([])
  })

  describe.each([
    ['dismissed', 1000],
    ['SK6 not known any more', closeCodes.unauthorised],
  ])('RT3 %s', (_what, code) => {
    it('what is admitted lasts until the links that follow stand', () => {
      const bench = both()
      bench.admit('a')
      expect(typesOf(bench.take({ type: 'socket-lost', attempt: 1, code }))).toEqual(['close-link'])
      expect(bench.open.get(link('a'))?.forwarded).toEqual(new Set(['microphone', 'camera']))
      expect(relayRoomDeadline(bench.state)).toBe(relayLimits.roomLingerMs)
      const effects = bench.take({ type: 'link-lost', linkId: link('a') })
      expect(typesOf(effects)).toEqual(['close-link', 'forget-room'])
    })

    it('and not for long', () => {
      const bench = both()
      bench.admit('a')
      bench.take({ type: 'socket-lost', attempt: 1, code })
      bench.atMs = relayLimits.roomLingerMs
      expect(typesOf(bench.take({ type: 'timer' }))).toEqual(['close-link', 'forget-room'])
      expect(bench.state.connection).toEqual({ kind: 'ended', why: 'ended' })
    })

    it('a room that comes back meanwhile is served again', () => {
      const bench = both()
      bench.admit('a')
      bench.take({ type: 'socket-lost', attempt: 1, code })
      expect(typesOf(bench.take({ type: 'summoned', secret: secret('z') }))).toEqual(['open-socket'])
      const snapshot = snapshotOf(viewOf('a'))
      bench.hear({ type: 'relay-welcome', snapshot, resumeToken: secret('t') })
      const served = { occupantId: occupant('a'), linkId: link('e'), generation: 5 }
      const effects = bench.hear({ type: 'relay-links', links: [served] })
      expect(typesOf(effects).slice(0, 2)).toEqual(['close-link', 'open-link'])
    })

    it('without anyone admitted it is forgotten at once', () => {
      const effects = both().take({ type: 'socket-lost', attempt: 1, code })
      expect(typesOf(effects)).toEqual(['close-link', 'close-link', 'forget-room'])
    })
  })

  it('RG4 another summon means that the room lost us: the new secret opens, media goes on', () => {
    const bench = both()
    bench.admit('a')
    const effects = bench.take({ type: 'summoned', secret: secret('z') })
    expect(effects).toEqual([
      { type: 'close-socket', attempt: 1 },
      { type: 'open-socket', attempt: 2, token: secret('z') },
    ])
    expect(bench.open.get(link('a'))?.admitted).toBe(true)
  })
})

describe('admission', () => {
  it.each(['facts first', 'certificate first'])('RL6 admits when both fit, %s', (order) => {
    const bench = both()
    const say = () => bench.signal('a', { facts: factsOf('AB') })
    const prove = () =>
      bench.take({ type: 'link-secured', linkId: link('a'), fingerprint: fingerprint('AB') })
    for (const act of order === 'facts first' ? [say, prove] : [prove, say]) {
      expect(bench.open.get(link('a'))?.admitted).toBe(false)
      expect(bench.open.get(link('a'))?.forwarded).toEqual(new Set())
      act()
    }
    expect(bench.open.get(link('a'))?.admitted).toBe(true)
    expect(bench.open.get(link('a'))?.forwarded).toEqual(new Set(['microphone', 'camera']))
  })

  it('RL6 another certificate than the described one: closed, and the room hears of it', () => {
    const bench = both()
    bench.signal('a', { facts: factsOf('AB') })
    const effects = bench.take({ type: 'link-secured', linkId: link('a'), fingerprint: fingerprint('CD') })
    expect(effects).toEqual([{ type: 'close-link', linkId: link('a') }, failedOf('a')])
  })

  it('RL6 facts that name another certificate later end an admitted link', () => {
    const bench = both()
    bench.admit('a')
    expect(bench.signal('a', { facts: factsOf('CD') })).toContainEqual(failedOf('a'))
    expect(bench.open.has(link('a'))).toBe(false)
  })

  it('RL1 facts of another generation, or of someone else, change nothing', () => {
    const bench = both()
    expect(bench.signal('a', { facts: factsOf('AB') }, 2)).toEqual([])
    expect(bench.signal('c', { facts: factsOf('AB') })).toEqual([])
  })

  it('what is no signal of this protocol is ignored', () => {
    const bench = both()
    const message = { type: 'signal', from: occupant('a'), generation: 1, payload: '{"facts":7}' } as const
    expect(bench.hear(message)).toEqual([])
  })

  it('MD5 who left the snapshot gets nothing more, though the list still names them', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    bench.patch([], [occupant('b')])
    expect(bench.open.get(link('b'))?.admitted).toBe(false)
  })

  it('a link that is not admitted in time has failed; the time runs only while its occupant is there', () => {
    const bench = new RoomBench().welcome(viewOf('a'), { ...viewOf('b'), isPresent: false })
    bench.atMs = relayLimits.linkUpMs
    expect(bench.take({ type: 'timer' })).toEqual([{ type: 'close-link', linkId: link('a') }, failedOf('a')])
    bench.patch([viewOf('b')])
    bench.atMs += relayLimits.linkUpMs - 1
    expect(bench.take({ type: 'timer' })).toEqual([])
    bench.atMs += 1
    expect(bench.take({ type: 'timer' })).toEqual([{ type: 'close-link', linkId: link('b') }, failedOf('b')])
  })

  it('LK5 a lost link is told once on each socket, and a new generation opens anew', () => {
    const bench = both()
    bench.admit('a')
    expect(bench.take({ type: 'link-lost', linkId: link('a') })).toContainEqual(failedOf('a'))
    expect(typesOf(bench.links('a', 'b'))).toEqual([])
    const again = { occupantId: occupant('a'), linkId: link('a'), generation: 2 }
    const effects = bench.hear({ type: 'relay-links', links: [again] })
    expect(typesOf(effects).slice(0, 2)).toEqual(['close-link', 'open-link'])
    expect(effects[1]).toEqual({ type: 'open-link', linkId: link('a') })
    expect(bench.open.get(link('a'))?.admitted).toBe(false)
  })

  it('LK5 a failure while the room was away is told when it is back', () => {
    const bench = both()
    bench.take({ type: 'socket-lost', attempt: 1, code: 1006 })
    expect(typesOf(bench.take({ type: 'link-lost', linkId: link('a') }))).toEqual(['close-link'])
    bench.take({ type: 'summoned', secret: secret('z') })
    const snapshot = snapshotOf(viewOf('a'), viewOf('b'))
    const effects = bench.hear({ type: 'relay-welcome', snapshot, resumeToken: secret('t') })
    expect(effects).toContainEqual({ ...failedOf('a'), attempt: 2 })
  })
})

describe('the gate', () => {
  it('RL9 MD2 a mute is obeyed in the step that brings it, before anything else', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    const muted = viewOf('a', [{ source: 'microphone', mutedBy: 'host' }, ...live('camera')])
    expect(bench.patch([muted])[0]).toEqual({
      type: 'command-link',
      linkId: link('a'),
      command: { type: 'set-forwarded', source: 'microphone', isForwarded: false },
    })
    expect(bench.open.get(link('a'))?.forwarded).toEqual(new Set(['camera']))
    // It keeps its slot: nothing is said, and un-mute is one order.
    const effects = bench.patch([viewOf('a', live('microphone', 'camera'))])
    expect(typesOf(effects)).toEqual(['set-forwarded'])
  })

  it('RL9 what nobody publishes is not forwarded', () => {
    const bench = both()
    bench.admit('b')
    expect(bench.open.get(link('b'))?.forwarded).toEqual(new Set())
    bench.patch([viewOf('b', live('screen'))])
    expect(bench.open.get(link('b'))?.forwarded).toEqual(new Set(['screen']))
  })
})

describe('slots', () => {
  it('RL7 points slots at the others’ publications and says so, once', () => {
    const bench = both()
    bench.admit('a')
    const effects = bench.admit('b')
    expect(bench.open.get(link('b'))?.slots).toEqual(
      new Map([
        [4, { linkId: link('a'), source: 'microphone' }],
        [7, { linkId: link('a'), source: 'camera' }],
      ]),
    )
    expect(bench.open.get(link('b'))?.wants).toEqual(new Map([[7, relayLimits.modestWidthPx]]))
    const slots = [
      { mid: '4', occupantId: occupant('a'), source: 'microphone' },
      { mid: '7', occupantId: occupant('a'), source: 'camera' },
    ]
    expect(saidTo(effects, 'b')).toEqual([JSON.stringify({ slots })])
    expect(saidTo(effects, 'a')).toEqual([])
    expect(bench.open.get(link('a'))?.slots.size).toBe(0)
  })

  it('RL8 wants choose widths; a sound that nobody wants is not sent', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    bench.signal('b', { wants: [{ occupantId: occupant('a'), source: 'camera', widthPx: 1_280 }] })
    expect(bench.open.get(link('b'))?.wants.get(7)).toBe(1_280)
    expect(bench.open.get(link('b'))?.slots.has(4)).toBe(false)
    bench.signal('b', { wants: [{ occupantId: occupant('a'), source: 'microphone', widthPx: 0 }] })
    expect(bench.open.get(link('b'))?.wants.get(7)).toBe(0)
    expect(bench.open.get(link('b'))?.slots.get(4)).toEqual({ linkId: link('a'), source: 'microphone' })
  })

  it('RL7 slots are emptied before the link they pointed at is closed', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    const effects = bench.links('b')
    expect(typesOf(effects)).toEqual(['set-slot', 'set-slot', 'close-link', 'send signal'])
    expect(saidTo(effects, 'b')).toEqual(['{"slots":[]}'])
  })

  it('RL7 a link that is remade comes back into the same slots', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    bench.take({ type: 'link-lost', linkId: link('a') })
    expect(bench.open.get(link('b'))?.slots.size).toBe(0)
    const remade = { occupantId: occupant('a'), linkId: link('c'), generation: 2 }
    const kept = { occupantId: occupant('b'), linkId: link('b'), generation: 1 }
    const effects = bench.hear({ type: 'relay-links', links: [remade, kept] })
    expect(bench.open.get(link('b'))?.slots.get(7)).toEqual({ linkId: link('c'), source: 'camera' })
    expect(saidTo(effects, 'b')).toEqual([])
  })

  it('RL8 wants that are said again tell of a new socket: the list is said again, too', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    const wants = [{ occupantId: occupant('a'), source: 'camera', widthPx: 320 }] as const
    expect(saidTo(bench.signal('b', { wants: [...wants] }), 'b')).toEqual([])
    expect(saidTo(bench.signal('b', { wants: [...wants] }), 'b')).toContainEqual(
      expect.stringContaining('"slots":[{'),
    )
    expect(saidTo(bench.signal('b', { wants: [{ ...wants[0], widthPx: 640 }] }), 'b')).toEqual([])
  })

  it('RL7 who was away hears the list again; who says new facts, too', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    bench.patch([{ ...viewOf('b'), isPresent: false }])
    expect(saidTo(bench.patch([viewOf('a', live('camera'))]), 'b')).toEqual([])
    const slots = [{ mid: '7', occupantId: occupant('a'), source: 'camera' }]
    expect(saidTo(bench.patch([viewOf('b')]), 'b')).toContain(JSON.stringify({ slots }))
    expect(saidTo(bench.signal('b', { facts: factsOf('AB', 4) }), 'b')).toHaveLength(1)
  })
})

describe('speakers', () => {
  it('RL8 tells everyone who speaks above the others, when that changes and not too often', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    bench.atMs = 1_000
    const loud = (...linkIds: readonly string[]) =>
      bench.take({ type: 'speakers-changed', speakers: linkIds.map((one) => ({ linkId: link(one) })) })
    const said = JSON.stringify({ speakers: [occupant('a')] })
    // Links of other rooms, and occupants whose microphone is not live, are no speakers here.
    const first = loud('f', 'a', 'b')
    expect([saidTo(first, 'a'), saidTo(first, 'b')]).toEqual([[said], [said]])
    expect(loud('a')).toEqual([])
    // Pauses, and others who speak below the first one, wake nobody.
    expect(loud()).toEqual([])
    bench.patch([viewOf('b', live('microphone'))])
    expect([loud('a', 'b'), loud('b', 'a'), loud('a', 'b'), loud()]).toEqual([[], [], [], []])
    expect(relayRoomDeadline(bench.state)).toBeNull()
    expect(loud('b')).toEqual([])
    bench.atMs = relayRoomDeadline(bench.state) ?? Number.NaN
    expect(bench.atMs).toBe(1_000 + relayLimits.speakersEveryMs)
    const next = JSON.stringify({ speakers: [occupant('b')] })
    expect(saidTo(bench.take({ type: 'timer' }), 'a')).toEqual([next])
    bench.atMs += 60_000
    expect(loud()).toEqual([])
    expect(relayRoomDeadline(bench.state)).toBeNull()
  })

  it('RL9 a muted speaker falls silent for everyone', () => {
    const bench = both()
    bench.admit('a')
    bench.admit('b')
    bench.take({ type: 'speakers-changed', speakers: [{ linkId: link('a') }] })
    bench.atMs = 1_000
    const muted = viewOf('a', [{ source: 'microphone', mutedBy: 'self' }, ...live('camera')])
    expect(saidTo(bench.patch([muted]), 'b')).toEqual(['{"speakers":[]}'])
    bench.take({ type: 'speakers-changed', speakers: [] })
    bench.atMs = 5_000
    expect(saidTo(bench.patch([viewOf('a', live('microphone', 'camera'))]), 'b')).toEqual([])
  })
})

describe('draining', () => {
  it('RG2 says leave, serves on, and is done when nobody uses it', () => {
    const bench = both()
    bench.admit('a')
    expect(typesOf(bench.take({ type: 'leave' }))).toEqual(['send leave'])
    expect(bench.open.get(link('a'))?.admitted).toBe(true)
    expect(typesOf(bench.links())).toEqual(['close-link', 'close-link', 'close-socket', 'forget-room'])
    expect(bench.state.connection).toEqual({ kind: 'ended', why: 'left' })
  })

  it('RG2 a room that is away hears it when it is back', () => {
    const bench = both()
    bench.take({ type: 'socket-lost', attempt: 1, code: 1006 })
    expect(bench.take({ type: 'leave' })).toEqual([])
    bench.take({ type: 'summoned', secret: secret('z') })
    const snapshot = snapshotOf(viewOf('a'), viewOf('b'))
    const effects = bench.hear({ type: 'relay-welcome', snapshot, resumeToken: secret('t') })
    expect(typesOf(effects)).toEqual(['send leave'])
  })

  it('stop closes links and socket', () => {
    const bench = both()
    expect(typesOf(bench.take({ type: 'stop' }))).toEqual([
      'close-socket',
      'close-link',
      'close-link',
      'forget-room',
    ])
  })
})
