import { describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { parseOffer } from './offer.ts'
import { recordedNames, recordedOffer } from './testing/offers.ts'

const section = (mid: string): string => `m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:${mid}\n`
const session = `v=0\no=- 1 7 IN IP4 0.0.0.0\na=fingerprint:sha-256 ${'0a:'.repeat(31)}0a\n`

describe('an offer', () => {
  it.each(recordedNames)('of %s is the same with either end of line', (name) => {
    const text = recordedOffer(name)
    const parsed = parseOffer(text)
    expect(parsed.ok).toBe(true)
    expect(parseOffer(text.replaceAll('\n', '\r\n'))).toEqual(parsed)
  })

  it('has version, fingerprint and sections; unknown lines do no harm', () => {
    const text = `${session}?\nz=0\n${section('x').replace('a=mid', 'b=AS:1\nq\na=what ever \na=mid')}`
    expect(parseOffer(text)).toEqual({
      ok: true,
      value: {
        version: '7',
        fingerprint: `${'0A:'.repeat(31)}0A`,
        sections: [
          {
            kind: 'audio',
            protocol: 'UDP/TLS/RTP/SAVPF',
            formats: ['111'],
            mid: 'x',
            isOff: false,
            attributes: ['what ever', 'mid:x'],
          },
        ],
      },
    })
  })

  it('calls a section off only by port 0 without bundle-only (RFC 9143)', () => {
    const off = section('x').replace(' 9 ', ' 0 ')
    const parsed = parseOffer(`${session}${off}${off.replace('mid:x', 'mid:y\na=bundle-only')}`)
    expect(parsed.ok && parsed.value.sections.map(({ isOff }) => isOff)).toEqual([true, false])
  })

  it.each([
    ['nothing', ''],
    ['no sections', session],
    ['no version', section('x')],
    ['no fingerprint', `${session.replace('sha-256', 'sha-1')}${section('x')}`],
    ['no mid', session + section('x').replace('mid', 'dim')],
    ['a mid that is too long', session + section('x'.repeat(17))],
    ['the same mid twice', session + section('x') + section('x')],
    ['a broken m-line', `${session}m=audio\na=mid:x\n`],
  ])('with %s is malformed', (_what, text) => {
    expect(parseOffer(text)).toEqual({ ok: false, code: 'offer_malformed' })
  })

  it('is bounded in size and sections', () => {
    const sections = (count: number): string =>
      session + Array.from({ length: count }, (_, index) => section(`${index}`)).join('')
    expect(parseOffer(sections(limits.relaySectionsMax)).ok).toBe(true)
    expect(parseOffer(sections(limits.relaySectionsMax + 1))).toEqual({ ok: false, code: 'offer_malformed' })
    const padding = 'm=\n'.repeat(limits.messageMaxBytes / 3)
    expect(parseOffer(sections(1) + padding)).toEqual({ ok: false, code: 'offer_malformed' })
  })
})
