/** PeerJS with its own server, both as their projects ship them, on loopback, in a process of its own. */
import { join } from 'node:path'
import { firstJsonLine, startChild } from '../src/harness/child.ts'

export interface PeerjsSite {
  /** The page that waits for a call under this id. */
  waitingUrl(id: string): string
  /** The page that calls this id when Join is clicked. */
  callingUrl(id: string): string
  close(): Promise<void>
}

export async function startPeerjsSite(): Promise<PeerjsSite> {
  const child = startChild(process.execPath, [join(import.meta.dirname, 'peerjs-server.ts')])
  const ports = await firstJsonLine(child, 'the PeerJS server is ready')
  const base = `http://127.0.0.1:${Number(ports['pagePort'])}/?port=${Number(ports['signalPort'])}`
  return {
    waitingUrl: (id) => `${base}&answer=${id}`,
    callingUrl: (id) => `${base}&call=${id}`,
    close: () => child.end(),
  }
}
