/** Storage written by another build. Nothing is read, guessed or deleted: the data waits for a build that knows it. */
export class StoredVersionError extends Error {
  override readonly name = 'StoredVersionError'

  constructor(what: string, found: unknown, known: number) {
    super(`${what}: stored schema version ${String(found)} is not ${known}; the data was left as it is`)
  }
}

/** Does this table exist? Asked before any read, because a room that was never created must not write (HT1). */
export const hasTable = (sql: SqlStorage, name: string): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name).toArray().length > 0
