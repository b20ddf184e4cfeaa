/** Keeps a room's state in the SQLite of its Durable Object, so that a woken room goes on where it slept. */
import { roomStateVersion, type RoomState } from '../room/state.ts'
import { readStoredState } from '../room/stored-state.ts'
import { hasTable, StoredVersionError } from '../store/stored-version.ts'

export class RoomStorage {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** Null when the room was never created or is gone. Throws StoredVersionError, and leaves the data alone. */
  load(): RoomState | null {
    const { sql } = this.#storage
    if (!hasTable(sql, 'room_state')) return null
    const row = sql.exec('SELECT version, state FROM room_state').toArray()[0]
    if (row === undefined) return null
    const state = readStoredState(row['version'], row['state'])
    if (state === null) throw new StoredVersionError('room_state', row['version'], roomStateVersion)
    return state
  }

  /** Synchronous: the write is in line before any effect of the state leaves the room. */
  save(state: RoomState): void {
    this.#storage.sql.exec(
      'INSERT OR REPLACE INTO room_state VALUES (1, ?, ?)',
      state.version,
      JSON.stringify(state),
    )
  }

  create(state: RoomState): void {
    this.#storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS room_state (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1), version INTEGER NOT NULL, state TEXT NOT NULL
      ) STRICT`,
    )
    this.save(state)
  }
}
