/** Against the browser's own (fake) devices: what the light beside the camera would tell. */
import { knockPictureSchema } from '@video-room/shared/knock-picture.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { LocalMedia } from './local-media.ts'

/** Every track that the page was ever given. */
function watchTracks(): { live(kind: string): MediaStreamTrack[] } {
  const given: MediaStreamTrack[] = []
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockImplementation(async (constraints) => {
    const tracks = await original(constraints)
    given.push(...tracks.getTracks())
    return tracks
  })
  return { live: (kind) => given.filter((track) => track.kind === kind && track.readyState === 'live') }
}

describe('local media in a browser', () => {
  let media = new LocalMedia({ storage: null })
  afterEach(() => {
    media.close()
    media = new LocalMedia({ storage: null })
    vi.restoreAllMocks()
  })

  it('M2 a muted camera gives its device back', async () => {
    const tracks = watchTracks()
    await media.set('camera', true)
    const { track } = media.view.captures.camera
    expect(track).toBeInstanceOf(MediaStreamTrack)
    expect(tracks.live('video')).toHaveLength(1)
    await media.set('camera', false)
    expect(track?.readyState).toBe('ended')
    expect(tracks.live('video')).toEqual([])
  })

  it('P1 a camera of 720 lines is captured with 704', async () => {
    const tracks = watchTracks()
    await media.set('camera', true)
    expect(tracks.live('video')[0]?.getSettings()).toMatchObject({ width: 1_280, height: 704 })
  })

  it('KN8 a still is a small JPEG of what the camera sees, and the camera goes on; off, there is none', async () => {
    expect(await media.takeStill()).toBeNull()
    await media.set('camera', true)
    const still = await media.takeStill()
    expect(v.is(knockPictureSchema, still)).toBe(true)
    const image = new Image()
    image.src = `data:image/jpeg;base64,${still}`
    await image.decode()
    expect(Math.max(image.naturalWidth, image.naturalHeight)).toBe(limits.knockPictureSidePx)
    const canvas = document.createElement('canvas')
    canvas.width = image.naturalWidth
    canvas.height = image.naturalHeight
    const context = canvas.getContext('2d')
    context?.drawImage(image, 0, 0)
    // Chromium's fake camera shows a green field with a pacman.
    const [red = 0, green = 0, blue = 0] = context?.getImageData(4, canvas.height - 4, 1, 1).data ?? []
    expect(green).toBeGreaterThan(Math.max(red, blue) + 20)
    expect(media.view.captures.camera.track?.readyState).toBe('live')
    await media.set('camera', false)
    expect(await media.takeStill()).toBeNull()
  })

  it('M3 an un-muted camera delivers frames again', async () => {
    await media.set('camera', true)
    await media.set('camera', false)
    await media.set('camera', true)
    const { track } = media.view.captures.camera
    if (!(track instanceof MediaStreamTrack)) throw new Error('no camera track')
    const video = document.createElement('video')
    video.muted = true
    video.srcObject = new MediaStream([track])
    await video.play()
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve))
    expect(video.videoWidth % 16).toBe(0)
    expect(video.videoWidth).toBeGreaterThan(0)
  })

  it('M4 ten quick toggles of both devices end right, with one live track each and none leaked', async () => {
    const tracks = watchTracks()
    await Promise.all([media.set('microphone', true), media.set('camera', true)])
    const wishes: Promise<void>[] = []
    for (let toggle = 0; toggle < 10; toggle += 1) {
      wishes.push(media.set('camera', toggle % 2 === 1), media.set('microphone', toggle % 2 === 1))
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
    await Promise.all(wishes)
    expect(media.view.captures.camera.status).toBe('live')
    expect(media.view.captures.microphone).toMatchObject({ status: 'live', track: { enabled: true } })
    expect(tracks.live('video')).toHaveLength(1)
    expect(tracks.live('audio')).toHaveLength(1)
  })

  it('M6 another device is used when chosen, by its name', async () => {
    await media.set('microphone', true)
    await vi.waitFor(() => expect(media.view.devices.microphone.length).toBeGreaterThan(1))
    const other = media.view.devices.microphone.at(-1)
    await media.selectDevice('microphone', other?.deviceId ?? null)
    const { track } = media.view.captures.microphone
    if (!(track instanceof MediaStreamTrack)) throw new Error('no microphone track')
    expect(track.label).toBe(other?.label)
    expect(track.readyState).toBe('live')
  })

  it('M1 speech into a muted microphone is noticed (the fake device beeps)', async () => {
    await media.set('microphone', true)
    const levels: number[] = []
    media.onLevel((level) => levels.push(level))
    await vi.waitFor(() => expect(Math.max(...levels)).toBeGreaterThan(0), { timeout: 5_000 })
    await media.set('microphone', false)
    expect(media.view.captures.microphone.track?.enabled).toBe(false)
    await vi.waitFor(() => expect(levels.at(-1)).toBe(0), { timeout: 5_000 })
  })
})
