/** When a page heard that the room prepares another route, and when it heard that media goes over another one. */
export interface RouteNews {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly kind: 'mesh' | 'relayed'
  readonly epoch: number
  /** Is it committed, or prepared? */
  readonly isCommitted: boolean
}

declare global {
  interface Window {
    routeLog: RouteNews[]
  }
}

/** Runs inside the page, before its own scripts: it must not refer to anything outside itself. */
export function installRouteLog(): void {
  const log: RouteNews[] = []
  window.routeLog = log

  const note = (route: unknown, isCommitted: boolean): void => {
    if (typeof route !== 'object' || route === null || !('epoch' in route) || !('kind' in route)) return
    const kind = route.kind === 'relayed' ? 'relayed' : 'mesh'
    log.push({
      atMs: performance.timeOrigin + performance.now(),
      kind,
      epoch: Number(route.epoch),
      isCommitted,
    })
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
