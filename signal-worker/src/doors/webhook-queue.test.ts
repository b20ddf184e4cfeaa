import { limits } from '@video-room/shared/limits.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  delivered,
  dueEvent,
  enqueue,
  failed,
  webhookDeadline,
  withoutOld,
  type WebhookQueue,
} from './webhook-queue.ts'

const add = (queue: WebhookQueue, id: string, atMs = 0): WebhookQueue =>
  enqueue(queue, { id, body: id }, atMs)

describe('the webhook queue', () => {
  it('WH3 sends at once, and the next one only when the first was answered for', () => {
    const two = add(add([], 'one'), 'two')
    expect(dueEvent(two, 0)?.id).toBe('one')
    const waiting = failed(two, 'one', 0, 0.5)
    expect(dueEvent(waiting, 0)).toBeNull()
    expect(dueEvent(waiting, webhookDeadline(waiting) ?? 0)?.id).toBe('one')
    expect(dueEvent(delivered(waiting, 'one'), 0)?.id).toBe('two')
    expect(webhookDeadline([])).toBeNull()
  })

  it('WH3 waits longer after each failure, up to a bound, never the same for all rooms', () => {
    let queue = add([], 'one')
    const waits: number[] = []
    for (let n = 0; n < 20; n += 1) {
      queue = failed(queue, 'one', 0, 0)
      waits.push(queue[0]?.nextAtMs ?? 0)
    }
    expect(waits[0]).toBe(limits.webhookRetryFirstMs / 2)
    expect(waits.at(-1)).toBe(limits.webhookRetryMaxMs / 2)
    expect(waits.toSorted((a, b) => a - b)).toEqual(waits)
    expect(failed(add([], 'one'), 'one', 0, 0.9)[0]?.nextAtMs).not.toBe(waits[0])
  })

  it('WH3 an event is given up after a day, and the next one has its turn', () => {
    const queue = add(add([], 'old', 0), 'young', 1_000)
    expect(withoutOld(queue, limits.webhookGiveUpMs - 1)).toBe(queue)
    expect(withoutOld(queue, limits.webhookGiveUpMs).map(({ id }) => id)).toEqual(['young'])
  })

  it('WH3 whatever the receiver does, events arrive in order, none twice, and the queue is bounded', () => {
    const turn = fc.record({
      adds: fc.integer({ min: 0, max: 80 }),
      fails: fc.boolean(),
      random: fc.double({ min: 0, max: 0.99, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 50 }), (turns) => {
        let queue: WebhookQueue = []
        let atMs = 0
        let added = 0
        const arrived: number[] = []
        for (const { adds, fails, random } of turns) {
          for (let n = 0; n < adds; n += 1) queue = add(queue, String((added += 1)), atMs)
          expect(queue.length).toBeLessThanOrEqual(limits.webhooksMax)
          atMs = Math.max(atMs, webhookDeadline(queue) ?? atMs)
          const due = dueEvent(queue, atMs)
          if (due === null) continue
          queue = fails ? failed(queue, due.id, atMs, random) : delivered(queue, due.id)
          if (!fails) arrived.push(Number(due.id))
        }
        expect(arrived.toSorted((a, b) => a - b)).toEqual(arrived)
        expect(new Set(arrived).size).toBe(arrived.length)
      }),
    )
  })
})
