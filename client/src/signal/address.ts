/** The addresses of a room at its signalling service (PROTOCOL.md, HT and SK). */
import type { RoomName } from '@video-room/shared/room-name.ts'

/** `signal` may be absolute, or relative to the page (`baseUrl`); a path in it is kept. Throws on what is no address. */
export function httpAddress(signal: string, baseUrl: string | null, path: string): string {
  const base = new URL(signal, baseUrl ?? undefined)
  base.search = ''
  base.hash = ''
  base.pathname = `${base.pathname.replace(/\/+$/, '')}${path}`
  return base.href
}

export const joinPath = (roomId: RoomName): string => `/room/${roomId}/join`
export const socketPath = (roomId: RoomName): string => `/room/${roomId}/socket`

export const socketAddress = (signal: string, baseUrl: string | null, roomId: RoomName): string =>
  httpAddress(signal, baseUrl, socketPath(roomId)).replace(/^http/, 'ws')
