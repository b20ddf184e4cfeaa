/** One picture takes another's place, and nobody sees nothing. */
import { afterEach, describe, expect, it } from 'vitest'
import '../../define.ts'
import { deepAll } from '../testing/deep.ts'
import { FakeMedia } from '../testing/fake-media.ts'
import { anOccupant, liveSource, mutedSource } from '../testing/fake-session.ts'
import { movingPicture } from '../testing/moving-picture.ts'
import type { MediaTrack } from '../../core/view.ts'
import { onTime } from './frames.ts'
import { tilesOf, type TileFacts } from './tile-facts.ts'
import { Tile } from './tile.ts'

const { view: media } = new FakeMedia()
const tracks: MediaStreamTrack[] = []
const closing: (() => void)[] = []

function aPicture(...picture: Parameters<typeof movingPicture>): MediaStreamTrack {
  const track = movingPicture(...picture)
  tracks.push(track)
  return track
}

/** As it comes over a connection, which `close` ends. */
async function received(track: MediaStreamTrack): Promise<{ track: MediaStreamTrack; close: () => void }> {
  const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()]
  from.addEventListener('icecandidate', ({ candidate }) => void to.addIceCandidate(candidate ?? undefined))
  to.addEventListener('icecandidate', ({ candidate }) => void from.addIceCandidate(candidate ?? undefined))
  const coming = new Promise<MediaStreamTrack>((resolve) => {
    to.addEventListener('track', (event) => resolve(event.track))
  })
  from.addTrack(track)
  await from.setLocalDescription()
  if (from.localDescription !== null) await to.setRemoteDescription(from.localDescription)
  await to.setLocalDescription()
  if (to.localDescription !== null) await from.setRemoteDescription(to.localDescription)
  const close = (): void => [from, to].forEach((connection) => connection.close())
  closing.push(close)
  return { track: await coming, close }
}

const red = [220, 0, 0] as const
const green = [0, 220, 0] as const
const blue = [0, 0, 220] as const

function factsOf(track: MediaTrack | null, next: MediaTrack | null = null): TileFacts {
  const grace = anOccupant('g', 'Grace')
  const camera = track === null ? mutedSource() : liveSource(track, next)
  const [facts] = tilesOf([{ ...grace, sources: { ...grace.sources, camera } }], media)
  if (facts === undefined) throw new Error('no tile')
  return facts
}

async function show(facts: TileFacts): Promise<Tile> {
  const tile = new Tile()
  tile.style.cssText = 'inline-size: 320px; block-size: 180px'
  tile.facts = facts
  document.body.append(tile)
  await tile.updateComplete
  return tile
}

const videosOf = (tile: Tile): HTMLVideoElement[] => deepAll<HTMLVideoElement>(tile, 'video')

function visible(tile: Tile): HTMLVideoElement {
  const found = videosOf(tile).filter((video) => video.part.contains('video'))
  expect(found).toHaveLength(1)
  return found[0] as HTMLVideoElement
}

type Colour = 'red' | 'green' | 'blue' | 'blank'

/** What the eye has of the tile now: the topmost picture. */
function seen(tile: Tile): Colour {
  const [still] = deepAll<HTMLCanvasElement>(tile, '.still')
  const video = still === undefined || still.hidden ? visible(tile) : still
  const canvas = new OffscreenCanvas(1, 1)
  const context = canvas.getContext('2d')
  if (video.hidden || getComputedStyle(video).opacity !== '1' || context === null) return 'blank'
  context.drawImage(video, 0, 0, 1, 1)
  const [r = 0, g = 0, b = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data
  if (alpha < 255 || Math.max(r, g, b) < 120) return 'blank'
  if (r > g && r > b) return 'red'
  return g > b ? 'green' : 'blue'
}

const nextFrame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve))

/** Looks at every animation frame until `colour` is seen; answers with all that was seen, without repetitions. */
async function watch(tile: Tile, colour: Colour): Promise<Colour[]> {
  const all: Colour[] = []
  while (all.at(-1) !== colour) {
    const now = seen(tile)
    if (all.at(-1) !== now) all.push(now)
    await nextFrame()
  }
  return all
}

const idle = async (tile: Tile): Promise<void> => {
  await expect.poll(() => videosOf(tile).filter((video) => video.srcObject !== null).length).toBe(1)
}

