/**
 * What the tests look through: installed in every page before its own scripts, it keeps hold of connections, capture
 * and sockets that the page makes, whatever the page is made of. It changes nothing of what they do.
 */
export interface PageProbe {
  readonly connections: RTCPeerConnection[]
  /** Every track that getUserMedia or getDisplayMedia ever handed out. */
  readonly captured: MediaStreamTrack[]
  readonly sockets: WebSocket[]
  /** `negotiationneeded` events and local descriptions, over all connections. */
  negotiations: number
  descriptions: number
  /** Milestones of the last measured click, milliseconds after it. */
  readonly marks: Record<string, number>
  /** Takes the next click as the start of the marks. */
  armClick(): void
  /** The time from that click to the first remote frame on screen, milliseconds. */
  firstFrame(): Promise<number>
}

declare global {
  interface Window {
    probe: PageProbe
  }
}

/** Runs inside the page: it must not refer to anything outside itself. */
export function installProbe(): void {
  const connections: RTCPeerConnection[] = []
  const captured: MediaStreamTrack[] = []
  const sockets: WebSocket[] = []
  let clickedAtMs: number | null = null
  const { promise: frameSeen, resolve: seeFrame } = Promise.withResolvers<number>()

  const probe: PageProbe = {
    connections,
    captured,
    sockets,
    negotiations: 0,
    descriptions: 0,
    marks: {},
    armClick() {
      const onClick = (event: Event): void => {
        clickedAtMs = event.timeStamp
      }
      document.addEventListener('click', onClick, { capture: true, once: true })
    },
    firstFrame: () => frameSeen,
  }
  window.probe = probe

  const mark = (name: string): void => {
    if (clickedAtMs !== null && !(name in probe.marks)) probe.marks[name] = performance.now() - clickedAtMs
  }

  /** Both protocols that are measured name their messages so. */
  const typeOf = (data: unknown): string =>
    (typeof data === 'string' ? /"type":"([\w-]+)"/.exec(data)?.[1] : undefined) ?? 'something'

  const NativeConnection = window.RTCPeerConnection
  window.RTCPeerConnection = class extends NativeConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      connections.push(this)
      mark('connection made')
      this.addEventListener('negotiationneeded', () => {
        probe.negotiations += 1
      })
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') mark('connected')
      })
      const describe = this.setLocalDescription.bind(this)
      this.setLocalDescription = (description?: RTCLocalSessionDescriptionInit) => {
        probe.descriptions += 1
        mark('described')
        return describe(description)
      }
    }
  }

  const NativeSocket = window.WebSocket
  window.WebSocket = class extends NativeSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols ?? [])
      sockets.push(this)
      mark('socket made')
      this.addEventListener('open', () => mark('socket open'))
      this.addEventListener('message', ({ data }) => mark(`heard ${typeOf(data)}`))
    }

    override send(data: string | BufferSource | Blob): void {
      mark(`said ${typeOf(data)}`)
      super.send(data)
    }
  }

  const nativeFetch = window.fetch
  window.fetch = async (input, init) => {
    mark('asked')
    const response = await nativeFetch(input, init)
    mark('answered')
    return response
  }

  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (devices !== undefined) {
    for (const name of ['getUserMedia', 'getDisplayMedia'] as const) {
      const native = devices[name].bind(devices)
      devices[name] = async (constraints?: MediaStreamConstraints) => {
        const media = await native(constraints)
        captured.push(...media.getTracks())
        return media
      }
    }
  }

  const isRemote = (track: MediaStreamTrack): boolean =>
    connections.some((connection) => connection.getReceivers().some((receiver) => receiver.track === track))

  const srcObject = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')
  if (srcObject?.set === undefined) throw new Error('srcObject cannot be observed')
  const assign = srcObject.set
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...srcObject,
    set(this: HTMLMediaElement, media: MediaStream | null) {
      assign.call(this, media)
      if (!(this instanceof HTMLVideoElement) || media === null || !media.getVideoTracks().some(isRemote))
        return
      mark('shown')
      this.requestVideoFrameCallback((nowMs) => {
        if (clickedAtMs !== null) seeFrame(nowMs - clickedAtMs)
      })
    },
  })
}
