import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeEcho,
  encodePause,
  encodeSign,
  encodeSignals,
  parseEcho,
  parsePause,
  parseSign,
  parseSignals,
} from './mesh-signal.ts'

const candidate = { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 }

describe('what the ends of a mesh link say', () => {
  test('SG4 descriptions, candidates and the wish for a restart survive the way', () => {
    const signals = [{ type: 'offer' as const, sdp: 'v=0' }, { candidate }, { restart: true as const }]
    expect(parseSignals(encodeSignals(signals))).toEqual(signals)
  })

  test('SG4 what is not a signal is dropped, its neighbours are kept, unknown members are stripped', () => {
    const wild = [
      7,
      null,
      { type: 'rollback', sdp: '' },
      { restart: 1 },
      { candidate: 'x' },
      { renegotiate: true },
    ]
    expect(parseSignals(JSON.stringify([...wild, { restart: true, more: 1 }]))).toEqual([{ restart: true }])
  })

  test('LK7 the list of paused sources survives the way, and anything else says nothing', () => {
    expect(parsePause(encodePause(['camera', 'screen']))).toEqual(['camera', 'screen'])
    expect(parsePause(encodePause([]))).toEqual([])
    for (const text of ['.', '', '{', '[]', '{"paused":["x"]}', `{"paused":[],"x":"${'x'.repeat(300)}"}`]) {
      expect(parsePause(text)).toBeNull()
    }
  })

  test('LK7 a sign of life and its echo carry a number, and nothing else does', () => {
    expect([parseSign(encodeSign(7)), parseEcho(encodeSign(7)), parsePause(encodeSign(7))]).toEqual([
      7,
      null,
      null,
    ])
    expect([parseSign(encodeEcho(999_999)), parseEcho(encodeEcho(999_999))]).toEqual([null, 999_999])
    for (const text of ['.', ',', '', '.x', '.-1', '.1.5', '.1e3', '. 1', '.1234567']) {
      expect([parseSign(text), parseEcho(text.replace('.', ','))]).toEqual([null, null])
    }
  })

  test('SG2 any text at all is read without a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `[${json}]`),
        ),
        (payload) => {
          expect(Array.isArray(parseSignals(payload))).toBe(true)
          for (const parse of [parsePause, parseSign, parseEcho]) expect(() => parse(payload)).not.toThrow()
        },
      ),
    )
  })
})
