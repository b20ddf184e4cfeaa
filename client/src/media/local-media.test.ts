import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LocalMedia } from './local-media.ts'
import { readEveryMs } from './muted-voice.ts'
import type { LevelMeter } from './ports.ts'
import { FakeDevices, FakeStorage } from './testing/fake-devices.ts'

const refused = new DOMException('no', 'NotAllowedError')
const busy = new DOMException('no', 'NotReadableError')
const missing = new DOMException('no', 'NotFoundError')

const entry = (kind: string, deviceId: string) => ({ kind, deviceId, label: `${kind} ${deviceId}` })

function setUp(permissionStates?: { camera: string; microphone: string }) {
  const devices = new FakeDevices()
  const storage = new FakeStorage()
  const meter = { level: 0, closed: 0 }
  const makeMeter = (): LevelMeter => ({
    read: () => meter.level,
    close: () => {
      meter.closed += 1
    },
  })
  const permissions =
    permissionStates === undefined
      ? null
      : { query: async ({ name }: { name: 'camera' | 'microphone' }) => ({ state: permissionStates[name] }) }
  const make = (): LocalMedia =>
    new LocalMedia({ mediaDevices: devices, permissions, storage, makeMeter, canSelectSpeaker: true })
  return { devices, storage, meter, media: make(), make }
}

