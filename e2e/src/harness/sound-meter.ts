/**
 * What a page's loudspeaker would play of everything: every element that may sound, at its volume, and whatever the page itself
 * mixes, together, as a level every 2.7 ms. And a voice that never pauses and never cancels itself out: even noise.
 */
export interface Level {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  /** Root mean square of 128 samples. */
  readonly level: number
}

export interface SoundMeter {
  /** Starts measuring; `take` gives the levels since the last time. */
  listen(): Promise<void>
  take(): Level[]
}

declare global {
  interface Window {
    soundMeter: SoundMeter
  }
}

/** Runs inside the page, before its own scripts and after the senses: it must not refer to anything outside itself. */
export function installSoundMeter(): void {
  const levels: Level[] = []
  /** What the page mixes for its loudspeaker, tapped at its contexts' ends. */
  const taps: MediaStream[] = []
  const connect: unknown = Reflect.get(AudioNode.prototype, 'connect')
  let isOwn = false
  const tapped = function (this: AudioNode, ...to: readonly unknown[]): unknown {
    if (typeof connect !== 'function') throw new Error('audio nodes cannot be connected')
    if (!isOwn && to[0] instanceof AudioDestinationNode && this.context instanceof AudioContext) {
      const tap = new MediaStreamAudioDestinationNode(this.context)
      taps.push(tap.stream)
      Reflect.apply(connect, this, [tap])
    }
    return Reflect.apply(connect, this, to)
  }
  Object.defineProperty(AudioNode.prototype, 'connect', { configurable: true, value: tapped })

  /** Runs in the audio thread. */
  const processor = `registerProcessor('levels', class extends AudioWorkletProcessor {
    levels = []
    process([[channel]]) {
      let sum = 0
      for (const sample of channel ?? []) sum += sample * sample
      this.levels.push(channel === undefined ? 0 : Math.sqrt(sum / channel.length))
      if (this.levels.length === 16) this.port.postMessage([currentTime, this.levels.splice(0)])
      return true
    }
  })`

  const volumeOf = (element: HTMLMediaElement, track: MediaStreamTrack): number =>
    element.muted || element.paused || !track.enabled ? 0 : element.volume

  /** Each element's sound goes into `ear` at the volume of the element, looked at as often as timers can. */
  const follow = (context: AudioContext, ear: AudioNode): void => {
    const lookMs = 4
    const ways = new Map<HTMLMediaElement, { readonly track: MediaStreamTrack; readonly gain: GainNode }>()
    const plug = (media: MediaStream): GainNode => {
      const gain = new GainNode(context, { gain: 0 })
      isOwn = true
      new MediaStreamAudioSourceNode(context, { mediaStream: media }).connect(gain).connect(ear)
      isOwn = false
      return gain
    }
    const isSounding = (element: Element): element is HTMLMediaElement =>
      element instanceof HTMLMediaElement && element.srcObject instanceof MediaStream
    let elements: readonly HTMLMediaElement[] = []
    const look = (): void => {
      for (const [element, { gain }] of ways) if (!elements.includes(element)) gain.gain.value = 0
      for (const element of elements) {
        const media = element.srcObject
        const track = media instanceof MediaStream ? media.getAudioTracks()[0] : undefined
        const way = ways.get(element)
        if (way !== undefined && way.track !== track) {
          way.gain.disconnect()
          ways.delete(element)
        }
        if (track === undefined) continue
        if (!ways.has(element)) ways.set(element, { track, gain: plug(new MediaStream([track])) })
        const gain = ways.get(element)?.gain.gain
        const volume = volumeOf(element, track)
        if (gain !== undefined && gain.value !== volume) gain.value = volume
      }
      for (const media of taps.splice(0)) plug(media).gain.value = 1
    }
    const find = (): void => {
      elements = window.senses.all('video, audio').filter(isSounding)
      requestAnimationFrame(find)
    }
    find()
    setInterval(look, lookMs)
  }

  window.soundMeter = {
    take: () => levels.splice(0),
    async listen() {
      const context = new AudioContext()
      await context.audioWorklet.addModule(
        URL.createObjectURL(new Blob([processor], { type: 'text/javascript' })),
      )
      const meter = new AudioWorkletNode(context, 'levels', {
        numberOfInputs: 1,
        channelCount: 1,
        channelCountMode: 'explicit',
      })
      isOwn = true
      meter.connect(new GainNode(context, { gain: 0 })).connect(context.destination)
      isOwn = false
      // The clock of a context stands still when its thread comes too late: over minutes that makes seconds.
      const clockSlackMs = 20
      let startedAtMs = Number.NEGATIVE_INFINITY
      const readClock = (): void => {
        const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp()
        const startMs = performance.timeOrigin + performanceTime - contextTime * 1_000
        if (Math.abs(startMs - startedAtMs) > clockSlackMs) startedAtMs = startMs
      }
      meter.port.addEventListener('message', ({ data }: MessageEvent<[number, number[]]>) => {
        const [endedAtS, fresh] = data
        readClock()
        const quantumMs = (128 / context.sampleRate) * 1_000
        const firstAtMs = startedAtMs + endedAtS * 1_000 - (fresh.length - 1) * quantumMs
        for (const [at, level] of fresh.entries()) levels.push({ atMs: firstAtMs + at * quantumMs, level })
      })
      meter.port.start()
      follow(context, meter)
    },
  }
}

/**
 * Runs inside the page: the microphone gives even noise. Two of it at once are louder by half, never silent, as two tones
 * would be whose waves happen to meet; and no noise suppressor has had its way with it.
 */
export function installNoise(): void {
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const media = await native(constraints)
    for (const silent of media.getAudioTracks()) {
      const context = new AudioContext()
      const seconds = 2
      const buffer = new AudioBuffer({ length: context.sampleRate * seconds, sampleRate: context.sampleRate })
      const samples = buffer.getChannelData(0)
      // A linear congruential generator (Numerical Recipes): the same noise in every run.
      let state = 7
      for (let at = 0; at < samples.length; at += 1) {
        state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
        samples[at] = (state / 2 ** 31 - 1) * 0.3
      }
      const noise = new AudioBufferSourceNode(context, { buffer, loop: true })
      // What a voice has, and what every codec keeps.
      const voice = new BiquadFilterNode(context, { type: 'lowpass', frequency: 3_000 })
      const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 })
      noise.connect(voice).connect(out)
      noise.start()
      media.removeTrack(silent)
      silent.stop()
      for (const track of out.stream.getAudioTracks()) media.addTrack(track)
    }
    return media
  }
}
