/**
 * When pictures and sound of others reach whoever sits in front of a page, in either browser: frames that are presented by the videos on
 * top, and packets played by the elements that may sound. (In Firefox nothing can listen where there is no loudspeaker: an
 * AudioContext never starts.)
 */
export interface Perception {
  start(): void
  /** Moments: milliseconds since the epoch. */
  readonly picturesAtMs: number[]
  readonly soundsAtMs: number[]
}

declare global {
  interface Window {
    perception: Perception
  }
}

/** Runs inside the page, after the probe and the senses: it must not refer to anything outside itself. */
export function installPerception(): void {
  /** Elements live as long as a tile; to search all shadow roots for them costs more than to look at them. */
  const findMs = 250
  const lookMs = 20
  const picturesAtMs: number[] = []
  const soundsAtMs: number[] = []
  const followed = new WeakSet<HTMLVideoElement>()
  const playedMs = new WeakMap<RTCRtpReceiver, number>()
  let sounding: readonly HTMLAudioElement[] = []

  const receivers = (): readonly RTCRtpReceiver[] =>
    window.probe.connections.flatMap((connection) => connection.getReceivers())

  const tracksIn = ({ srcObject }: HTMLMediaElement): readonly MediaStreamTrack[] =>
    srcObject instanceof MediaStream ? srcObject.getTracks() : []

  const isOfOthers = (video: HTMLVideoElement): boolean =>
    receivers().some(({ track }) => tracksIn(video).includes(track))

  const follow = (video: HTMLVideoElement): void => {
    followed.add(video)
    video.requestVideoFrameCallback((nowMs) => {
      const isSeen = video.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      if (isSeen && isOfOthers(video)) picturesAtMs.push(performance.timeOrigin + nowMs)
      follow(video)
    })
  }

  const find = (): void => {
    const elements = window.senses.all('video, audio')
    for (const video of elements.filter((element) => element instanceof HTMLVideoElement)) {
      if (!followed.has(video)) follow(video)
    }
    sounding = elements.filter((element) => element instanceof HTMLAudioElement)
  }

  const look = (): void => {
    const tracks = sounding
      .filter(({ muted, paused }) => !muted && !paused)
      .flatMap((audio) => tracksIn(audio).filter(({ enabled }) => enabled))
    for (const receiver of receivers().filter(({ track }) => tracks.includes(track))) {
      const newestMs = Math.max(0, ...receiver.getSynchronizationSources().map(({ timestamp }) => timestamp))
      if (newestMs > (playedMs.get(receiver) ?? 0))
        soundsAtMs.push(performance.timeOrigin + performance.now())
      playedMs.set(receiver, newestMs)
    }
  }

  window.perception = {
    picturesAtMs,
    soundsAtMs,
    start() {
      find()
      setInterval(find, findMs)
      setInterval(look, lookMs)
    },
  }
}
