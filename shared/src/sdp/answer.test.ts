import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { answerFor } from './answer.ts'
import { offerFactsSchema } from './facts.ts'
import { factsOf, type VideoChoice } from './facts-of.ts'
import { recordedNames, recordedOffer, someTicket } from './testing/offers.ts'

function answer(text: string, choice: VideoChoice = 'auto'): string {
  const result = answerFor(text, someTicket, choice)
  if (!result.ok) throw new Error(result.code)
  return result.value
}
const sectionsOf = (text: string): string[] => text.split(/^(?=m=)/m).slice(1)
const linesOf = (text: string): string[] => text.split('\r\n').filter((line) => line !== '')
const transport = [
  'a=rtcp-mux',
  'a=rtcp-rsize',
  `a=ice-ufrag:${someTicket.iceUfrag}`,
  `a=ice-pwd:${someTicket.icePwd}`,
  `a=fingerprint:sha-256 ${someTicket.fingerprint}`,
  'a=setup:passive',
  'a=candidate:1 1 udp 2130706431 192.0.2.1 3478 typ host',
  'a=candidate:2 1 udp 2130706175 2001:db8::1 3478 typ host',
  'a=candidate:3 1 tcp 1526726143 192.0.2.1 443 typ host tcptype passive',
  'a=end-of-candidates',
]

describe('the answer of a relay', () => {
  it("follows the offer's version and bundles what it accepts", () => {
    const [session = ''] = answer(recordedOffer('chromium-grown')).split(/^(?=m=)/m)
    expect(linesOf(session)).toEqual([
      'v=0',
      'o=- 1 3 IN IP4 0.0.0.0',
      's=-',
      't=0 0',
      'a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10',
      'a=ice-lite',
      'a=msid-semantic: WMS *',
    ])
  })

  it('RL7 takes the camera in one codec and three layers', () => {
    expect(linesOf(sectionsOf(answer(recordedOffer('chromium')))[1] ?? '')).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
      'c=IN IP4 0.0.0.0',
      'a=rtcp:9 IN IP4 0.0.0.0',
      'a=mid:1',
      'a=recvonly',
      ...transport,
      'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
      'a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
      'a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
      'a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
      'a=rtcp-fb:96 nack',
      'a=rtcp-fb:96 nack pli',
      'a=rtcp-fb:96 ccm fir',
      'a=rtcp-fb:96 transport-cc',
      'a=rid:f recv',
      'a=rid:h recv',
      'a=rid:q recv',
      'a=simulcast:recv f;h;q',
    ])
  })

  it('RL7 declares the SSRCs of a slot by its index', () => {
    const [sound, picture] = [4, 7].map((index) =>
      linesOf(sectionsOf(answer(recordedOffer('firefox')))[index] ?? ''),
    )
    expect(sound).toEqual([
      'm=audio 9 UDP/TLS/RTP/SAVPF 109',
      'c=IN IP4 0.0.0.0',
      'a=rtcp:9 IN IP4 0.0.0.0',
      'a=mid:4',
      'a=sendonly',
      ...transport,
      'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
      'a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1',
      'a=rtpmap:109 opus/48000/2',
      'a=msid:slots1 slot4',
      'a=ssrc:1358954504 cname:relay',
    ])
    expect(picture?.[0]).toBe('m=video 9 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100')
    expect(picture?.slice(-5)).toEqual([
      'a=rtcp-fb:99 goog-remb',
      'a=msid:slots1 slot7',
      'a=ssrc-group:FID 1358954510 1358954511',
      'a=ssrc:1358954510 cname:relay',
      'a=ssrc:1358954511 cname:relay',
    ])
    expect(picture?.join()).not.toContain('transport-cc')
  })

  it('refuses a data channel and leaves it out of the bundle', () => {
    const text = answer(recordedOffer('wrtc'))
    expect(text).toContain('a=group:BUNDLE 0 1 2 3 4 5\r\n')
    expect(linesOf(sectionsOf(text)[6] ?? '')).toEqual([
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
      'c=IN IP4 0.0.0.0',
      'a=mid:6',
      'a=inactive',
    ])
  })

  it('asks for no acknowledgement of packets that cannot be numbered', () => {
    const text = recordedOffer('chromium').replaceAll(/^a=extmap:3 .*\n/gm, '')
    expect(answer(text)).not.toContain('transport-cc')
  })

  it('takes feedback that is offered for every codec at once', () => {
    const text = recordedOffer('node-datachannel').replaceAll('rtcp-fb:96', 'rtcp-fb:*')
    expect(sectionsOf(answer(text))[1]).toContain('a=rtcp-fb:96 nack pli')
  })

  it.each(recordedNames)('agrees with the facts of %s, whatever was wished', (name) => {
    for (const choice of ['auto', 'vp8', 'vp9', 'h264', 'av1'] as const) {
      expectAgreement(recordedOffer(name), choice)
    }
  })

  it('never throws, and answers a damaged offer within its terms or not at all', () => {
    fc.assert(
      fc.property(damagedOffer, fc.constantFrom<VideoChoice>('auto', 'h264', 'av1'), expectAgreement),
      { numRuns: 200 },
    )
  })

  it('never throws on garbage', () => {
    fc.assert(fc.property(fc.string({ unit: scrap, maxLength: 80 }), (text) => expectAgreement(text, 'auto')))
  })
})

