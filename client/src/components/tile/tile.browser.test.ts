import { afterEach, describe, expect, it, vi } from 'vitest'
import '../../define.ts'
import { deep, deepAll } from '../testing/deep.ts'
import { FakeMedia } from '../testing/fake-media.ts'
import { anOccupant, liveSource, mutedSource } from '../testing/fake-session.ts'
import { words } from '../words.ts'
import { tilesOf, type TileFacts } from './tile-facts.ts'
import { Tile } from './tile.ts'

const { view: media } = new FakeMedia()

/** A picture that moves, 160 × 96 pixels. */
function aPicture(): MediaStreamTrack {
  const canvas = document.createElement('canvas')
  canvas.width = 160
  canvas.height = 96
  const paint = (): void => {
    canvas.getContext('2d')?.fillRect(0, 0, 160 * Math.random(), 96)
    if (track?.readyState === 'live') requestAnimationFrame(paint)
  }
  const [track] = canvas.captureStream(30).getVideoTracks()
  if (track === undefined) throw new Error('the canvas gave no track')
  paint()
  return track
}

function factsOf(occupant: ReturnType<typeof anOccupant>): TileFacts {
  const [facts] = tilesOf([occupant], media)
  if (facts === undefined) throw new Error('no tile')
  return facts
}

const withCamera = (track: MediaStreamTrack): TileFacts => {
  const grace = anOccupant('g', 'Grace Hopper')
  return factsOf({ ...grace, sources: { ...grace.sources, camera: liveSource(track) } })
}

async function show(facts: TileFacts): Promise<Tile> {
  const tile = new Tile()
  tile.style.cssText = 'inline-size: 320px; block-size: 180px'
  tile.facts = facts
  document.body.append(tile)
  await tile.updateComplete
  return tile
}

function videoOf(tile: Tile): HTMLVideoElement {
  const video = deep(tile, 'video')
  if (!(video instanceof HTMLVideoElement)) throw new Error('no video')
  return video
}

/** Through shadow roots. */
const parentOf = (node: Node): Node | null =>
  node.parentNode instanceof ShadowRoot ? node.parentNode.host : node.parentNode

const frameOf = (video: HTMLVideoElement): Promise<unknown> =>
  new Promise((resolve) => video.requestVideoFrameCallback(resolve))

describe('<vr-tile>', () => {
  const tracks: MediaStreamTrack[] = []
  afterEach(() => {
    for (const tile of document.querySelectorAll('vr-tile')) tile.remove()
    for (const track of tracks.splice(0)) track.stop()
  })

  it('a picture is round itself: no round clip around it, which would have it painted twice', async () => {
    const picture = aPicture()
    tracks.push(picture)
    const tile = await show(withCamera(picture))
    tile.style.setProperty('--vr-radius', '1rem')
    const video = videoOf(tile)
    expect(getComputedStyle(video).borderTopLeftRadius).not.toBe('0px')
    for (let around = parentOf(video); around instanceof HTMLElement; around = parentOf(around)) {
      const { overflowX, borderTopLeftRadius } = getComputedStyle(around)
      expect(overflowX === 'visible' || borderTopLeftRadius === '0px', around.localName).toBe(true)
    }
  })

  it('M2 M3 a camera that goes off leaves the avatar and no last frame; on again, it moves', async () => {
    const picture = aPicture()
    tracks.push(picture)
    const tile = await show(withCamera(picture))
    await frameOf(videoOf(tile))
    expect(deepAll(tile, `[aria-label="${words.cameraOff}"]`)).toEqual([])

    const grace = anOccupant('g', 'Grace Hopper')
    tile.facts = factsOf({ ...grace, sources: { ...grace.sources, camera: mutedSource() } })
    await tile.updateComplete
    expect(videoOf(tile).srcObject).toBeNull()
    expect(videoOf(tile).checkVisibility()).toBe(false)
    expect(deep(tile, '[role=img]').ariaLabel).toBe(words.cameraOff)
    expect(deep(tile, '.avatar').textContent?.trim()).toBe('GH')

    tile.facts = withCamera(picture)
    await tile.updateComplete
    await frameOf(videoOf(tile))
    expect(videoOf(tile).videoWidth).toBe(160)
  })

  it('goes on playing after a move in the document', async () => {
    const picture = aPicture()
    tracks.push(picture)
    const tile = await show(withCamera(picture))
    await frameOf(videoOf(tile))
    const place = document.createElement('div')
    document.body.append(place)
    place.append(tile)
    await frameOf(videoOf(tile))
    expect(videoOf(tile).paused).toBe(false)
    place.remove()
  })

  it('plays the sound in an element of its own, on the chosen speaker', async () => {
    const context = new AudioContext()
    const [sound] = context.createMediaStreamDestination().stream.getAudioTracks()
    if (sound === undefined) throw new Error('no sound')
    const choosing = vi.spyOn(HTMLMediaElement.prototype, 'setSinkId').mockResolvedValue(undefined)
    const grace = anOccupant('g', 'Grace')
    const tile = await show(
      factsOf({ ...grace, sources: { ...grace.sources, microphone: liveSource(sound) } }),
    )
    tile.speakerId = 'headset'
    await tile.updateComplete
    const audio = deep(tile, 'audio')
    if (!(audio instanceof HTMLAudioElement) || !(audio.srcObject instanceof MediaStream))
      throw new Error('no audio')
    expect(audio.srcObject.getTracks()).toEqual([sound])
    expect(videoOf(tile).muted).toBe(true)
    expect(choosing).toHaveBeenCalledWith('headset')
    vi.restoreAllMocks()
    await context.close()
  })
})
