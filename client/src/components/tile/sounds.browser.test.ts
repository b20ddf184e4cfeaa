/** One sound takes another's place, without a hole and without both. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { limits } from '@video-room/shared/limits.ts'
import type { MediaTrack } from '../../core/view.ts'
import { SoundPair } from './sounds.ts'

const context = new AudioContext()

/** A tone, as a track. */
function aTone(): MediaStreamTrack {
  const oscillator = context.createOscillator()
  const destination = context.createMediaStreamDestination()
  oscillator.connect(destination)
  oscillator.start()
  const [track] = destination.stream.getAudioTracks()
  if (track === undefined) throw new Error('no sound')
  return track
}

const audiosOf = (pair: SoundPair): HTMLAudioElement[] => [...pair.element.querySelectorAll('audio')]

function trackOf({ srcObject }: HTMLMediaElement): MediaStreamTrack | null {
  return srcObject instanceof MediaStream ? (srcObject.getTracks()[0] ?? null) : null
}

/** Those that play it, perhaps in silence. */
const playersOf = (pair: SoundPair, track: MediaStreamTrack): HTMLAudioElement[] =>
  audiosOf(pair).filter((audio) => trackOf(audio) === track && !audio.paused)

const speakersOf = (pair: SoundPair, track: MediaStreamTrack): HTMLAudioElement[] =>
  playersOf(pair, track).filter(({ muted }) => !muted)

function open(blocked: () => void = () => {}): SoundPair {
  const pair = new SoundPair(blocked)
  document.body.append(pair.element)
  return pair
}

async function playing(pair: SoundPair, ...tracks: MediaStreamTrack[]): Promise<void> {
  await expect
    .poll(() => tracks.every((track) => playersOf(pair, track).some(({ readyState }) => readyState >= 2)))
    .toBe(true)
}

/** Samples of both tracks, as loud as they are heard: nothing of a track that no element plays. 128 samples a look. */
function listen(pair: SoundPair, ...tracks: MediaStreamTrack[]) {
  const blocks: number[][] = []
  const merger = context.createChannelMerger(tracks.length)
  tracks.forEach((track, channel) =>
    context.createMediaStreamSource(new MediaStream([track])).connect(merger, 0, channel),
  )
  const recorder = context.createScriptProcessor(256, tracks.length, 1)
  recorder.addEventListener('audioprocess', ({ inputBuffer }) => {
    blocks.push(
      tracks.map((track, channel) => {
        const heard = inputBuffer.getChannelData(channel)
        const loudest = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
        return loudest * speakersOf(pair, track).length
      }),
    )
  })
  merger.connect(recorder).connect(context.destination)
  const blockMs = (256 / context.sampleRate) * 1_000
  return {
    blocks,
    stop: () => recorder.disconnect(),
    /** The longest time in which nothing was heard, or both. */
    longestMs(isSo: (heard: number) => boolean): number {
      let [longest, now] = [0, 0]
      for (const levels of blocks) {
        now = isSo(levels.filter((level) => level > 0.05).length) ? now + 1 : 0
        longest = Math.max(longest, now)
      }
      return longest * blockMs
    },
  }
}

describe('a sound that takes another’s place', () => {
  const pairs: SoundPair[] = []
  afterEach(() => {
    for (const pair of pairs.splice(0)) {
      pair.hear(null, null, null)
      pair.element.remove()
    }
    vi.restoreAllMocks()
  })

  it('MG4 plays beforehand, silent; then one takes over from the other, ten times', async () => {
    await context.resume()
    let [now, next] = [aTone(), aTone()]
    const pair = open()
    pairs.push(pair)
    next.enabled = false
    pair.hear(now, next, null)
    await playing(pair, now, next)
    const heard = listen(pair, now, next)
    await expect.poll(() => heard.blocks.length).toBeGreaterThan(20)
    heard.blocks.splice(0, 20)
    for (let round = 0; round < 10; round += 1) {
      const former = now
      next.enabled = true
      ;[now, next] = [next, now]
      pair.hear(now, null, null)
      // As links do: track-switch.ts.
      setTimeout(() => (former.enabled = false), limits.soundPartsMs)
      await expect.poll(() => audiosOf(pair).filter((audio) => trackOf(audio) !== null)).toHaveLength(1)
      pair.hear(now, next, null)
      await playing(pair, now, next)
    }
    heard.stop()
    expect(heard.longestMs((count) => count === 0)).toBeLessThanOrEqual(20)
    expect(heard.longestMs((count) => count === 2)).toBeLessThanOrEqual(20)
  })

  it('nothing is heard twice when nobody silenced the one before', async () => {
    await context.resume()
    const [one, other] = [aTone(), aTone()]
    const pair = open()
    pairs.push(pair)
    pair.hear(one, null, null)
    await playing(pair, one)
    pair.hear(other, null, null)
    await playing(pair, other)
    await expect.poll(() => speakersOf(pair, one)).toEqual([])
    await expect.poll(() => audiosOf(pair).map(trackOf)).toContain(null)
    expect(speakersOf(pair, other)).toHaveLength(1)
  })

  it('MD2 what is muted is silent at once, in the middle of it too', async () => {
    await context.resume()
    const [one, other] = [aTone(), aTone()]
    const pair = open()
    pairs.push(pair)
    pair.hear(one, other, null)
    await playing(pair, one)
    pair.hear(other, null, null)
    pair.hear(null, null, null)
    expect(audiosOf(pair).map(trackOf)).toEqual([null, null])
  })

  it('a browser that wants a gesture first is told of for either; both play after it', async () => {
    await context.resume()
    const blocked = vi.fn<() => void>()
    const held = vi
      .spyOn(HTMLMediaElement.prototype, 'play')
      .mockRejectedValue(new DOMException('', 'NotAllowedError'))
    const pair = open(blocked)
    pairs.push(pair)
    for (const audio of audiosOf(pair)) audio.autoplay = false
    const [one, other] = [aTone(), aTone()]
    pair.hear(one, null, null)
    await expect.poll(() => blocked.mock.calls.length).toBe(1)
    pair.hear(one, other, null)
    await expect.poll(() => blocked.mock.calls.length).toBe(2)
    held.mockRestore()
    pair.play()
    await playing(pair, one, other)
  })

  it('both go to the chosen speaker', () => {
    const chosen: unknown[] = []
    vi.spyOn(HTMLMediaElement.prototype, 'setSinkId').mockImplementation(async function choose(
      this: HTMLMediaElement,
      id,
    ) {
      chosen.push(this, id)
    })
    const pair = open()
    pairs.push(pair)
    const none: MediaTrack | null = null
    pair.hear(none, none, 'headset')
    expect(chosen).toEqual(audiosOf(pair).flatMap((audio) => [audio, 'headset']))
  })
})
