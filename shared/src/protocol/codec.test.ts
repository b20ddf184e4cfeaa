import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { linkIdSchema, occupantIdSchema, relayIdSchema } from '../ids.ts'
import { limits } from '../limits.ts'
import { smallJpeg } from '../testing/small-jpeg.ts'
import { defaultSettings } from '../room-info.ts'
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  utf8Length,
} from './codec.ts'
import type { ClientMessage, ServerMessage } from './messages.ts'

const id = (letter: string) => v.parse(occupantIdSchema, `o_${letter.repeat(16)}`)
const relayId = v.parse(relayIdSchema, `r_${'a'.repeat(16)}`)
const ticket = {
  iceUfrag: 'u'.repeat(20),
  icePwd: 'p'.repeat(43),
  fingerprint: Array.from({ length: 32 }, () => '0F').join(':'),
  candidates: [{ protocol: 'udp' as const, address: '192.0.2.1', port: 3478 }],
}
const instance = `i_${'a'.repeat(16)}` as never

const clientMessages: readonly ClientMessage[] = [
  { type: 'media-ready', instanceId: instance, publications: [{ source: 'camera', mutedBy: 'self' }] },
  { type: 'publish', source: 'microphone', mutedBy: null, seenRevision: 3 },
  { type: 'unpublish', source: 'screen' },
  { type: 'signal', to: id('b'), generation: 1, payload: '[{"type":"offer","sdp":"v=0"}]' },
  { type: 'link-failed', to: id('b'), generation: 2 },
  { type: 'signal', to: relayId, generation: 1, payload: '{"wants":[]}' },
  { type: 'ask-ticket', to: relayId, generation: 1 },
  { type: 'change-settings', settings: { route: 'relay' } },
  { type: 'mute-occupant', occupantId: id('b'), source: 'microphone' },
  { type: 'remove-occupant', occupantId: id('b') },
  { type: 'admit', occupantId: id('b') },
  { type: 'deny', occupantId: id('b') },
  { type: 'knock-picture', picture: smallJpeg },
  { type: 'knock-picture', picture: null },
  { type: 'change-settings', settings: { isLocked: true } },
  { type: 'mute-all', source: 'microphone' },
  { type: 'ask-unmute', occupantId: id('b'), source: 'camera' },
  { type: 'hand-over', occupantId: id('b') },
  { type: 'end-room' },
  { type: 'leave' },
  { type: 'route-gap', epoch: 3, gapMs: 84, steadyMs: 51 },
  { type: 'route-gap', epoch: 3, gapMs: 60_000, steadyMs: null },
]

const serverMessages: readonly ServerMessage[] = [
  {
    type: 'welcome',
    occupantId: id('a'),
    isHost: true,
    snapshot: {
      revision: 4,
      route: { kind: 'mesh', epoch: 1 },
      settings: defaultSettings,
      occupants: [],
    },
  },
  { type: 'room-changed', patch: { revision: 5, changed: [], left: [id('b')] } },
  { type: 'start', links: [{ occupantId: id('b'), initiator: true, generation: 1 }] },
  { type: 'signal', from: id('b'), generation: 1, payload: '{"restart":true}' },
  {
    type: 'start',
    links: [],
    relay: { relayId, generation: 1, linkId: v.parse(linkIdSchema, '0123456789ab'), ticket },
  },
  { type: 'ticket', relayId, generation: 1, ticket },
  { type: 'knocking' },
  { type: 'knocking', mayShowPicture: true },
  { type: 'knock-picture', occupantId: id('b'), picture: smallJpeg },
  { type: 'knocks', knocks: [{ occupantId: id('b'), displayName: 'Ben' }] },
  { type: 'unmute-asked', source: 'microphone' },
  { type: 'error', code: 'not_allowed', about: 'end-room' },
]

