/**
 * The webhook events of one room that are not yet delivered, in its object's SQLite: they survive sleep, restarts and the
 * room itself. Sent from the object's alarm, so that nothing waits for a receiver.
 */
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import {
  delivered,
  dueEvent,
  enqueue,
  failed,
  webhookDeadline,
  withoutOld,
  type WaitingEvent,
  type WebhookQueue,
} from '../doors/webhook-queue.ts'
import { webhookHeaders, type WebhookTarget } from '../doors/webhook-request.ts'
import { log } from '../log.ts'
import { newWebhookId } from '../secrets.ts'
import { hasTable } from '../store/stored-version.ts'

/** The table that outlives the room: see `RoomFollowers.areTold`. */
export const outboxTable = 'webhook_outbox'

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const rowSchema = v.object({
  id: v.string(),
  body: v.string(),
  created_at_ms: countSchema,
  attempts: countSchema,
  next_at_ms: countSchema,
})

export class WebhookOutbox {
  readonly #storage: DurableObjectStorage
  readonly #target: WebhookTarget
  readonly #who: { readonly room: string }
  /** Null: not read since waking. */
  #queue: WebhookQueue | null = null
  /** While a delivery is under way: when it must be over, by its timeout. */
  #sendingUntilMs: number | null = null

  constructor(storage: DurableObjectStorage, target: WebhookTarget, who: { readonly room: string }) {
    this.#storage = storage
    this.#target = target
    this.#who = who
  }

  get isEmpty(): boolean {
    return this.#open().length === 0
  }

  /** When to call `deliver` next, or null. During a delivery: late enough not to disturb, should the object die with it. */
  get deadlineMs(): number | null {
    return this.#sendingUntilMs ?? webhookDeadline(this.#open())
  }

  add(body: string, atMs: number): void {
    const queue = this.#open()
    this.#keep(enqueue(queue, { id: newWebhookId(), body }, atMs))
    if (queue.length === limits.webhooksMax) log('warn', 'webhook-dropped', { ...this.#who, dropped: 1 })
  }

  /** Sends what is due, one after another, until the receiver fails. */
  async deliver(): Promise<void> {
    if (this.#sendingUntilMs !== null) return
    try {
      for (let sent = 0; sent < limits.webhookBatchMax; sent += 1) {
        const event = this.#nextDue()
        if (event === null) return
        this.#sendingUntilMs = Date.now() + 2 * limits.webhookTimeoutMs
        const problem = await this.#send(event)
        if (problem === null) {
          this.#keep(delivered(this.#open(), event.id))
        } else {
          this.#keep(failed(this.#open(), event.id, Date.now(), Math.random()))
          log('warn', 'webhook-failed', { ...this.#who, problem, attempts: event.attempts + 1 })
        }
      }
    } finally {
      this.#sendingUntilMs = null
    }
  }

  #nextDue(): WaitingEvent | null {
    const atMs = Date.now()
    const queue = this.#open()
    const current = withoutOld(queue, atMs)
    const dropped = queue.length - current.length
    if (dropped > 0) log('error', 'webhook-given-up', { ...this.#who, dropped })
    this.#keep(current)
    return dueEvent(current, atMs)
  }

  /** Null: taken. Otherwise the status, or the kind of failure; never what the receiver said. */
  async #send(event: WaitingEvent): Promise<number | string | null> {
    // Not `AbortSignal.timeout`: its timer cannot be cleared, and would keep the room from sleeping.
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), limits.webhookTimeoutMs)
    try {
      const response = await fetch(this.#target.url, {
        method: 'POST',
        headers: await webhookHeaders(this.#target, event, Date.now()),
        body: event.body,
        // Whoever the receiver points to was not meant: an event goes to the configured address or nowhere.
        redirect: 'manual',
        signal: controller.signal,
      })
      await response.body?.cancel()
      return response.ok ? null : response.status
    } catch (error) {
      return error instanceof Error ? error.name : 'unknown'
    } finally {
      clearTimeout(timer)
    }
  }

  #open(): WebhookQueue {
    this.#queue ??= this.#load()
    return this.#queue
  }

  #load(): WebhookQueue {
    const { sql } = this.#storage
    if (!hasTable(sql, outboxTable)) return []
    const rows = sql.exec(`SELECT * FROM ${outboxTable} ORDER BY position`).toArray()
    return v.parse(v.array(rowSchema), rows).map((row) => ({
      id: row.id,
      body: row.body,
      createdAtMs: row.created_at_ms,
      attempts: row.attempts,
      nextAtMs: row.next_at_ms,
    }))
  }

  /** Row by row: a long queue is not written anew for each attempt. */
  #keep(next: WebhookQueue): void {
    const previous = this.#open()
    if (next === previous) return
    this.#queue = next
    const { sql } = this.#storage
    sql.exec(
      `CREATE TABLE IF NOT EXISTS ${outboxTable} (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at_ms INTEGER NOT NULL
      ) STRICT`,
    )
    const [before, after] = [byId(previous), byId(next)]
    for (const [id] of before) {
      if (!after.has(id)) sql.exec(`DELETE FROM ${outboxTable} WHERE id = ?`, id)
    }
    for (const [id, event] of after) {
      const { body, createdAtMs, attempts, nextAtMs } = event
      if (before.get(id) === event) continue
      sql.exec(
        `INSERT INTO ${outboxTable} (id, body, created_at_ms, attempts, next_at_ms) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, next_at_ms = excluded.next_at_ms`,
        id,
        body,
        createdAtMs,
        attempts,
        nextAtMs,
      )
    }
  }
}

const byId = (queue: WebhookQueue): ReadonlyMap<string, WaitingEvent> =>
  new Map(queue.map((event) => [event.id, event]))
