/**
 * Who outside a room hears of it: its creator's ledger, which counts open rooms, and the embedder's webhook receiver.
 * Neither is waited for.
 */
import type { RoomId } from '@video-room/shared/ids.ts'
import { webhookBody, type WebhookTarget } from '../doors/webhook-request.ts'
import type { Env } from '../env.ts'
import { log } from '../log.ts'
import type { RoomNotice } from '../room/effect.ts'
import { outboxTable, WebhookOutbox } from './webhook-outbox.ts'

interface FollowerPorts {
  readonly env: Pick<Env, 'CREATOR_LEDGER'>
  readonly storage: DurableObjectStorage
  readonly who: { readonly room: string }
  /** Null: this deployment has no webhooks. */
  readonly target: WebhookTarget | null
  readonly waitUntil: (task: Promise<void>) => void
}

export class RoomFollowers {
  readonly #ports: FollowerPorts
  readonly #outbox: WebhookOutbox | null

  constructor(ports: FollowerPorts) {
    this.#ports = ports
    this.#outbox = ports.target === null ? null : new WebhookOutbox(ports.storage, ports.target, ports.who)
  }

  /** When `deliver` is due, or null. */
  get deadlineMs(): number | null {
    return this.#outbox?.deadlineMs ?? null
  }

  /** Nobody waits for news of this room any more: everything of it may be deleted. */
  get areTold(): boolean {
    return this.#outbox?.isEmpty ?? true
  }

  tell(roomId: RoomId, creatorId: string | null, notice: RoomNotice): void {
    this.#outbox?.add(webhookBody(roomId, notice), notice.atMs)
    if (notice.type === 'room.ended' && creatorId !== null) {
      this.#ports.waitUntil(this.#freePlace(roomId, creatorId))
    }
  }

  async deliver(): Promise<void> {
    await this.#outbox?.deliver()
  }

  /** Deletes the room and keeps what is still to be told of it. */
  forgetRoom(): void {
    const { sql } = this.#ports.storage
    const tables = sql.exec<{ name: string }>(
      `SELECT name FROM sqlite_master
       WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' AND name != ?`,
      outboxTable,
    )
    for (const { name } of tables.toArray()) sql.exec(`DROP TABLE "${name}"`)
  }

  async #freePlace(roomId: RoomId, creatorId: string): Promise<void> {
    const { env, who } = this.#ports
    try {
      await env.CREATOR_LEDGER.get(env.CREATOR_LEDGER.idFromName(creatorId)).roomEnded(roomId)
    } catch {
      // The ledger learns it by the room's expiry, at the latest.
      log('warn', 'place-not-freed', who)
    }
  }
}
