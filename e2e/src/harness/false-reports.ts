/** Facts as a test wants them: what a page reports of its direct links, said instead of what it measured. The room decides by it. */
import type { PathVerdict } from '@video-room/shared/protocol/path-report.ts'
import type { RoomPage } from './room-page.ts'

declare global {
  interface Window {
    /** From now on, and at once; null: what was measured. When, in milliseconds since the epoch. */
    reportDirect: (verdict: string | null) => number
  }
}

/** Runs inside the page, before its own scripts: it must not refer to anything outside itself. */
export function installFalseReports(): void {
  const send = WebSocket.prototype.send
  let verdict: string | null = null
  let last: { readonly socket: WebSocket; readonly text: string } | null = null
  const told = (text: string): string => {
    if (verdict === null) return text
    const report = JSON.parse(text)
    const paths = report.paths.map((path: { readonly to: string }) =>
      path.to.startsWith('o_') ? { ...path, verdict } : path,
    )
    return JSON.stringify({ ...report, paths })
  }
  WebSocket.prototype.send = function (this: WebSocket, data) {
    if (typeof data !== 'string' || !data.includes('"type":"report"')) return send.call(this, data)
    last = { socket: this, text: data }
    send.call(this, told(data))
  }
  window.reportDirect = (next) => {
    verdict = next
    if (last?.socket.readyState === WebSocket.OPEN) send.call(last.socket, told(last.text))
    return performance.timeOrigin + performance.now()
  }
}

export const reportDirect = (person: RoomPage, verdict: PathVerdict | null): Promise<number> =>
  person.page.evaluate((said) => window.reportDirect(said), verdict)
