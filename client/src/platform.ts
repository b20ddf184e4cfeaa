/** What a session needs of the machine it runs on, and where a browser has it. Everything can be replaced (tests, native apps). */
import type { After } from './links/link.ts'
import type { WebRtc } from './links/mesh-link.ts'

/** The part of a WebSocket that is used. */
export interface SocketLike {
  /** 1 is open (WHATWG WebSockets); a socket that the far end has closed leaves it before its `close` event comes. */
  readonly readyState: number
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void
  send(text: string): void
  close(code?: number): void
}

/** Where the resume token outlives a reload. `sessionStorage` is one. */
export interface StorageLike {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface Platform {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly openSocket: (url: string, protocols: readonly string[]) => SocketLike
  /** Null where there is no WebRTC: the room can be seen, but no link comes about. */
  readonly webRtc: WebRtc | null
  readonly storage: StorageLike | null
  /** Milliseconds of a clock that never steps back. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  readonly randomBytes: (count: number) => Uint8Array
  readonly after: After
  /** Calls back when the network returns or the machine wakes up; answers with the way to stop. */
  readonly onOnline: (listener: () => void) => () => void
  readonly isAndroid: boolean
  /** Its owner asks to save data: nothing is kept ready that costs bytes (MG6). */
  readonly savesData: boolean
  /** What a relative `signal` address is relative to; null outside a page. */
  readonly baseUrl: string | null
}

export const after: After = (delayMs, run) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

/** The platform of this browser; in Node it serves as well, with whatever Node has. Touches nothing until it is called. */
export function browserPlatform(): Platform {
  return {
    fetch: (url, init) => globalThis.fetch(url, init),
    openSocket: (url, protocols) => new WebSocket(url, [...protocols]),
    webRtc: browserWebRtc(),
    storage: browserStorage(),
    now: () => performance.now(),
    random: () => Math.random(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    after,
    onOnline,
    isAndroid: typeof navigator !== 'undefined' && /\bAndroid\b/.test(navigator.userAgent),
    savesData: savesData(),
    baseUrl: typeof location === 'undefined' ? null : location.href,
  }
}

function browserWebRtc(): WebRtc | null {
  if (typeof RTCPeerConnection === 'undefined') return null
  return { RTCPeerConnection, RTCSessionDescription, RTCIceCandidate, RTCRtpReceiver }
}

/** Network Information API, of Chromium only; no type library has it. */
function savesData(): boolean {
  if (typeof navigator === 'undefined' || !('connection' in navigator)) return false
  const { connection } = navigator
  return typeof connection === 'object' && connection !== null && 'saveData' in connection
    ? connection.saveData === true
    : false
}

/** Reading the property alone throws where a browser blocks storage. */
function browserStorage(): StorageLike | null {
  try {
    return typeof sessionStorage === 'undefined' ? null : sessionStorage
  } catch {
    return null
  }
}

function onOnline(listener: () => void): () => void {
  if (typeof window === 'undefined') return () => {}
  const whenVisible = (): void => {
    if (document.visibilityState === 'visible') listener()
  }
  window.addEventListener('online', listener)
  document.addEventListener('visibilitychange', whenVisible)
  return () => {
    window.removeEventListener('online', listener)
    document.removeEventListener('visibilitychange', whenVisible)
  }
}
