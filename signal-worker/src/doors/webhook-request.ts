/**
 * Decides: what a webhook delivery looks like: body and headers as Standard Webhooks 1.0 describes them (WH1, WH2).
 * Does not decide: when it is sent (webhook-queue.ts).
 * Invariants: the body holds ids, roles, times and counts; no names, no tokens.
 */
import type { RoomId } from '@video-room/shared/ids.ts'
import type { RoomNotice } from '../room/effect.ts'

export interface WebhookTarget {
  readonly url: string
  /** Each signs, so that a new one can follow an old one. */
  readonly secrets: readonly Uint8Array<ArrayBuffer>[]
}

export function webhookBody(roomId: RoomId, notice: RoomNotice): string {
  const { type, atMs, ...data } = notice
  return JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data: { roomId, ...data } })
}

export async function webhookHeaders(
  target: WebhookTarget,
  event: { readonly id: string; readonly body: string },
  atMs: number,
): Promise<Headers> {
  const timestamp = Math.floor(atMs / 1_000)
  const content = `${event.id}.${timestamp}.${event.body}`
  const signatures = await Promise.all(target.secrets.map(async (secret) => signature(secret, content)))
  return new Headers({
    'Content-Type': 'application/json',
    'User-Agent': 'video-room',
    'webhook-id': event.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  })
}

async function signature(secret: Uint8Array<ArrayBuffer>, content: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
  const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(content))
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`
}
