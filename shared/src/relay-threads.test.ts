import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { limits } from './limits.ts'
import {
  candidatesOfThread,
  threadCandidatesSchema,
  threadOfText,
  threadQuery,
  type ThreadCandidate,
} from './relay-threads.ts'
import { relayCandidateSchema } from './ticket.ts'

const at = (port: number, thread?: number): ThreadCandidate => ({
  protocol: 'udp',
  address: '192.0.2.1',
  port,
  ...(thread === undefined ? {} : { thread }),
})
const takes = (candidates: readonly ThreadCandidate[]): boolean =>
  v.safeParse(threadCandidatesSchema, candidates).success
const many = (count: number, thread: number): readonly ThreadCandidate[] =>
  Array.from({ length: count }, (_, index) => at(1_000 + index, thread))

describe('addresses of media threads', () => {
  it('RG8 without a number belong to thread 0', () => {
    const all = [at(1), at(2, 1), at(3, 0), at(4, 1)]
    expect(candidatesOfThread(all, 0)).toEqual([at(1), at(3)])
    expect(candidatesOfThread(all, 1)).toEqual([at(2), at(4)])
    expect(candidatesOfThread(all, 2)).toEqual([])
  })

  it('RG8 are told to tickets without the number', () => {
    const [candidate] = candidatesOfThread([at(2, 1)], 1)
    expect(candidate).toEqual(v.parse(relayCandidateSchema, at(2, 1)))
    expect(candidate).not.toHaveProperty('thread')
  })

  it('RG8 are as many as threads on both protocols of two families', () => {
    const whole = Array.from({ length: limits.relayThreadsMax }, (_, thread) => many(4, thread)).flat()
    expect(takes(whole)).toBe(true)
    expect(takes([...whole, at(9, 1)])).toBe(false)
  })

  it.each([
    ['none', []],
    ['none of thread 0', [at(1, 1)]],
    ['a thread that nobody has', [at(1), at(2, limits.relayThreadsMax)]],
    ['a thread before the first', [at(1), at(2, -1)]],
    ['half a thread', [at(1), at(2, 0.5)]],
    ['more of one thread than a ticket holds', [at(1), ...many(limits.relayCandidatesMax + 1, 1)]],
  ])('RG8 are refused: %s', (_, candidates) => {
    expect(takes(candidates)).toBe(false)
  })
})

describe('the thread of a room', () => {
  it.each([0, 1, limits.relayThreadsMax - 1])('RG8 %i survives the way in an address', (thread) => {
    expect(threadOfText(new URLSearchParams(threadQuery(thread)).get('thread'))).toBe(thread)
  })

  it('RG8 is not spoken of where there is one alone', () => {
    expect(threadQuery(0)).toBe('')
  })

  it.each(['', '-1', '1.5', '64', '1e1', ' 1', '0x1', '٣', '001'])('RG8 is not %j', (text) => {
    expect(threadOfText(text)).toBeNull()
  })
})
