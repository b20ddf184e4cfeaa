/** Resolves when someone wants us to end: a signal, or the death of whoever started us. */
import { parentsWatch } from './parents.ts'

/** How often we look whether the one who started us is still there. */
const parentCheckMs = 500

export function askedToEnd(): Promise<'asked'> {
  return new Promise((resolve) => {
    const asked = (): void => resolve('asked')
    const parentsLive = parentsWatch(process.env['npm_lifecycle_event'] !== undefined)
    setInterval(() => parentsLive() || asked(), parentCheckMs).unref()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, asked)
  })
}
