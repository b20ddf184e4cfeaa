/**
 * The one word that a room owes its creator's ledger: that it has ended. In its object's SQLite until the ledger has heard it,
 * so that it survives sleep, restarts and the room itself; when the room would have expired the ledger knows by itself.
 */
import { roomIdSchema, type RoomId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import * as v from 'valibot'
import { log } from '../log.ts'
import { hasTable } from '../store/stored-version.ts'

/** This table outlives the room: see `RoomFollowers.areTold`. */
export const ledgerWordTable = 'ledger_word'

const retry = { firstMs: limits.ledgerRetryFirstMs, maxMs: limits.ledgerRetryMaxMs }

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const rowSchema = v.object({
  room_id: roomIdSchema,
  creator_id: v.string(),
  give_up_at_ms: countSchema,
  attempts: countSchema,
  next_at_ms: countSchema,
})
type Word = v.InferOutput<typeof rowSchema>

export interface LedgerWordPorts {
  readonly storage: DurableObjectStorage
  readonly who: { readonly room: string }
  /** Rejects when the ledger did not hear it. */
  readonly tell: (roomId: RoomId, creatorId: string) => Promise<void>
}

export class LedgerWord {
  readonly #ports: LedgerWordPorts
  /** undefined: not read since waking; null: nothing is owed. */
  #word: Word | null | undefined
  /** While it is being said: when that must be over. */
  #tellingUntilMs: number | null = null

  constructor(ports: LedgerWordPorts) {
    this.#ports = ports
  }

  get isTold(): boolean {
    return this.#open() === null
  }

  /** When to call `deliver` next, or null. While it is being said: late enough not to disturb, should the object die with it. */
  get deadlineMs(): number | null {
    return this.#tellingUntilMs ?? this.#open()?.next_at_ms ?? null
  }

  add(roomId: RoomId, creatorId: string, expiresAtMs: number, atMs: number): void {
    if (atMs >= expiresAtMs) return
    this.#keep({
      room_id: roomId,
      creator_id: creatorId,
      give_up_at_ms: expiresAtMs,
      attempts: 0,
      next_at_ms: atMs,
    })
  }

  async deliver(): Promise<void> {
    const word = this.#open()
    const atMs = Date.now()
    if (word === null || this.#tellingUntilMs !== null || atMs < word.next_at_ms) return
    this.#tellingUntilMs = atMs + 2 * limits.gateAnswerMs
    try {
      await this.#tell(word)
      this.#keep(null)
    } catch {
      this.#failed(word, Date.now())
    } finally {
      this.#tellingUntilMs = null
    }
  }

  async #tell({ room_id, creator_id }: Word): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), limits.gateAnswerMs)
    })
    try {
      await Promise.race([this.#ports.tell(room_id, creator_id), late])
    } finally {
      clearTimeout(timer)
    }
  }

  #failed(word: Word, atMs: number): void {
    const { attempts } = word
    const nextAtMs = atMs + Math.ceil(backoffMs(attempts, Math.random(), retry))
    log('warn', 'place-not-freed', { ...this.#ports.who, attempts: attempts + 1 })
    // Later than this the ledger frees the place by itself.
    const isOver = nextAtMs >= word.give_up_at_ms
    this.#keep(isOver ? null : { ...word, attempts: attempts + 1, next_at_ms: nextAtMs })
  }

  #open(): Word | null {
    if (this.#word === undefined) this.#word = this.#load()
    return this.#word
  }

  #load(): Word | null {
    const { sql } = this.#ports.storage
    if (!hasTable(sql, ledgerWordTable)) return null
    return v.parse(v.array(rowSchema), sql.exec(`SELECT * FROM ${ledgerWordTable}`).toArray())[0] ?? null
  }

  #keep(word: Word | null): void {
    this.#word = word
    const { sql } = this.#ports.storage
    sql.exec(`DROP TABLE IF EXISTS ${ledgerWordTable}`)
    if (word === null) return
    sql.exec(
      `CREATE TABLE ${ledgerWordTable} (
        room_id TEXT PRIMARY KEY, creator_id TEXT NOT NULL,
        give_up_at_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at_ms INTEGER NOT NULL
      ) STRICT`,
    )
    const { room_id, creator_id, give_up_at_ms, attempts, next_at_ms } = word
    sql.exec(
      `INSERT INTO ${ledgerWordTable} VALUES (?, ?, ?, ?, ?)`,
      room_id,
      creator_id,
      give_up_at_ms,
      attempts,
      next_at_ms,
    )
  }
}
