import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { readConfig } from '../config.ts'
import { WebhookOutbox } from './webhook-outbox.ts'

const receiver = inject('webhookReceiver')
const secret = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

const seenSchema = v.array(v.object({ headers: v.record(v.string(), v.string()), body: v.string() }))
const seenBy = async (name: string) =>
  v.parse(seenSchema, await (await fetch(`${receiver}/seen/${name}`)).json())
const bodiesAt = async (name: string) => (await seenBy(name)).map(({ body }) => body)

/** The outbox of a receiver that answers like this, in some object's storage. */
async function withOutbox<Value>(
  name: string,
  answers: string,
  act: (outbox: WebhookOutbox) => Promise<Value>,
): Promise<Value> {
  const target = readConfig({
    WEBHOOK_URL: `${receiver}/hook/${name}/${answers}`,
    WEBHOOK_SECRET: `whsec_${secret}`,
  }).webhook
  if (target === null) throw new Error('no target')
  const stub = env.CREATOR_LEDGER.get(env.CREATOR_LEDGER.idFromName(`outbox of ${name}`))
  return runInDurableObject(stub, async (_object, state) =>
    act(new WebhookOutbox(state.storage, target, { room: name })),
  )
}

const sleep = async (name: string): Promise<void> =>
  evictDurableObject(env.CREATOR_LEDGER.get(env.CREATOR_LEDGER.idFromName(`outbox of ${name}`)))

/** Lets the clock run to the outbox's next time and delivers. */
async function next(outbox: WebhookOutbox): Promise<void> {
  vi.setSystemTime(outbox.deadlineMs ?? Date.now())
  await outbox.deliver()
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

describe('the webhook outbox', () => {
  it('WH1 WH3 delivers in order, each signed so that its receiver can check it', async () => {
    await withOutbox('orderly', '200', async (outbox) => {
      for (const body of ['one', 'two', 'three']) outbox.add(body, Date.now())
      await outbox.deliver()
      expect(outbox.isEmpty).toBe(true)
      expect(outbox.deadlineMs).toBeNull()
    })
    const seen = await seenBy('orderly')
    expect(seen.map(({ body }) => body)).toEqual(['one', 'two', 'three'])
    const bytes = Uint8Array.from(atob(secret), (letter) => letter.charCodeAt(0))
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ])
    for (const { headers, body } of seen) {
      const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
      const [, base64 = ''] = (headers['webhook-signature'] ?? '').split(',')
      const signature = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const isGood = async (text: string) =>
        crypto.subtle.verify('HMAC', key, signature, new TextEncoder().encode(text))
      expect(await isGood(content)).toBe(true)
      expect(await isGood(`${content} `)).toBe(false)
    }
    expect(new Set(seen.map(({ headers }) => headers['webhook-id'])).size).toBe(3)
  })

  it('WH3 sends again what failed in any way, with the same id, and nothing overtakes it', async () => {
    await withOutbox('troubled', '500,302,drop,404,204', async (outbox) => {
      outbox.add('one', Date.now())
      outbox.add('two', Date.now())
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const beforeMs = Date.now()
        await outbox.deliver()
        expect(outbox.deadlineMs).toBeGreaterThan(beforeMs)
        await outbox.deliver()
        vi.setSystemTime(outbox.deadlineMs ?? 0)
      }
      await outbox.deliver()
      expect(outbox.isEmpty).toBe(true)
    })
    expect(await bodiesAt('troubled')).toEqual(['one', 'one', 'one', 'one', 'one', 'two'])
    const ids = (await seenBy('troubled')).map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids.slice(0, 5)).size).toBe(1)
    expect(await seenBy('troubled-elsewhere')).toEqual([])
  })

  it('WH3 loses nothing over sleep, and knows when to go on', async () => {
    const deadlineMs = await withOutbox('sleepy', '500,200', async (outbox) => {
      outbox.add('one', Date.now())
      outbox.add('two', Date.now())
      await outbox.deliver()
      return outbox.deadlineMs
    })
    await sleep('sleepy')
    await withOutbox('sleepy', '500,200', async (outbox) => {
      expect(outbox.deadlineMs).toBe(deadlineMs)
      await next(outbox)
      expect(outbox.isEmpty).toBe(true)
    })
    expect(await bodiesAt('sleepy')).toEqual(['one', 'one', 'two'])
  })

  it('WH3 gives up after a day, and says so in the log without a word of the event', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    await withOutbox('deaf', '500', async (outbox) => {
      outbox.add('a secret body', Date.now())
      await outbox.deliver()
      vi.setSystemTime(Date.now() + limits.webhookGiveUpMs)
      await outbox.deliver()
      expect(outbox.isEmpty).toBe(true)
    })
    expect(said.mock.calls).toHaveLength(1)
    expect(said.mock.calls[0]?.[0]).toContain('webhook-given-up')
    expect(said.mock.calls[0]?.[0]).not.toContain('secret body')
    expect(await seenBy('deaf')).toHaveLength(1)
  })

  it('WH3 one delivery at a time, a bounded number at a wake-up', async () => {
    await withOutbox('many', '200', async (outbox) => {
      for (let n = 0; n < limits.webhookBatchMax + 8; n += 1) outbox.add(String(n), Date.now())
      await Promise.all([outbox.deliver(), outbox.deliver()])
      expect(outbox.isEmpty).toBe(false)
      await outbox.deliver()
      expect(outbox.isEmpty).toBe(true)
    })
    const bodies = await bodiesAt('many')
    expect(bodies).toEqual(Array.from({ length: limits.webhookBatchMax + 8 }, (_, n) => String(n)))
  })
})