const scraps =
  'v=0|o=- 1 2 |m=audio |m=video |9 |0 |UDP/TLS/RTP/SAVPF |96 |\n|\r\n|a=|mid:|rtpmap:|fmtp:|extmap:|rid:f send|/|;|:|\0|ü|\u2028'
const scrap = fc.constantFrom(...scraps.split('|'))

/** Lines of real offers, some lost, doubled, moved, or with a piece replaced. */
const damage = fc.record({
  kind: fc.constantFrom('drop', 'double', 'move', 'replace', 'cut'),
  at: fc.nat(),
  to: fc.nat(),
  text: fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      '0',
      '96',
      '255',
      '999',
      '\r',
      'a=inactive',
      'm=video 9 UDP/TLS/RTP/SAVPF 96',
      '*',
      '~',
      ';',
    ),
  ),
})
const damagedOffer = fc
  .tuple(fc.constantFrom(...recordedNames), fc.array(damage, { minLength: 1, maxLength: 12 }))
  .map(([name, damages]) => {
    const lines = recordedOffer(name).split('\n')
    for (const { kind, at, to, text } of damages) {
      const index = at % lines.length
      const line = lines[index] ?? ''
      if (kind === 'drop') lines.splice(index, 1 + (to % 3))
      else if (kind === 'double') lines.splice(to % lines.length, 0, line)
      else if (kind === 'move') lines.splice(to % lines.length, 0, ...lines.splice(index, 1))
      else if (kind === 'cut') lines[index] = line.slice(0, to % (line.length + 1))
      else
        lines[index] = line.slice(0, to % (line.length + 1)) + text + line.slice((to % (line.length + 1)) + 1)
    }
    return lines.join('\n')
  })

/** What must hold between any offer, its facts and its answer. */
function expectAgreement(text: string, choice: VideoChoice): void {
  const facts = factsOf(text, choice)
  const result = answerFor(text, someTicket, choice)
  expect(result.ok).toBe(facts.ok)
  if (!facts.ok || !result.ok) return
  expect(v.is(offerFactsSchema, facts.value)).toBe(true)
  const offered = sectionsOf(text)
  const answered = sectionsOf(result.value)
  const accepted = facts.value.sections.filter(({ direction }) => direction !== 'refused')
  expect(answered).toHaveLength(offered.length)
  expect(result.value).toContain(`a=group:${['BUNDLE', ...accepted.map(({ mid }) => mid)].join(' ')}\r\n`)
  for (const [index, section] of facts.value.sections.entries()) {
    const its = answered[index] ?? ''
    expect(/^a=mid:(.*)\r$/m.exec(its)?.[1]).toBe(section.mid)
    expect(/^a=mid:(\S+)/m.exec(offered[index] ?? '')?.[1]).toBe(section.mid)
    expect(/^m=\S+ (\d+)/.exec(its)?.[1] === '0').toBe(section.direction === 'refused')
    if (section.direction === 'refused') continue
    const formats = /^m=\S+ 9 \S+ (.*)\r/.exec(its)?.[1]?.split(' ') ?? []
    const expected = section.codecs.flatMap((codec) => [codec.payloadType, codec.rtxPayloadType])
    expect(formats.map(Number)).toEqual(expected.filter((format) => format !== null))
    expect(/^m=\S+ \S+ \S+ (.*)/.exec(offered[index] ?? '')?.[1]?.split(/\s+/)).toEqual(
      expect.arrayContaining(formats),
    )
    const ids = [...its.matchAll(/^a=extmap:(\d+) /gm)].map(([, id]) => Number(id))
    expect(new Set(ids)).toEqual(new Set(Object.values(section.extensions)))
    for (const id of ids) expect(offered[index]).toMatch(new RegExp(`^a=extmap:${id}\\b`, 'm'))
    expect([...its.matchAll(/^a=rid:(\w+) recv\r$/gm)].map(([, rid]) => rid)).toEqual(section.rids)
    expect(its).toContain(section.direction === 'send' ? 'a=recvonly\r\n' : 'a=sendonly\r\n')
  }
}
