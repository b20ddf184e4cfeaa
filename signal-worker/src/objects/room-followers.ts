/**
 * Who outside a room hears of it: its creator's ledger, which counts open rooms, and the embedder's webhook receiver.
 * Neither is waited for.
 */
import type { RoomId } from '@video-room/shared/ids.ts'
import { earliest } from '@video-room/shared/machine/step.ts'
import { webhookBody, type WebhookTarget } from '../doors/webhook-request.ts'
import type { Env } from '../env.ts'
import type { RoomNotice } from '../room/effect.ts'
import type { RoomState } from '../room/state.ts'
import { LedgerWord, ledgerWordTable } from './ledger-word.ts'
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
  readonly #ledgerWord: LedgerWord

  constructor(ports: FollowerPorts) {
    this.#ports = ports
    const { env, storage, who, target } = ports
    this.#outbox = target === null ? null : new WebhookOutbox(storage, target, who)
    this.#ledgerWord = new LedgerWord({
      storage,
      who,
      tell: (roomId, creatorId) =>
        env.CREATOR_LEDGER.get(env.CREATOR_LEDGER.idFromName(creatorId)).roomEnded(roomId),
    })
  }

  /** When `deliver` is due, or null. */
  get deadlineMs(): number | null {
    return earliest(this.#outbox?.deadlineMs ?? null, this.#ledgerWord.deadlineMs)
  }

  /** Nobody waits for news of this room any more: everything of it may be deleted. */
  get areTold(): boolean {
    return this.#ledgerWord.isTold && (this.#outbox?.isEmpty ?? true)
  }

  tell(roomId: RoomId, state: Pick<RoomState, 'creatorId' | 'expiresAtMs'>, notice: RoomNotice): void {
    this.#outbox?.add(webhookBody(roomId, notice), notice.atMs)
    const { creatorId, expiresAtMs } = state
    if (notice.type !== 'room.ended' || creatorId === null) return
    this.#ledgerWord.add(roomId, creatorId, expiresAtMs, notice.atMs)
    // At once: whoever ended a room may want the next one now.
    this.#ports.waitUntil(this.#ledgerWord.deliver())
  }

  async deliver(): Promise<void> {
    await Promise.all([this.#outbox?.deliver(), this.#ledgerWord.deliver()])
  }

  /** Deletes the room and keeps what is still to be told of it. */
  forgetRoom(): void {
    const { sql } = this.#ports.storage
    const tables = sql.exec<{ name: string }>(
      `SELECT name FROM sqlite_master
       WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' AND name NOT IN (?, ?)`,
      outboxTable,
      ledgerWordTable,
    )
    for (const { name } of tables.toArray()) sql.exec(`DROP TABLE "${name}"`)
  }
}
