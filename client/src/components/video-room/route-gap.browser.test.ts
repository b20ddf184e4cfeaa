/** How long a picture stood still around a new route, as the page measures it. */
import { limits } from '@video-room/shared/limits.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RouteGap } from '../../core/view.ts'
import type { VideoRoomEventDetails } from '../events.ts'
import { deepAll } from '../testing/deep.ts'
import { anOccupant, liveSource, mutedSource, roomView } from '../testing/fake-session.ts'
import { movingPicture } from '../testing/moving-picture.ts'
import { openTestRoom, type TestRoom } from '../testing/test-room.ts'

const self = anOccupant('s', 'Ada', { isSelf: true, isHost: true, link: 'none' })
const guest = anOccupant('g', 'Grace Hopper')
const tracks: MediaStreamTrack[] = []

/** From `startMs` on; before that there is none. */
function aPicture(startMs = 0): MediaStreamTrack {
  const track = movingPicture([200, 120, 0], startMs)
  tracks.push(track)
  return track
}

function showCamera(room: TestRoom, track: MediaStreamTrack | null, epoch: number): void {
  const camera = track === null ? mutedSource() : liveSource(track)
  const seen = { ...guest, sources: { ...guest.sources, camera } }
  room.fake.show(roomView([self, seen], { route: { kind: 'mesh', epoch } }))
}

/** In a call in which Grace's camera has been seen for long enough to be watched; `steadyMs`: and so much longer. */
async function watching(steadyMs = 200): Promise<{ room: TestRoom; track: MediaStreamTrack }> {
  const room = await openTestRoom()
  const track = aPicture()
  showCamera(room, track, 1)
  const video = await vi.waitFor(() => {
    const found = deepAll<HTMLVideoElement>(room, 'video[part~=video]').find(
      ({ srcObject }) => srcObject instanceof MediaStream && srcObject.getVideoTracks().includes(track),
    )
    expect(found?.videoWidth).toBe(64)
    return found as HTMLVideoElement
  })
  const beganAt = video.currentTime
  const spanS = (limits.gapBeforeMs + steadyMs) / 1_000
  await vi.waitFor(() => expect(video.currentTime - beganAt).toBeGreaterThan(spanS), { timeout: 15_000 })
  return { room, track }
}

const changeRoute = (room: TestRoom, epoch: number): void =>
  room.fake.announce({
    type: 'route-changed',
    route: { kind: 'mesh', epoch },
    previous: { kind: 'mesh', epoch: epoch - 1 },
  })

const told = (room: TestRoom): readonly RouteGap[] =>
  room.fake.asked.flatMap(([name, gap]) => (name === 'tellRouteGap' ? [gap as RouteGap] : []))

const untilTold = (room: TestRoom): Promise<RouteGap> =>
  vi.waitFor(
    () => {
      const [gap] = told(room)
      expect(gap).toBeDefined()
      return gap as RouteGap
    },
    { timeout: limits.gapAfterMs + 5_000 },
  )

/** Past the time at which the gap would have been told. */
const untilJudged = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, limits.gapAfterMs + 300))

describe('the gap of a move', () => {
  afterEach(() => {
    for (const room of document.querySelectorAll('test-room')) room.remove()
    for (const track of tracks.splice(0)) track.stop()
    localStorage.clear()
  })

  it('FX3 is as long as nothing new was shown, and stands beside what was steady before', async () => {
    const { room, track } = await watching(2_000)
    const holeMs = 1_500
    const next = aPicture(holeMs)
    track.stop()
    changeRoute(room, 2)
    showCamera(room, next, 2)
    const { epoch, gapMs, steadyMs } = await untilTold(room)
    expect(epoch).toBe(2)
    // The next one may come sooner by a frame that was on its way.
    expect(gapMs).toBeGreaterThan(holeMs - 150)
    expect(gapMs).toBeLessThan(limits.gapAfterMs)
    expect(steadyMs).toBeGreaterThan(0)
    expect(steadyMs).toBeLessThan(gapMs)
  })

  it('FX3 is none to speak of where the next picture is ready, and told once', async () => {
    const { room } = await watching()
    changeRoute(room, 2)
    showCamera(room, aPicture(), 2)
    const { gapMs } = await untilTold(room)
    expect(gapMs).toBeGreaterThan(0)
    // A machine with other work; to wait until it is judged would be longer still.
    expect(gapMs).toBeLessThan(2_000)
    expect(told(room)).toHaveLength(1)
  })

  it('FX3 a picture that goes for want of a way, and comes back, has stood still', async () => {
    const { room, track } = await watching()
    changeRoute(room, 2)
    const lost = { ...guest, sources: { ...guest.sources, camera: liveSource(null) } }
    room.fake.show(roomView([self, lost], { route: { kind: 'mesh', epoch: 2 } }))
    setTimeout(() => showCamera(room, track, 2), 1_000)
    const { gapMs } = await untilTold(room)
    expect(gapMs).toBeGreaterThan(950)
  })

  it('FX3 is not told where the camera went off, nor where the tile was out of sight', async () => {
    const { room } = await watching()
    changeRoute(room, 2)
    showCamera(room, null, 2)
    await untilJudged()
    expect(told(room)).toEqual([])
    const other = (await watching()).room
    other.style.cssText = 'position: fixed; inset-block-start: 300vh; block-size: 50vh; inline-size: 50vw'
    await vi.waitFor(() => expect([...other.fake.watched.values()]).toEqual([false]))
    changeRoute(other, 2)
    await untilJudged()
    expect(told(other)).toEqual([])
  })

  it('FX3 is an event of the element', async () => {
    const room = await openTestRoom()
    const heard: VideoRoomEventDetails['vr-route-gap'][] = []
    room.addEventListener('vr-route-gap', ({ detail }) => heard.push(detail), { once: true })
    room.fake.show(roomView([self, guest]))
    room.fake.announce({ type: 'route-gap', epoch: 2, gapMs: 84, steadyMs: null })
    expect(heard).toEqual([{ epoch: 2, gapMs: 84, steadyMs: null }])
  })
})
