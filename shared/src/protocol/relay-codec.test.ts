import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { linkIdSchema, occupantIdSchema, relayIdSchema, roomIdSchema, secretSchema } from '../ids.ts'
import { limits } from '../limits.ts'
import { defaultSettings } from '../room-info.ts'
import { encodeClientMessage } from './codec.ts'
import {
  decodeRegistryToRelay,
  decodeRelayToRegistry,
  decodeRelayToRoom,
  decodeRoomToRelay,
  encodeRegistryToRelay,
  encodeRelayToRegistry,
  encodeRelayToRoom,
  encodeRoomToRelay,
} from './relay-codec.ts'
import type { RegistryToRelay, RelayToRegistry, RelayToRoom, RoomToRelay } from './relay-messages.ts'

const occupantId = v.parse(occupantIdSchema, `o_${'a'.repeat(16)}`)
const relayId = v.parse(relayIdSchema, `r_${'a'.repeat(16)}`)
const linkId = v.parse(linkIdSchema, '0123456789ab')
const secret = v.parse(secretSchema, 's'.repeat(43))
const roomId = v.parse(roomIdSchema, 'c0ffee00-0000-4000-8000-000000000000')

const hello: RelayToRegistry = {
  type: 'relay-hello',
  relayId,
  region: 'Singapore',
  candidates: [
    { protocol: 'udp', address: '192.0.2.1', port: 3478 },
    { protocol: 'tcp', address: '2001:db8::1', port: 443 },
  ],
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  iceKey: secret,
  capacity: 400,
}

const toRegistry: readonly RelayToRegistry[] = [
  hello,
  {
    ...hello,
    candidates: [...hello.candidates, { protocol: 'udp', address: '192.0.2.1', port: 3479, thread: 1 }],
  },
  { type: 'relay-load', links: 3, rooms: 1, cpu: 0.25 },
  { type: 'relay-load', links: 3, rooms: 1, cpu: 0.25, rtts: [{ relayId, rttMs: 31.5 }] },
  { type: 'relay-load', links: 3, rooms: 1, cpu: 0.25, rtts: [{ relayId, rttMs: null }] },
  { type: 'relay-draining' },
]
const fromRegistry: readonly RegistryToRelay[] = [
  { type: 'registered' },
  { type: 'summon', roomId, secret },
  { type: 'relays', relays: [] },
  { type: 'relays', relays: [{ relayId, candidates: hello.candidates }] },
  { type: 'drain' },
]
const toRoom: readonly RelayToRoom[] = [
  { type: 'signal', to: occupantId, generation: 1, payload: '{"slots":[]}' },
  { type: 'link-failed', to: occupantId, generation: 2 },
  { type: 'leave' },
]
const fromRoom: readonly RoomToRelay[] = [
  {
    type: 'relay-welcome',
    snapshot: {
      revision: 1,
      route: { kind: 'relayed', epoch: 2, relays: [{ relayId, region: 'Singapore' }] },
      settings: defaultSettings,
      occupants: [],
    },
    resumeToken: secret,
  },
  { type: 'room-changed', patch: { revision: 2, changed: [], left: [occupantId] } },
  { type: 'relay-links', links: [{ occupantId, linkId, generation: 1 }] },
  { type: 'signal', from: occupantId, generation: 1, payload: '{"wants":[]}' },
]

describe('the codec of relays', () => {
  it.each(toRegistry)('VR1 RG1 RG2 survives the way to the registry: $type', (message) => {
    expect(decodeRelayToRegistry(encodeRelayToRegistry(message))).toEqual({ ok: true, value: message })
  })
  it.each(fromRegistry)('VR1 RG3 survives the way from the registry: $type', (message) => {
    expect(decodeRegistryToRelay(encodeRegistryToRelay(message))).toEqual({ ok: true, value: message })
  })
  it.each(toRoom)('VR1 RL1 survives the way to a room: $type', (message) => {
    expect(decodeRelayToRoom(encodeRelayToRoom(message))).toEqual({ ok: true, value: message })
  })
  it.each(fromRoom)('VR1 RL1 survives the way from a room: $type', (message) => {
    expect(decodeRoomToRelay(encodeRoomToRelay(message))).toEqual({ ok: true, value: message })
  })

  it('VR2 counts bytes before it looks inside, whoever it comes from', () => {
    const decoders = [decodeRelayToRegistry, decodeRegistryToRelay, decodeRelayToRoom]
    for (const decode of decoders) {
      expect(decode('🦊'.repeat(limits.messageMaxBytes / 4 + 1))).toEqual({ ok: false, code: 'too_large' })
    }
    const fits = 'x'.repeat(limits.messageMaxBytes + 1)
    expect(decodeRoomToRelay(fits)).toEqual({ ok: false, code: 'malformed' })
    expect(decodeRoomToRelay('x'.repeat(limits.roomMessageMaxBytes + 1))).toEqual({
      ok: false,
      code: 'too_large',
    })
  })

  it('VR2 SG1 whatever an occupant may say to a relay, the relay may hear', () => {
    const frame = (payload: string): string =>
      encodeClientMessage({ type: 'signal', to: relayId, generation: 2 ** 53 - 1, payload })
    const payload = 'x'.repeat(limits.messageMaxBytes - frame('').length)
    const passedOn = encodeRoomToRelay({ type: 'signal', from: occupantId, generation: 2 ** 53 - 1, payload })
    expect(decodeRoomToRelay(passedOn).ok).toBe(true)
  })

  it.each([
    ['no address', { candidates: [] }],
    ['too many addresses', { candidates: Array.from({ length: 17 }, () => hello.candidates[0]) }],
    [
      'a name in place of an address',
      { candidates: [{ protocol: 'udp', address: 'relay.example', port: 1 }] },
    ],
    ['a port that is none', { candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 0 }] }],
    ['a fingerprint of another hash', { fingerprint: 'AB:CD' }],
    ['a short key', { iceKey: 'short' }],
    ['an id of another kind', { relayId: occupantId }],
    ['a place with a long name', { region: 'x'.repeat(limits.regionMaxLength + 1) }],
    ['a negative capacity', { capacity: -1 }],
  ])('RG1 refuses a hello with %s', (_what, wrong) => {
    const text = JSON.stringify({ v: 1, ...hello, ...wrong })
    expect(decodeRelayToRegistry(text)).toEqual({ ok: false, code: 'malformed' })
  })

  it('VR3 answers any text with a value, never with a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        for (const decode of [decodeRelayToRegistry, decodeRelayToRoom, decodeRoomToRelay]) {
          expect(decode(text).ok).toBeTypeOf('boolean')
        }
      }),
    )
  })
})
