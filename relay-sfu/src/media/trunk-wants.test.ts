import { describe, expect, test } from 'vitest'
import { readWants } from '../wire/rtcp-want.ts'
import { relayLimits } from '../limits.ts'
import { Counters } from './counters.ts'
import { trunkBounds } from './link-bounds.ts'
import { LinkSender } from './link-sender.ts'
import { Publication, type Subscriber } from './publication.ts'
import { RoundTrip } from './round-trip.ts'
import { trunkSection } from './trunk-profile.ts'
import { HeardWants, ToldWants, TrunkSource } from './trunk-wants.ts'

describe('what the far end wants', () => {
  test('only another mask is news', () => {
    const wants = new HeardWants()
    expect([1, 1, 3].map((mask, at) => wants.note('1cA', mask, at))).toEqual([true, false, true])
    expect([wants.maskOf('1cA'), wants.maskOf('1cB')]).toEqual([3, 0])
  })

  test('CH7 holds for three seconds after it was said last', () => {
    const wants = new HeardWants()
    wants.note('1cA', 1, 0)
    wants.note('1cA', 1, 500)
    wants.forgetOld(3_499)
    expect(wants.maskOf('1cA')).toBe(1)
    wants.forgetOld(3_500)
    expect(wants.maskOf('1cA')).toBe(0)
  })

  test('is remembered of so many publications only, known ones in any case', () => {
    const wants = new HeardWants()
    for (let at = 0; at < 1_000; at += 1) wants.note(`1c${at}`, 1, 0)
    expect(wants.maskOf(`1c${relayLimits.trunkWantsMax - 1}`)).toBe(1)
    expect(wants.maskOf(`1c${relayLimits.trunkWantsMax}`)).toBe(0)
    expect(wants.note('1c0', 2, 1)).toBe(true)
  })
})

/** Sources with a subscriber each, and what was told of them, one list for each packet. */
function bench(count: number) {
  const packets: string[][] = []
  const srtp = {
    protectRtp: (_bytes: Uint8Array, length: number) => length,
    protectRtcp: (_bytes: Uint8Array, length: number) => length,
    unprotectRtp: (_bytes: Uint8Array, length: number) => length,
    unprotectRtcp: (_bytes: Uint8Array, length: number) => length,
  }
  const ports = {
    acquire: () => new Uint8Array(1_500),
    queue: (bytes: Uint8Array, length: number) => {
      const said: string[] = []
      expect(readWants(bytes, 0, length, (mid, mask) => said.push(`${mid} ${mask}`))).toBe(true)
      expect(length).toBeLessThanOrEqual(1_200)
      packets.push(said)
    },
    release: () => undefined,
    makeSrtp: () => srtp,
    random32: () => 0,
    wallClockMs: (nowMs: number) => nowMs,
    emit: () => undefined,
  }
  const sender = new LinkSender(0, ports, new Counters(), new RoundTrip(), trunkBounds)
  sender.srtp = srtp
  sender.isAdmitted = true
  const masks: number[] = []
  const sources = Array.from({ length: count }, (_, at) => {
    const section = trunkSection(`1c${String(at).padStart(14, '0')}`, 'camera', 'send')
    const [codec] = section.codecs
    if (!codec) throw new Error('a section has a codec')
    const publication = new Publication(0, 'camera', section, codec, true, true)
    masks.push(0)
    publication.add({
      get wantedLayers() {
        return masks[at] ?? 0
      },
    } as Subscriber)
    return new TrunkSource(publication)
  })
  return { packets, sender, masks, sources }
}

describe('what the far end is told', () => {
  test('CH7 a change at once, everything every half second', () => {
    const { packets, sender, masks, sources } = bench(2)
    const told = new ToldWants()
    told.tell(sources, sender, 0)
    expect(packets).toEqual([['1c00000000000000 0', '1c00000000000001 0']])
    masks[1] = 5
    told.tell(sources, sender, 100)
    told.tell(sources, sender, 200)
    expect(packets.slice(1)).toEqual([['1c00000000000001 5']])
    told.tell(sources, sender, 500)
    expect(packets.slice(2)).toEqual([['1c00000000000000 0', '1c00000000000001 5']])
  })

  test('a room of any size in packets that fit every path, each publication once', () => {
    const { packets, sender, sources } = bench(200)
    new ToldWants().tell(sources, sender, 0)
    expect(packets.map((said) => said.length)).toEqual([66, 66, 66, 2])
    expect(new Set(packets.flat()).size).toBe(200)
  })

  test('nothing before the trunk is open, and everything when it is', () => {
    const { packets, sender, sources } = bench(1)
    const told = new ToldWants()
    sender.isAdmitted = false
    told.tell(sources, sender, 0)
    expect(packets).toEqual([])
    sender.isAdmitted = true
    told.tell(sources, sender, 10)
    expect(packets).toHaveLength(1)
  })
})