/** Everything that waits for nothing but promises has then happened. */
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('local media', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('asks once for a microphone and a camera wished for together', async () => {
    const { media, devices } = setUp()
    await Promise.all([media.set('microphone', true), media.set('camera', true)])
    expect(devices.asked).toHaveLength(1)
    expect(media.view.captures.microphone.status).toBe('live')
    expect(media.view.captures.camera.status).toBe('live')
  })

  it('J2 a busy camera leaves the microphone working', async () => {
    const { media, devices } = setUp()
    devices.failing.video = busy
    await Promise.all([media.set('microphone', true), media.set('camera', true)])
    expect(media.view.captures.microphone).toMatchObject({ status: 'live', problem: null })
    expect(media.view.captures.camera).toEqual({ status: 'absent', track: null, problem: 'busy' })
  })

  it('J2 a prompt closed without an answer is not shown a second time', async () => {
    const { media, devices } = setUp({ camera: 'prompt', microphone: 'prompt' })
    devices.failing.audio = refused
    await Promise.all([media.set('microphone', true), media.set('camera', true)])
    expect(devices.asked).toHaveLength(1)
    expect(media.view.captures.microphone.problem).toBe('denied')
    expect(media.view.captures.camera.problem).toBe('denied')
  })

  it('J2 a camera that is blocked for this page does not cost the microphone', async () => {
    const { media, devices } = setUp({ camera: 'denied', microphone: 'granted' })
    devices.failing.video = refused
    await Promise.all([media.set('microphone', true), media.set('camera', true)])
    expect(media.view.captures.microphone.status).toBe('live')
    expect(media.view.captures.camera.problem).toBe('denied')
  })

  it('J2 no media devices at all (an insecure page) is told as unsupported', async () => {
    const media = new LocalMedia({ mediaDevices: null, permissions: null, storage: null })
    await media.set('camera', true)
    await media.set('screen', true)
    expect(media.view.captures.camera.problem).toBe('unsupported')
    expect(media.view.captures.screen.problem).toBe('unsupported')
    expect(media.canShareScreen).toBe(false)
  })

  it('M1 a muted microphone is silent at once and keeps its device', async () => {
    const { media, devices } = setUp()
    await media.set('microphone', true)
    const [track] = devices.live('audio')
    void media.set('microphone', false)
    expect(track?.enabled).toBe(false)
    await settled()
    expect(media.view.captures.microphone).toEqual({ status: 'muted', track, problem: null })
    await media.set('microphone', true)
    expect(devices.asked).toHaveLength(1)
    expect(track?.enabled).toBe(true)
  })

  it('M2 a muted camera is stopped and shows no track', async () => {
    const { media, devices } = setUp()
    await media.set('camera', true)
    await media.set('camera', false)
    expect(devices.live('video')).toEqual([])
    expect(media.view.captures.camera).toEqual({ status: 'muted', track: null, problem: null })
  })

  it('M3 a camera that cannot come back stays muted and says why; the next try may work', async () => {
    const { media, devices } = setUp()
    await media.set('camera', true)
    await media.set('camera', false)
    devices.failing.video = busy
    await media.set('camera', true)
    expect(media.view.captures.camera).toEqual({ status: 'muted', track: null, problem: 'busy' })
    delete devices.failing.video
    await media.set('camera', true)
    expect(media.view.captures.camera).toMatchObject({ status: 'live', problem: null })
  })

  it.each([10, 11])('M4 %i quick toggles end right, with no track leaked', async (toggles) => {
    for (const source of ['camera', 'microphone'] as const) {
      const { media, devices } = setUp()
      const wishes: Promise<void>[] = []
      for (let toggle = 0; toggle < toggles; toggle += 1) {
        wishes.push(media.set(source, toggle % 2 === 0))
        if (toggle % 3 === 0) await settled()
      }
      await Promise.all(wishes)
      const on = toggles % 2 === 1
      expect(media.view.captures[source].status).toBe(on ? 'live' : 'muted')
      const live = devices.live(source === 'camera' ? 'video' : 'audio')
      expect(live).toHaveLength(on || source === 'microphone' ? 1 : 0)
      expect(live.every((track) => track.enabled === on)).toBe(true)
    }
  })

  it('M4 switched off while the browser still asks: the track that arrives is never live', async () => {
    const { media, devices } = setUp()
    devices.isPrompting = true
    void media.set('camera', true)
    void media.set('microphone', true)
    await settled()
    expect(media.view.captures.camera.status).toBe('starting')
    const off = Promise.all([media.set('camera', false), media.set('microphone', false)])
    devices.answer()
    await off
    expect(devices.live('video')).toEqual([])
    expect(devices.live('audio').map((track) => track.enabled)).toEqual([false])
    expect(media.view.captures.camera.status).toBe('muted')
    expect(media.view.captures.microphone.status).toBe('muted')
  })

  it('M6 another microphone chosen while muted stays muted', async () => {
    const { media, devices } = setUp()
    await media.set('microphone', true)
    await media.set('microphone', false)
    const seen: string[] = []
    media.onChanged(() => seen.push(media.view.captures.microphone.status))
    await media.selectDevice('microphone', 'usb')
    expect(new Set(seen)).toEqual(new Set(['muted']))
    expect(devices.live('audio').map(({ deviceId, enabled }) => [deviceId, enabled])).toEqual([
      ['usb', false],
    ])
  })

  it('M6 another camera chosen while muted is not opened before un-muting', async () => {
    const { media, devices } = setUp()
    await media.set('camera', true)
    await media.set('camera', false)
    await media.selectDevice('camera', 'usb')
    expect(devices.live('video')).toEqual([])
    await media.set('camera', true)
    expect(devices.live('video').map((track) => track.deviceId)).toEqual(['usb'])
  })

  it('a device chosen while live replaces the old one', async () => {
    const { media, devices } = setUp()
    await media.set('camera', true)
    await media.selectDevice('camera', 'usb')
    expect(devices.live('video').map((track) => track.deviceId)).toEqual(['usb'])
    expect(media.view.captures.camera.status).toBe('live')
  })

  it('a chosen device is remembered, and the default serves while it is not plugged in', async () => {
    const { media, make, devices } = setUp()
    await media.selectDevice('camera', 'usb')
    const later = make()
    expect(later.view.selected.camera).toBe('usb')
    const original = devices.getUserMedia.bind(devices)
    devices.getUserMedia = async (constraints) => {
      if (JSON.stringify(constraints).includes('usb')) throw missing
      return await original(constraints)
    }
    await later.set('camera', true)
    expect(later.view.captures.camera.status).toBe('live')
  })

  it('a chosen device that is unplugged yields to the default', async () => {
    const { media, devices } = setUp()
    devices.entries = [entry('audioinput', 'default'), entry('audioinput', 'a'), entry('audioinput', 'usb')]
    await media.set('microphone', true)
    await settled()
    expect(media.view.devices.microphone.map((option) => option.deviceId)).toEqual(['a', 'usb'])
    await media.selectDevice('microphone', 'usb')
    devices.plug([entry('audioinput', 'a')])
    await settled()
    expect(media.view.selected.microphone).toBeNull()
  })

  it('an unplugged device leaves a problem and no track', async () => {
    const { media, devices } = setUp()
    await media.set('camera', true)
    devices.live('video')[0]?.end()
    await settled()
    expect(media.view.captures.camera).toEqual({ status: 'absent', track: null, problem: 'missing' })
  })

  it('a permission taken back is told apart from an unplugged device', async () => {
    const states = { camera: 'granted', microphone: 'granted' }
    const { media, devices } = setUp(states)
    await media.set('camera', true)
    states.camera = 'denied'
    devices.live('video')[0]?.end()
    await settled()
    expect(media.view.captures.camera.problem).toBe('denied')
  })

  it('a shared screen brings its sound, and ends with the browser’s own bar', async () => {
    const { media, devices } = setUp()
    await media.set('screen', true)
    expect(media.view.captures.screen.status).toBe('live')
    expect(media.view.captures['screen-audio'].status).toBe('live')
    devices.live('video')[0]?.end()
    expect(media.view.captures.screen).toEqual({ status: 'absent', track: null, problem: null })
    expect(media.view.captures['screen-audio'].status).toBe('absent')
    expect(devices.live('audio')).toEqual([])
  })

  it('a closed screen picker is no problem', async () => {
    const { media, devices } = setUp()
    devices.failing.screen = refused
    await media.set('screen', true)
    expect(media.view.captures.screen).toEqual({ status: 'absent', track: null, problem: null })
  })

  it('M1 talking into a muted microphone is noticed, and un-muting ends the hint', async () => {
    const { media, meter } = setUp()
    const levels: number[] = []
    media.onLevel((level) => levels.push(level))
    await media.set('microphone', true)
    meter.level = 0.3
    await vi.advanceTimersByTimeAsync(readEveryMs * 5)
    expect(media.view.talkingWhileMuted).toBe(false)
    expect(levels.at(-1)).toBe(0.3)
    await media.set('microphone', false)
    await vi.advanceTimersByTimeAsync(readEveryMs * 5)
    expect(media.view.talkingWhileMuted).toBe(true)
    expect(levels.at(-1)).toBe(0)
    await media.set('microphone', true)
    expect(media.view.talkingWhileMuted).toBe(false)
  })

  it('closing stops every track, also one whose prompt is still open, and a later wish starts anew', async () => {
    const { media, devices, meter } = setUp()
    await media.set('microphone', true)
    await media.set('screen', true)
    devices.isPrompting = true
    void media.set('camera', true)
    await settled()
    media.close()
    devices.answer()
    await settled()
    expect([...devices.live('audio'), ...devices.live('video')]).toEqual([])
    expect(
      devices.opened.flatMap((track) => track.clones).every((clone) => clone.readyState === 'ended'),
    ).toBe(true)
    expect(meter.closed).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    await media.set('camera', true)
    expect(media.view.captures.camera.status).toBe('live')
  })
})
