import { occupantIdSchema } from '@video-room/shared/ids.ts'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { LinkSample } from '../../core/view.ts'
import { figuresOf, isTurned } from './link-figures.ts'

const sample = (more: Partial<LinkSample> = {}): LinkSample => ({
  endpointId: v.parse(occupantIdSchema, 'o_hosthosthosthost'),
  via: 'direct',
  atMs: 1_000,
  localCandidate: 'host',
  remoteCandidate: 'prflx',
  rttMs: 12,
  receivedPackets: 100,
  receivedBytes: 10_000,
  sentBytes: 5_000,
  lostPackets: 10,
  jitterMs: 3,
  framesDecoded: 0,
  freezeCount: 0,
  availableOutgoingBps: null,
  heard: [],
  ...more,
})

describe('the figures of a link', () => {
  test('rates and loss are of the time since the look before', () => {
    const now = sample({
      atMs: 1_500,
      receivedPackets: 190,
      lostPackets: 20,
      receivedBytes: 72_500,
      sentBytes: 67_500,
    })
    expect(figuresOf(now, sample())).toEqual({
      endpointId: now.endpointId,
      isTurned: false,
      rttMs: 12,
      jitterMs: 3,
      lossShare: 0.1,
      receivedBps: 1_000_000,
      sentBps: 1_000_000,
    })
  })

  test('a first look, the same look twice and a link that was remade give no rate', () => {
    const unknown = { lossShare: null, receivedBps: null, sentBps: null }
    expect(figuresOf(sample(), undefined)).toMatchObject(unknown)
    expect(figuresOf(sample(), sample())).toMatchObject(unknown)
    const remade = sample({ atMs: 1_500, receivedBytes: 0, sentBytes: 0, receivedPackets: 0, lostPackets: 0 })
    expect(figuresOf(remade, sample())).toMatchObject(unknown)
  })

  test('nothing expected is no loss of nothing', () => {
    expect(figuresOf(sample({ atMs: 1_500 }), sample()).lossShare).toBeNull()
  })

  test('J4 who goes through a TURN server is not told that it is direct; a relay’s own address is none', () => {
    expect(isTurned(sample())).toBe(false)
    expect(isTurned(sample({ localCandidate: 'relay' }))).toBe(true)
    expect(isTurned(sample({ remoteCandidate: 'relay' }))).toBe(true)
    expect(isTurned(sample({ via: 'relay', localCandidate: 'relay' }))).toBe(true)
    expect(isTurned(sample({ via: 'relay', remoteCandidate: 'relay' }))).toBe(false)
  })
})
