/** The browser's level meter: an analyser on a track, read when asked. Nothing is played and nothing leaves the page. */
import type { LevelMeter, MeterFactory } from './ports.ts'

/** 1,024 samples are 21 ms at 48 kHz: one syllable's loudness without its ripple. */
const windowSamples = 1_024

/** Without a loudspeaker, where the browser knows how, and in large steps: the output of a page that plays nothing costs two percent of a core. */
const unheard: AudioContextOptions & { readonly sinkId: { readonly type: 'none' } } = {
  latencyHint: 'playback',
  sinkId: { type: 'none' },
}

/** Null where there is no Web Audio, or the track is not the browser's own. */
export const browserMeter: MeterFactory = (track): LevelMeter | null => {
  if (typeof AudioContext === 'undefined' || !(track instanceof MediaStreamTrack)) return null
  const context = new AudioContext(unheard)
  const input = context.createMediaStreamSource(new MediaStream([track]))
  const analyser = new AnalyserNode(context, { fftSize: windowSamples })
  input.connect(analyser)
  let resuming = false
  const samples = new Float32Array(windowSamples)
  return {
    read: () => {
      // Before the first gesture on the page the browser may hold the context back; asking again costs nothing.
      if (context.state === 'suspended' && !resuming) {
        resuming = true
        void context.resume().finally(() => (resuming = false))
      }
      analyser.getFloatTimeDomainData(samples)
      return rootMeanSquare(samples)
    },
    close: () => {
      input.disconnect()
      void context.close()
    },
  }
}

function rootMeanSquare(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / samples.length)
}
