import { relayIdSchema } from '@video-room/shared/ids.ts'
import type { Route } from '@video-room/shared/route.ts'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { LinkSample } from '../../core/view.ts'
import { aSample } from '../testing/a-sample.ts'
import { figuresOf, isTurnedNow, placeOf } from './link-figures.ts'

const sample = (more: Partial<LinkSample> = {}): LinkSample =>
  aSample({
    atMs: 1_000,
    receivedPackets: 100,
    receivedBytes: 10_000,
    sentBytes: 5_000,
    lostPackets: 10,
    jitterMs: 3,
    ...more,
  })
const mesh: Route = { kind: 'mesh', epoch: 1 }
const relayId = v.parse(relayIdSchema, 'r_relayrelayrelayr')
const nextRelayId = v.parse(relayIdSchema, 'r_otherotherothero')
const relayed: Route = { kind: 'relayed', epoch: 2, relays: [{ relayId, region: 'Singapore' }] }

describe('the figures of a link', () => {
  test('rates and loss are of the time since the look before', () => {
    const now = sample({
      atMs: 1_500,
      receivedPackets: 190,
      lostPackets: 20,
      receivedBytes: 72_500,
      sentBytes: 67_500,
    })
    expect(figuresOf(now, sample(), mesh)).toEqual({
      endpointId: now.endpointId,
      via: 'direct',
      place: 'now',
      localCandidate: 'host',
      remoteCandidate: 'prflx',
      rttMs: 12,
      jitterMs: 3,
      lossShare: 0.1,
      receivedBps: 1_000_000,
      sentBps: 1_000_000,
    })
  })

  test('a first look, the same look twice and a link that was remade give no rate', () => {
    const unknown = { lossShare: null, receivedBps: null, sentBps: null }
    expect(figuresOf(sample(), undefined, mesh)).toMatchObject(unknown)
    expect(figuresOf(sample(), sample(), mesh)).toMatchObject(unknown)
    const remade = sample({ atMs: 1_500, receivedBytes: 0, sentBytes: 0, receivedPackets: 0, lostPackets: 0 })
    expect(figuresOf(remade, sample(), mesh)).toMatchObject(unknown)
  })

  test('nothing expected is no loss of nothing', () => {
    expect(figuresOf(sample({ atMs: 1_500 }), sample(), mesh).lossShare).toBeNull()
  })

  test('MG1 MG6 what stands by, or is prepared, is not the present way', () => {
    const [direct, relay] = [sample(), sample({ endpointId: relayId, via: 'relay' })]
    const nextRelay = sample({ endpointId: nextRelayId, via: 'relay' })
    expect([direct, relay, { ...relay, isStandby: true }].map((one) => placeOf(one, mesh))).toEqual([
      'now',
      'next',
      'standby',
    ])
    expect(
      [direct, relay, nextRelay, { ...direct, isStandby: true }].map((one) => placeOf(one, relayed)),
    ).toEqual(['next', 'now', 'next', 'standby'])
  })

  test('J4 who goes through a TURN server is not told that it is direct; a relay’s own address is none', () => {
    const turned = { localCandidate: 'relay' } as const
    const relay = { endpointId: relayId, via: 'relay' } as const
    expect(isTurnedNow([sample()], mesh)).toBe(false)
    expect(isTurnedNow([sample(turned)], mesh)).toBe(true)
    expect(isTurnedNow([sample({ remoteCandidate: 'relay' })], mesh)).toBe(true)
    expect(isTurnedNow([sample({ ...relay, ...turned })], relayed)).toBe(true)
    expect(isTurnedNow([sample({ ...relay, remoteCandidate: 'relay' })], relayed)).toBe(false)
  })

  test('MG6 a TURN server that only a standing link goes through says nothing of the present way', () => {
    const turned = sample({ localCandidate: 'relay', isStandby: true })
    expect(isTurnedNow([sample(), turned], mesh)).toBe(false)
    expect(isTurnedNow([sample({ localCandidate: 'relay' })], relayed)).toBe(false)
  })
})