describe('a picture that takes another’s place', () => {
  afterEach(() => {
    for (const tile of document.querySelectorAll('vr-tile')) tile.remove()
    for (const track of tracks.splice(0)) track.stop()
    for (const close of closing.splice(0)) close()
  })

  it('MG1 MG4 is made ready unseen, and comes without a blank; ten times to and fro', async () => {
    let [now, next] = [aPicture(red), aPicture(green)]
    const tile = await show(factsOf(now))
    await watch(tile, 'red')
    for (let round = 0; round < 10; round += 1) {
      tile.facts = factsOf(now, next)
      await tile.updateComplete
      const spare = videosOf(tile).find((video) => !video.part.contains('video'))
      expect(getComputedStyle(spare as Element).opacity).toBe('0')
      await expect.poll(() => spare?.videoWidth).toBe(64)
      expect(seen(tile)).toBe(round % 2 === 0 ? 'red' : 'green')
      ;[now, next] = [next, now]
      tile.facts = factsOf(now)
      expect(await watch(tile, round % 2 === 0 ? 'green' : 'red')).not.toContain('blank')
      await idle(tile)
    }
  })

  it('MG4 the placeholder of a track without a picture is none: the one before stays until there is one', async () => {
    const canvas = document.createElement('canvas')
    const [now, next] = [aPicture(red), aPicture(green, 0, canvas)]
    canvas.width = canvas.height = 2
    const tile = await show(factsOf(now, next))
    await watch(tile, 'red')
    const spare = videosOf(tile).find((video) => !video.part.contains('video'))
    await expect.poll(() => spare?.videoWidth).toBe(2)
    tile.facts = factsOf(next)
    await tile.updateComplete
    for (let frame = 0; frame < 20; frame += 1) {
      await nextFrame()
      expect(seen(tile)).toBe('red')
    }
    canvas.width = 64
    canvas.height = 36
    // A canvas that was given a size is empty: painted before anyone takes a picture of it.
    const context = canvas.getContext('2d')
    if (context !== null) context.fillStyle = 'rgb(0, 220, 0)'
    context?.fillRect(0, 0, 64, 36)
    expect(await watch(tile, 'green')).toEqual(['red', 'green'])
  })

  it('MG4 one that stands still is taken all the same, and kept when it moves again', async () => {
    const canvas = document.createElement('canvas')
    const [now, next] = [aPicture(red), aPicture(green, 60_000, canvas)]
    const context = canvas.getContext('2d')
    const paint = (level: number): void => {
      if (context !== null) context.fillStyle = `rgb(0, ${level}, 0)`
      context?.fillRect(0, 0, 64, 36)
    }
    const tile = await show(factsOf(now, next))
    await watch(tile, 'red')
    paint(220)
    const spare = videosOf(tile).find((video) => !video.part.contains('video'))
    await expect.poll(() => spare?.videoWidth).toBe(64)
    tile.facts = factsOf(next)
    expect(await watch(tile, 'green')).toEqual(['red', 'green'])
    for (let frame = 0; frame < 20; frame += 1) {
      paint(200 + frame)
      await nextFrame()
      expect(seen(tile)).toBe('green')
    }
  })

  it('that comes unannounced while the one before has ended shows its last frame until then', async () => {
    const before = await received(aPicture(red))
    const tile = await show(factsOf(before.track))
    await watch(tile, 'red')
    before.close()
    tile.facts = factsOf(aPicture(green, 400))
    expect(await watch(tile, 'green')).toEqual(['red', 'green'])
    await idle(tile)
  })

  it('that takes long, while the one before ends without notice, does so too', async () => {
    const before = await received(aPicture(red))
    const tile = await show(factsOf(before.track))
    await watch(tile, 'red')
    tile.facts = factsOf(aPicture(green, 700))
    await tile.updateComplete
    setTimeout(before.close, 300)
    expect(await watch(tile, 'green')).toEqual(['red', 'green'])
    await idle(tile)
  })

  it('that never comes leaves the avatar, not the last frame for good', async () => {
    const before = await received(aPicture(red))
    const tile = await show(factsOf(before.track))
    await watch(tile, 'red')
    before.close()
    tile.facts = factsOf(aPicture(green, 60_000))
    const startedAt = performance.now()
    expect(await watch(tile, 'blank')).toEqual(['red', 'blank'])
    expect(performance.now() - startedAt).toBeGreaterThan(1_500)
    await idle(tile)
  })

  it('MD2 M2 a camera that goes off in the middle of it is gone at once, with all that was made ready', async () => {
    const tile = await show(factsOf(aPicture(red)))
    await watch(tile, 'red')
    tile.facts = factsOf(aPicture(green, 400))
    await tile.updateComplete
    tile.facts = factsOf(null)
    await tile.updateComplete
    for (const video of videosOf(tile)) {
      expect(video.srcObject).toBeNull()
      expect(video.checkVisibility()).toBe(false)
    }
  })

  it('a migration that is given up, and one wanted in the middle of another, end with what is right', async () => {
    const [one, two, three] = [aPicture(red), aPicture(green), aPicture(blue)]
    const tile = await show(factsOf(one, two))
    await watch(tile, 'red')
    tile.facts = factsOf(one)
    await idle(tile)
    tile.facts = factsOf(two)
    await tile.updateComplete
    tile.facts = factsOf(three, one)
    expect(await watch(tile, 'blue')).not.toContain('blank')
    tile.facts = factsOf(one)
    expect(await watch(tile, 'red')).not.toContain('blank')
    await idle(tile)
  })

  it('another person’s tile shows nothing of the one before', async () => {
    const tile = await show(factsOf(aPicture(red)))
    await watch(tile, 'red')
    const facts = factsOf(aPicture(green, 400))
    tile.facts = { ...facts, key: 'another' }
    await tile.updateComplete
    expect(seen(tile)).toBe('blank')
    expect(await watch(tile, 'green')).toEqual(['blank', 'green'])
  })

  it('a browser without callbacks for frames knows by the time that goes on', async () => {
    const video = document.createElement('video')
    video.muted = true
    video.srcObject = new MediaStream([aPicture(red)])
    const came = new Promise<void>((resolve) => onTime(video, resolve))
    await video.play()
    await came
    expect(video.readyState).toBeGreaterThanOrEqual(HTMLMediaElement.HAVE_CURRENT_DATA)
  })
})
