import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sources } from '@video-room/shared/source.ts'
import { fullSections } from './testing/facts.ts'
import { LossyPath, goodPath } from './testing/lossy-path.ts'
import { RelayChain } from './testing/relay-chain.ts'
import { RelayRoom } from './testing/relay-room.ts'
import { trunkMid } from './trunk-profile.ts'

const videoSlot = 5

/** "WANT". */
const want = [0x57, 0x41, 0x4e, 0x54]

describe('hostile input', () => {
  /** Headers that look right, so that the bytes get far. */
  const bytes = fc
    .tuple(
      fc.constantFrom(0x80, 0x90, 0xb0, 0x9f, 0xa0, 0x81),
      fc.constantFrom(96, 97, 111, 96 | 0x80, 200, 201, 202, 203, 205, 206, 79),
      fc.uint8Array({ maxLength: 300 }),
    )
    .map(([first, second, rest]) => Uint8Array.of(first, second, ...rest))

  test('whatever an admitted link sends, nothing throws and no slot is lost', () => {
    const room = new RelayRoom()
    const a = room.enter(0)
    const b = room.enter(1)
    room.show(b, videoSlot, a, 'camera')
    room.run(300)
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 20 }), (packets) => {
        for (const packet of packets) room.engine.receive(0, packet.slice(), packet.length, room.nowMs)
        room.run(1)
        expect(room.heldSlots).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('nor whatever another relay sends', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.watch(1)
    chain.show(b, videoSlot, a, 'camera')
    chain.run(300)
    const mid = [...trunkMid(a.occupantId, 'camera', 1)].map((letter) => letter.charCodeAt(0))
    /** Packets that say whose they are, and wants. */
    const named = fc
      .tuple(fc.constantFrom(96, 97, 98, 102, 103, 45, 111), fc.nat(3), fc.uint8Array({ maxLength: 100 }))
      .map(([type, ssrc, rest]) => {
        const header = [0x90, type, 0, 1, 0, 0, 0, 0, 0, 0, 0, ssrc]
        return Uint8Array.from([...header, 0xbe, 0xde, 0, 5, 0x1f, ...mid, 0x20, 0x66, 0, ...rest])
      })
    const wants = fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 40 })).map(([mask, rest]) => {
      const entries = [mask, mid.length, ...mid, ...rest]
      while (entries.length % 4 !== 0) entries.push(0)
      return Uint8Array.from([0x80, 204, 0, entries.length / 4 + 2, 0, 0, 0, 1, ...want, ...entries])
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(bytes, named, wants), { maxLength: 20 }), (packets) => {
        for (const packet of packets) {
          for (const [relay, link] of [
            [0, 101],
            [1, 100],
          ] as const) {
            chain.relay(relay).engine.receive(link, packet.slice(), packet.length, chain.nowMs)
          }
        }
        chain.run(1)
        expect(chain.relays.map(({ heldSlots }) => heldSlots)).toEqual([0, 0])
      }),
      { numRuns: 200 },
    )
  })

  test('a single bit that flips on the way breaks one packet at most', () => {
    const room = new RelayRoom(2)
    const a = room.enter(0)
    const b = room.enter(1)
    room.show(b, videoSlot, a, 'camera')
    const receive = room.engine.receive.bind(room.engine)
    room.engine.receive = (link, packet, length, nowMs) => {
      const at = Math.floor(room.random() * length)
      packet[at] = (packet[at] ?? 0) ^ (1 << Math.floor(room.random() * 8))
      receive(link, packet, length, nowMs)
    }
    room.run(1_000)
    expect(room.heldSlots).toBe(0)
    expect(room.report().forwardedPackets).toBeGreaterThan(0)
  })
})

describe('commands in any order', () => {
  /** Four occupants’ links and the ends of a trunk that leads back to the relay itself. */
  const link = fc.nat(5)
  const slot = fc.nat(9)
  const source = fc.constantFrom(...sources)
  const mid = fc.constantFrom('1cA', '1mA', '2cA')
  const command = fc.oneof(
    fc.record({ type: fc.constant('open-link' as const), link }),
    fc.record({ type: fc.constant('open-link' as const), link, isTrunk: fc.constant(true as const) }),
    fc.record({
      type: fc.constant('set-trunk' as const),
      link,
      incoming: fc.array(fc.record({ mid, source, isForwarded: fc.boolean() }), { maxLength: 4 }),
      outgoing: fc.array(
        fc.record({ mid, source, publication: fc.option(fc.record({ link, source, mid })) }),
        { maxLength: 4 },
      ),
    }),
    fc.record({ type: fc.constant('close-link' as const), link }),
    fc.record({ type: fc.constant('set-admitted' as const), link, isAdmitted: fc.boolean() }),
    fc.record({ type: fc.constant('set-forwarded' as const), link, source, isForwarded: fc.boolean() }),
    fc.record({
      type: fc.constant('set-sections' as const),
      link,
      sections: fc.constantFrom(fullSections(), fullSections(['video', 'audio', 'video']), []),
    }),
    fc.record({
      type: fc.constant('set-slot' as const),
      link,
      slot,
      publication: fc.option(fc.record({ link, source, mid })),
    }),
    fc.record({
      type: fc.constant('set-want' as const),
      link,
      slot,
      widthPx: fc.constantFrom(0, 200, 2_000),
    }),
  )

  test('media flows on around them, and closing everything leaves nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(command, fc.nat(40)), { maxLength: 60 }),
        fc.nat(1_000),
        (commands, seed) => {
          const room = new RelayRoom(seed)
          for (let index = 0; index < 4; index += 1) room.enter(index)
          for (const [one, other] of [
            [4, 5],
            [5, 4],
          ] as const) {
            const path = new LossyPath(goodPath, room.random, (packet, nowMs) => {
              room.engine.receive(other, packet, packet.length, nowMs)
            })
            room.openTrunk(one, path)
          }
          for (const [one, waitMs] of commands) {
            room.command(one)
            room.run(waitMs)
          }
          expect(room.heldSlots).toBe(0)
          for (let index = 0; index < 6; index += 1) room.command({ type: 'close-link', link: index })
          expect(room.report()).toMatchObject({ links: 0, publications: 0, filledSlots: 0 })
          expect(room.engine.nextDeadlineMs()).toBe(Infinity)
        },
      ),
      { numRuns: 20 },
    )
  })
})
