/** What every connection of a page has sent, and how often its pictures froze, looked at four times a second. */
export interface LinkLook {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  /** In the order in which they were made; what is closed stays as it was last. */
  readonly links: readonly {
    readonly sentBytes: number
    readonly freezeCount: number
    readonly framesDecoded: number
  }[]
}

export interface LinkLog {
  /** Starts looking; `take` gives the looks since the last time. */
  start(): void
  take(): LinkLook[]
}

declare global {
  interface Window {
    linkLog: LinkLog
  }
}

/** Runs inside the page, after the probe: it must not refer to anything outside itself. */
export function installLinkLog(): void {
  /** Statistics cost a busy page tens of milliseconds. */
  const everyMs = 250
  const looks: LinkLook[] = []
  const nothing = { sentBytes: 0, freezeCount: 0, framesDecoded: 0 }
  const last: (typeof nothing)[] = []

  const lookAt = async (connection: RTCPeerConnection, at: number): Promise<void> => {
    if (connection.connectionState === 'closed') return
    const found = { ...nothing }
    for (const [, entry] of await connection.getStats()) {
      if (entry.type === 'transport') found.sentBytes += entry.bytesSent ?? 0
      if (entry.type !== 'inbound-rtp') continue
      found.freezeCount += entry.freezeCount ?? 0
      found.framesDecoded += entry.framesDecoded ?? 0
    }
    last[at] = found
  }

  const look = async (): Promise<void> => {
    const atMs = performance.timeOrigin + performance.now()
    await Promise.all(window.probe.connections.map(lookAt))
    looks.push({ atMs, links: Array.from(last, (one) => ({ ...(one ?? nothing) })) })
    setTimeout(() => void look(), Math.max(0, atMs + everyMs - performance.timeOrigin - performance.now()))
  }

  window.linkLog = { start: () => void look(), take: () => looks.splice(0) }
}