describe('codec', () => {
  it.each(clientMessages)('VR1 a client message survives the way there: $type', (message) => {
    expect(decodeClientMessage(encodeClientMessage(message))).toEqual({ ok: true, value: message })
  })

  it.each(serverMessages)('VR1 a server message survives the way back: $type', (message) => {
    expect(decodeServerMessage(encodeServerMessage(message))).toEqual({ ok: true, value: message })
  })

  it('VR2 refuses one byte too many before it looks inside', () => {
    const room = limits.messageMaxBytes
    expect(decodeClientMessage('x'.repeat(room + 1))).toEqual({ ok: false, code: 'too_large' })
    expect(decodeClientMessage('x'.repeat(room))).toEqual({ ok: false, code: 'malformed' })
    // Short in characters, long in bytes.
    expect(decodeClientMessage('🦊'.repeat(room / 4 + 1))).toEqual({ ok: false, code: 'too_large' })
  })

  it('VR2 SG1 whatever signal fits into the room fits into its receiver', () => {
    const frame = (payload: string): string =>
      encodeClientMessage({ type: 'signal', to: id('b'), generation: 2 ** 53 - 1, payload })
    const payload = 'x'.repeat(limits.messageMaxBytes - frame('').length)
    expect(decodeClientMessage(frame(payload)).ok).toBe(true)
    const passedOn = encodeServerMessage({ type: 'signal', from: id('a'), generation: 2 ** 53 - 1, payload })
    expect(decodeServerMessage(passedOn).ok).toBe(true)
  })

  it('VR3 ignores fields it does not know', () => {
    const text = JSON.stringify({ v: 1, type: 'leave', from: id('z'), later: { any: 'thing' } })
    expect(decodeClientMessage(text)).toEqual({ ok: true, value: { type: 'leave' } })
  })

  it.each([
    ['not JSON', '{"v":1', 'malformed'],
    ['an array', '[1]', 'malformed'],
    ['null', 'null', 'malformed'],
    ['no type', '{"v":1}', 'malformed'],
    ['an unknown type', '{"v":1,"type":"shout"}', 'malformed'],
    ['a wrong field', '{"v":1,"type":"signal","to":7,"generation":1,"payload":""}', 'malformed'],
    ['an id of another kind', '{"v":1,"type":"remove-occupant","occupantId":"r_1"}', 'malformed'],
    [
      'a fractional generation',
      `{"v":1,"type":"link-failed","to":"${id('b')}","generation":1.5}`,
      'malformed',
    ],
    [
      'a gap of more than a minute',
      '{"v":1,"type":"route-gap","epoch":1,"gapMs":60001,"steadyMs":0}',
      'malformed',
    ],
    ['a gap below nothing', '{"v":1,"type":"route-gap","epoch":1,"gapMs":-1,"steadyMs":null}', 'malformed'],
    ['no version', '{"type":"leave"}', 'unsupported_version'],
    ['a later version', '{"v":2,"type":"leave"}', 'unsupported_version'],
    ['a version as text', '{"v":"1","type":"leave"}', 'unsupported_version'],
  ])('VR3 refuses %s', (_what, text, code) => {
    expect(decodeClientMessage(text)).toEqual({ ok: false, code })
  })

  it('VR3 takes a binary frame for malformed', () => {
    expect(decodeClientMessage(new Uint8Array([123, 125]))).toEqual({ ok: false, code: 'malformed' })
  })

  it('VR2 VR3 answers any text with a value, never with a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(decodeClientMessage(text).ok).toBeTypeOf('boolean')
        expect(decodeServerMessage(text).ok).toBeTypeOf('boolean')
      }),
    )
  })

  it('VR2 VR3 answers any JSON object of the right version with a value', () => {
    const type = fc.constantFrom(...clientMessages.map((message) => message.type))
    fc.assert(
      fc.property(type, fc.dictionary(fc.string(), fc.jsonValue()), (name, fields) => {
        const result = decodeClientMessage(JSON.stringify({ ...fields, v: 1, type: name }))
        if (result.ok) expect(result.value.type).toBe(name)
      }),
    )
  })

  it('VR2 counts bytes as UTF-8 does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text, 'utf8'))
      }),
    )
  })
})
