/** When a page heard that the room prepares another route, and when it heard that media goes over another one. */
export interface RouteNews {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly kind: 'mesh' | 'relayed'
  readonly epoch: number
  /** Is it committed, or prepared? */
  readonly isCommitted: boolean
}

export interface RouteLog {
  /** The news since the last time. */
  take(): RouteNews[]
  /** Until media goes over a route of this kind, since then: told by the news itself, as looking again and again burdens what is measured. */
  committed(kind: RouteNews['kind'], sinceMs: number): Promise<void>
}

declare global {
  interface Window {
    routeLog: RouteLog
  }
}

/** Runs inside the page, before its own scripts: it must not refer to anything outside itself. */
export function installRouteLog(): void {
  const log: RouteNews[] = []
  const heard = new EventTarget()
  window.routeLog = {
    take: () => log.splice(0),
    committed: (kind, sinceMs) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!log.some((one) => one.isCommitted && one.kind === kind && one.atMs >= sinceMs)) return
          heard.removeEventListener('news', look)
          resolve()
        }
        heard.addEventListener('news', look)
        look()
      }),
  }

  const note = (route: unknown, isCommitted: boolean): void => {
    if (typeof route !== 'object' || route === null || !('epoch' in route) || !('kind' in route)) return
    const kind = route.kind === 'relayed' ? 'relayed' : 'mesh'
    // A room may first say that it is relayed, and by whom a little later.
    const isWhole =
      kind === 'mesh' || ('relays' in route && Array.isArray(route.relays) && route.relays.length > 0)
    if (!isWhole) return
    log.push({
      atMs: performance.timeOrigin + performance.now(),
      kind,
      epoch: Number(route.epoch),
      isCommitted,
    })
    heard.dispatchEvent(new Event('news'))
  }

  const read = ({ data }: MessageEvent<unknown>): void => {
    if (typeof data !== 'string' || !/"(?:route|migration)"/.test(data)) return
    const message: unknown = JSON.parse(data)
    if (typeof message !== 'object' || message === null || !('patch' in message)) return
    const { patch } = message
    if (typeof patch !== 'object' || patch === null) return
    if ('migration' in patch) note(patch.migration, false)
    if ('route' in patch) note(patch.route, true)
  }

  const Socket = window.WebSocket
  window.WebSocket = class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols ?? [])
      this.addEventListener('message', read)
    }
  }
}
