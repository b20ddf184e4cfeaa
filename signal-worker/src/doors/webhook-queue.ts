/**
 * Decides: which event of a room goes to the webhook receiver next, and when.
 * Does not decide: what an event says, nor how it is sent (webhook-request.ts).
 * Invariants: events leave in the order in which they happened; nothing is older than `webhookGiveUpMs` nor more than
 * `webhooksMax`; an event stays until it was answered for.
 */
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'

export interface WaitingEvent {
  /** The same over all attempts, so that the receiver can tell a repetition. */
  readonly id: string
  readonly body: string
  readonly createdAtMs: number
  /** Failed deliveries so far. */
  readonly attempts: number
  readonly nextAtMs: number
}

/** Oldest first. */
export type WebhookQueue = readonly WaitingEvent[]

const retry = { firstMs: limits.webhookRetryFirstMs, maxMs: limits.webhookRetryMaxMs }

export function enqueue(
  queue: WebhookQueue,
  event: { readonly id: string; readonly body: string },
  atMs: number,
): WebhookQueue {
  return [...queue, { ...event, createdAtMs: atMs, attempts: 0, nextAtMs: atMs }].slice(-limits.webhooksMax)
}

/** Without what is too old to be news. */
export function withoutOld(queue: WebhookQueue, atMs: number): WebhookQueue {
  const isOld = (event: WaitingEvent): boolean => atMs >= event.createdAtMs + limits.webhookGiveUpMs
  return queue.some(isOld) ? queue.filter((event) => !isOld(event)) : queue
}

/** The event to send now. While the first one waits, all wait: order counts for more than speed. */
export const dueEvent = (queue: WebhookQueue, atMs: number): WaitingEvent | null =>
  queue[0] !== undefined && atMs >= queue[0].nextAtMs ? queue[0] : null

export const delivered = (queue: WebhookQueue, id: string): WebhookQueue =>
  queue.filter((event) => event.id !== id)

/** `random` is drawn by the shell, in [0, 1). */
export const failed = (queue: WebhookQueue, id: string, atMs: number, random: number): WebhookQueue =>
  queue.map((event) =>
    event.id === id
      ? {
          ...event,
          attempts: event.attempts + 1,
          nextAtMs: atMs + backoffMs(event.attempts, random, retry),
        }
      : event,
  )

export const webhookDeadline = (queue: WebhookQueue): number | null => queue[0]?.nextAtMs ?? null
