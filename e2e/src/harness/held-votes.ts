/** Holds a migration open: what a page would say when it is ready for the next route waits until the test lets it go. */
import type { RoomPage } from './room-page.ts'

declare global {
  interface Window {
    /** Sends what was held, and holds nothing any more. */
    releaseVotes: () => void
  }
}

/** Runs inside the page, before its own scripts: it must not refer to anything outside itself. */
export function installHeldVotes(): void {
  const send = WebSocket.prototype.send
  const held: (() => void)[] = []
  let isHolding = true
  WebSocket.prototype.send = function (this: WebSocket, data) {
    const isVote = typeof data === 'string' && data.includes('"route-ready"')
    if (isVote && isHolding) held.push(() => send.call(this, data))
    else send.call(this, data)
  }
  window.releaseVotes = () => {
    isHolding = false
    for (const say of held.splice(0)) say()
  }
}

export const releaseVotes = (person: RoomPage): Promise<void> =>
  person.page.evaluate(() => window.releaseVotes())

/** A route is prepared, and nobody has left the present one. */
export const untilPrepared = (person: RoomPage): Promise<unknown> =>
  person.untilView(`${person.name} prepares the next route`, (view) => view.migration !== null)
