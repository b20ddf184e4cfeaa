import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type OfferFacts, offerFactsSchema, type SectionFacts } from './facts.ts'
import { factsOf, type VideoChoice } from './facts-of.ts'
import { recordedNames, recordedOffer } from './testing/offers.ts'

function facts(text: string, choice: VideoChoice = 'auto'): OfferFacts {
  const result = factsOf(text, choice)
  if (!result.ok) throw new Error(result.code)
  return result.value
}
const section = (text: string, index: number, choice?: VideoChoice): SectionFacts => {
  const found = facts(text, choice).sections[index]
  if (found === undefined) throw new Error('no such section')
  return found
}
/** The recorded text with one section changed. */
function changed(text: string, index: number, change: (section: string) => string): string {
  const [session = '', ...sections] = text.split(/^(?=m=)/m)
  return session + sections.map((each, at) => (at === index ? change(each) : each)).join('')
}
const chromium = recordedOffer('chromium')
const firefox = recordedOffer('firefox')
const refused = { direction: 'refused', source: null, codecs: [], extensions: {}, rids: [] }

describe('the facts of an offer', () => {
  it.each(recordedNames)('RL6 of %s are what a relay accepts, in a tenth of the size', (name) => {
    const text = recordedOffer(name)
    const found = facts(text)
    expect(v.parse(offerFactsSchema, found)).toEqual(found)
    expect(JSON.stringify(found).length).toBeLessThan(Math.max(text.length / 4, 1_400))
  })

  it.each([
    ['chromium', chromium],
    ['firefox', firefox],
  ])('RL7 name four sections to send, then slots (%s)', (_name, text) => {
    expect(facts(text).sections.map(({ mid, direction, source }) => [mid, direction, source])).toEqual([
      ['0', 'send', 'microphone'],
      ['1', 'send', 'camera'],
      ['2', 'send', 'screen'],
      ['3', 'send', 'screen-audio'],
      ...['4', '5', '6', '7', '8', '9'].map((mid) => [mid, 'receive', null]),
    ])
  })

  it("have the offer's own numbers", () => {
    expect(section(chromium, 0)).toMatchObject({
      codecs: [{ name: 'opus', payloadType: 111, rtxPayloadType: null }],
      extensions: { mid: 4, 'audio-level': 1, 'transport-wide-cc': 3 },
      rids: [],
    })
    expect(section(chromium, 1)).toMatchObject({
      codecs: [{ name: 'vp8', payloadType: 96, rtxPayloadType: 97 }],
      extensions: { mid: 4, rid: 10, 'repaired-rid': 11, 'transport-wide-cc': 3 },
      rids: ['f', 'h', 'q'],
    })
    expect(section(firefox, 1)).toMatchObject({
      codecs: [{ name: 'vp8', payloadType: 120, rtxPayloadType: 124 }],
      extensions: { mid: 3, rid: 9, 'repaired-rid': 10, 'transport-wide-cc': 7 },
      rids: ['f', 'h', 'q'],
    })
  })

  it('leave layer extensions out where there are no layers', () => {
    expect(section(chromium, 2).extensions).toEqual({ mid: 4, 'transport-wide-cc': 3 })
  })

  it('give slots every codec of ours, so that any publisher fits, and the extensions that REMB needs', () => {
    expect(section(chromium, 7)).toMatchObject({
      codecs: [
        { name: 'vp8', payloadType: 96, rtxPayloadType: 97 },
        { name: 'vp9', payloadType: 98, rtxPayloadType: 99 },
        { name: 'h264', payloadType: 109, rtxPayloadType: 114 },
        { name: 'av1', payloadType: 45, rtxPayloadType: 46 },
      ],
      extensions: { 'abs-send-time': 2 },
    })
    expect(section(chromium, 4).extensions).toEqual({ 'audio-level': 1 })
    expect(section(firefox, 7).codecs.map(({ name }) => name)).toEqual(['vp8', 'vp9', 'av1'])
  })

  it.each([
    ['auto', 'vp8', 96],
    ['vp8', 'vp8', 96],
    ['vp9', 'vp9', 98],
    ['h264', 'h264', 109],
    ['av1', 'av1', 45],
  ] as const)('P2 with the wish %s choose %s to send', (choice, name, payloadType) => {
    expect(section(chromium, 1, choice).codecs).toMatchObject([{ name, payloadType }])
    expect(section(chromium, 7, choice).codecs[0]).toMatchObject({ name, payloadType })
  })

  it('P3 fall back to the first of ours where the browser lacks the wish', () => {
    expect(section(firefox, 1, 'h264').codecs).toMatchObject([{ name: 'vp8' }])
    const without = changed(firefox, 1, (text) => text.replaceAll('VP8/', 'X/'))
    expect(section(without, 1).codecs).toMatchObject([{ name: 'vp9' }])
  })

  it('take H.264 in packetization mode 1 and constrained baseline before other kinds of it', () => {
    const without = (profile: string, text: string): string =>
      changed(text, 1, (its) =>
        its.replaceAll(new RegExp(`(mode=1;profile-level-id=)${profile}`, 'g'), '$1x'),
      )
    const plain = without('42e0', chromium)
    expect(section(plain, 1, 'h264').codecs).toMatchObject([{ payloadType: 103, rtxPayloadType: 104 }])
    const modeless = changed(chromium, 1, (its) => its.replaceAll('mode=1', 'mode=0'))
    expect(section(modeless, 1, 'h264').codecs).toMatchObject([{ payloadType: 109 }])
  })

  it('pass over the profiles of VP9 and AV1 that not every decoder has', () => {
    const only = changed(chromium, 1, (its) => its.replace('98 profile-id=0', '98 profile-id=2'))
    expect(section(only, 1, 'vp9').codecs).toMatchObject([{ name: 'vp8' }])
    const deep = changed(chromium, 1, (its) => its.replace('profile=0;tier', 'profile=1;tier'))
    expect(section(deep, 1, 'av1').codecs).toMatchObject([{ name: 'vp8' }])
  })

  it('do without RTX where none is offered', () => {
    const [, camera] = facts(recordedOffer('node-datachannel')).sections
    expect(camera).toMatchObject({ codecs: [{ name: 'vp8', rtxPayloadType: null }], extensions: {} })
  })

  it.each([
    ['a data channel', recordedOffer('wrtc'), 6],
    ['another kind than its source has', changed(chromium, 1, (its) => its.replace('m=video', 'm=audio')), 1],
    ['no codec of ours', changed(chromium, 4, (its) => its.replaceAll('opus', 'speex')), 4],
    ['port 0', changed(chromium, 5, (its) => its.replace(' 9 ', ' 0 ')), 5],
    ['nothing to send', changed(chromium, 1, (its) => its.replace('a=sendonly', 'a=recvonly')), 1],
    ['nothing to receive', changed(chromium, 8, (its) => its.replace('a=recvonly', 'a=sendonly')), 8],
    ['no direction at all', changed(chromium, 8, (its) => its.replace('a=recvonly', 'a=inactive')), 8],
    ['a protocol without DTLS', changed(chromium, 0, (its) => its.replace('UDP/TLS/', '')), 0],
  ])('refuse a section with %s, and keep the others at their index', (_what, text, index) => {
    const { sections } = facts(text)
    expect(sections[index]).toMatchObject({ ...refused, mid: `${index}` })
    expect(sections.filter(({ direction }) => direction === 'refused')).toHaveLength(1)
  })

  it('accept a section that sends and receives for what it is meant for', () => {
    const both = changed(
      changed(chromium, 1, (its) => its.replace('a=sendonly', 'a=sendrecv')),
      7,
      (its) => its.replace('a=recvonly\n', ''),
    )
    expect([section(both, 1).direction, section(both, 7).direction]).toEqual(['send', 'receive'])
  })

  it('take no extension whose direction is of no use', () => {
    const oneWay = changed(firefox, 1, (its) => its.replace('extmap:3 ', 'extmap:3/recvonly '))
    expect(section(oneWay, 1).extensions.mid).toBeUndefined()
    expect(section(oneWay, 1).extensions.rid).toBe(9)
  })

  it('name at most three layers, those to send', () => {
    const lines = [
      'x recv',
      '!! send',
      'a send',
      'toolongtoolong send',
      'b send',
      'c send max-width=9',
      'd send',
    ]
    const text = changed(chromium, 1, (its) =>
      its
        .replaceAll(/a=rid:.*\n/g, '')
        .replace('a=rtcp-mux', lines.map((line) => `a=rid:${line}`).join('\n')),
    )
    expect(section(text, 1).rids).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['chromium', 'chromium-grown'],
    ['firefox', 'firefox-grown'],
  ] as const)('RL6 of %s stay as they are in the next offer, which has one slot more', (first, second) => {
    const before = facts(recordedOffer(first)).sections
    const after = facts(recordedOffer(second)).sections
    expect(after.slice(0, before.length)).toEqual(before)
    expect(after.slice(before.length)).toMatchObject([{ mid: '10', kind: 'video', direction: 'receive' }])
  })
})
