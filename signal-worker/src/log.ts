/**
 * Structured log lines. Only numbers, codes and shortened ids fit through the type: secrets, SDP, addresses and
 * display names have no way in. error: someone must act · warn: recovered · info: one line per change of life.
 */
export type LogFields = Readonly<Record<string, number | string | boolean | Readonly<Record<string, number>>>>

export function log(level: 'error' | 'warn' | 'info', event: string, fields: LogFields = {}): void {
  console[level](JSON.stringify({ level, event, ...fields }))
}

/** A bug, without its message: that may quote what someone sent. The frames tell where to look. */
export function logBug(where: string, error: unknown): void {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter(isFrame).slice(0, 8) : []
  const name = error instanceof Error ? error.name : typeof error
  const said = error instanceof Error && ownWords.has(name) ? { message: error.message } : {}
  log('error', 'bug', { where, name, ...said, at: frames.join(' ') })
}

/** Errors whose messages this worker wrote itself, with nothing of anyone else in them. */
const ownWords: ReadonlySet<string> = new Set(['StoredVersionError', 'ConfigError'])

const isFrame = (line: string): boolean => /^\s+at /.test(line)
