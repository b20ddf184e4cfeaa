/**
 * Structured log lines. Only numbers, codes and shortened ids fit through the type: secrets, SDP, addresses and display
 * names have no way in. error: someone must act · warn: recovered · info: one line per change of life · debug: the rest.
 */
import type { LinkId } from '@video-room/shared/ids.ts'

export const logLevels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

export type LogFields = Readonly<Record<string, number | string | boolean | Readonly<Record<string, number>>>>

export type Log = (level: LogLevel, event: string, fields?: LogFields) => void

/** JSON lines of this level and above, with the time of each. Warnings and errors, too, go to one place: its order is the story. */
export function jsonLog(least: LogLevel, write: (line: string) => void, now: () => Date): Log {
  return (level, event, fields = {}) => {
    if (logLevels.indexOf(level) > logLevels.indexOf(least)) return
    write(JSON.stringify({ at: now().toISOString(), level, event, ...fields }))
  }
}

/** A link as a line may show it: enough to follow one, too little to make its ticket. */
export const loggableLink = (linkId: LinkId): string => `${linkId.slice(0, 4)}…`

/** A bug, without its message: that may quote what someone sent. The frames tell where to look. */
export function logBug(log: Log, where: string, error: unknown): void {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter(isFrame).slice(0, 8) : []
  const name = error instanceof Error ? error.name : typeof error
  log('error', 'bug', { where, name, at: frames.map((frame) => frame.trim()).join(' ') })
}

const isFrame = (line: string): boolean => /^\s+at /.test(line)
