import { relayIdSchema, type RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { relayLimits } from '../limits.ts'
import { describe, expect, it } from 'vitest'
import {
  distancesToTell,
  noDistances,
  withAnswer,
  withOthers,
  type Measured,
  type OtherRelay,
} from './relay-distances.ts'

const relay = (name: string): RelayId => v.parse(relayIdSchema, `r_${name.padEnd(16, '_')}`)
const other = (name: string): OtherRelay => ({
  relayId: relay(name),
  candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 3478 }],
})

const measured = (rttMs: number | null): Measured => ({ rttMs, asked: 4, answered: rttMs === null ? 0 : 4 })

const afterAnswers = (...rtts: readonly (number | null)[]) =>
  rtts.reduce(
    (distances, rttMs) => withAnswer(distances, relay('ada'), measured(rttMs)),
    withOthers(noDistances, [other('ada'), other('bob')]),
  )

describe('distances of relays', () => {
  it.each<[string, readonly (number | null)[], number | null]>([
    ['the only answer', [30], 30],
    ['the smaller of two', [40, 30], 30],
    ['the middle of three, whatever their order', [90, 10, 30], 30],
    ['the middle of the last five', [1, 1, 1, 90, 80, 70, 60, 50], 70],
    ['an answer though two tries had none', [null, 30, null, 31, 32], 32],
    ['none when most tries had none', [30, null, null], null],
    ['none when no try had one', [null], null],
    ['no more than can be said', [limits.reportedMsMax + 1], limits.reportedMsMax],
    ['no less than nothing', [-0.5], 0],
  ])('RG6 said is %s', (_what, rtts, rttMs) => {
    expect(distancesToTell(afterAnswers(...rtts))).toMatchObject([{ relayId: relay('ada'), rttMs }])
  })

  it('RG6 what is known of those who stay on the list stays, the rest goes', () => {
    const distances = withAnswer(afterAnswers(30), relay('bob'), measured(9))
    const next = withOthers(distances, [other('bob'), other('cyd')])
    expect(distancesToTell(next)).toMatchObject([{ relayId: relay('bob'), rttMs: 9 }])
    expect(distancesToTell(withOthers(next, []))).toEqual([])
  })

  it('RG6 said is of how many questions there was no answer, over more of them than make the distance', () => {
    const lossy = withAnswer(afterAnswers(...Array(relayLimits.lossProbesKept - 1).fill(30)), relay('ada'), {
      rttMs: 30,
      asked: 4,
      answered: 3,
    })
    const asked = 4 * relayLimits.lossProbesKept
    expect(distancesToTell(lossy)).toMatchObject([{ asked, answered: asked - 1 }])
    expect(distancesToTell(withAnswer(lossy, relay('ada'), measured(30)))).toMatchObject([
      { asked, answered: asked - 1 },
    ])
  })

  it('RG6 an answer of one that has gone meanwhile is none', () => {
    const distances = afterAnswers(30)
    expect(withAnswer(distances, relay('cyd'), measured(5))).toBe(distances)
  })
})
