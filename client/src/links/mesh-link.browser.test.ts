import { occupantIdSchema } from '@video-room/shared/ids.ts'
import { sectionOrder, type Source } from '@video-room/shared/source.ts'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as v from 'valibot'
import type { ConnectionSample, MediaTrack } from '../core/view.ts'
import type { Link } from './link.ts'
import { MeshLink, type MeshPorts } from './mesh-link.ts'

const ids = { ann: 'o_annannannannanna', bob: 'o_bobbobbobbobbobb' } as const
const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

/** Every connection of a test, so that it can look at what the wrapper hides. */
class WatchedConnection extends RTCPeerConnection {
  static all: WatchedConnection[] = []
  negotiations = 0
  constructor(config?: RTCConfiguration) {
    super(config)
    WatchedConnection.all.push(this)
    this.addEventListener('signalingstatechange', () => {
      if (this.signalingState === 'stable') this.negotiations += 1
    })
  }
}

const ports = (more: Partial<MeshPorts> = {}): MeshPorts => ({
  webRtc: {
    RTCPeerConnection: WatchedConnection,
    RTCSessionDescription,
    RTCIceCandidate,
    RTCRtpReceiver,
  },
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  now: () => performance.now(),
  iceTransportPolicy: 'all',
  preferredCodec: 'auto',
  isAndroid: false,
  ...more,
})

const levelOf = (sample: ConnectionSample | null, source: Source): number =>
  sample?.heard.find((sound) => sound.source === source)?.level ?? 0

interface End {
  readonly link: Link
  readonly received: Map<Source, MediaTrack>
  readonly sent: string[]
  readonly connection: WatchedConnection
  connected: boolean
  closed: boolean
}
type Tracks = Partial<Record<Source, MediaTrack | null>>

/** Two ends in one page; signals travel as tasks, in order, like over a socket. */
function pair(
  tracks: { offering?: Tracks; answering?: Tracks } = {},
  more: Partial<MeshPorts> = {},
): [End, End] {
  const ends: End[] = []
  const open = (index: number, initiator: boolean, own: Tracks): void => {
    const received = new Map<Source, MediaTrack>()
    const sent: string[] = []
    const created = WatchedConnection.all.length
    const early: [Source, MediaTrack][] = []
    const link = new MeshLink(
      {
        occupantId: v.parse(occupantIdSchema, initiator ? ids.bob : ids.ann),
        initiator,
        iceServers: [],
        tracks: own,
      },
      {
        onSignal: (payload) => {
          sent.push(payload)
          queueMicrotask(() => ends[1 - index]?.link.signal(payload))
        },
        onTrack: (source, track) => early.push([source, track]) && received.set(source, track),
        onConnected: () => {
          const end = ends[index]
          if (end) end.connected = true
        },
        onClosed: () => {
          const end = ends[index]
          if (end) end.closed = true
        },
      },
      ports(more),
    )
    const connection = WatchedConnection.all[created]
    if (connection === undefined) throw new Error('the link made no connection')
    ends[index] = { link, received, sent, connection, connected: false, closed: false }
    cleanUps.push(() => link.close())
  }
  open(1, false, tracks.answering ?? {})
  open(0, true, tracks.offering ?? {})
  const [offering, answering] = ends
  if (offering === undefined || answering === undefined) throw new Error('two ends expected')
  return [offering, answering]
}

/** A picture that changes 20 times a second. */
function picture(): MediaStreamTrack {
  const canvas = document.createElement('canvas')
  canvas.width = 320
  canvas.height = 240
  const context = canvas.getContext('2d')
  let hue = 0
  const timer = setInterval(() => {
    if (context === null) return
    hue += 20
    context.fillStyle = `hsl(${hue} 80% 50%)`
    context.fillRect(0, 0, 320, 240)
  }, 50)
  const [track] = canvas.captureStream(20).getVideoTracks()
  if (track === undefined) throw new Error('a canvas gives one video track')
  cleanUps.push(() => {
    clearInterval(timer)
    track.stop()
  })
  return track
}

function tone(): MediaStreamTrack {
  const context = new AudioContext()
  const oscillator = context.createOscillator()
  const destination = context.createMediaStreamDestination()
  oscillator.connect(destination)
  oscillator.start()
  const [track] = destination.stream.getAudioTracks()
  if (track === undefined) throw new Error('a destination gives one audio track')
  cleanUps.push(() => {
    track.stop()
    void context.close()
  })
  return track
}

const until = (what: () => unknown, timeoutMs = 8_000): Promise<unknown> =>
  vi.waitFor(
    async () => {
      if (!(await what())) throw new Error('not yet')
    },
    { timeout: timeoutMs, interval: 50 },
  )
const connected = (...ends: End[]): Promise<unknown> => until(() => ends.every((end) => end.connected))

/** Plays what arrives, since browsers decode only what something consumes; of sound not even that of a muted element. */
function play(end: End, source: Source): HTMLVideoElement {
  const element = document.createElement('video')
  element.muted = source === 'camera' || source === 'screen'
  element.autoplay = true
  element.srcObject = new MediaStream([end.received.get(source) as MediaStreamTrack])
  document.body.append(element)
  cleanUps.push(() => element.remove())
  return element
}

const framesDecoded = async (end: End): Promise<number> => (await end.link.sample(0))?.framesDecoded ?? 0
async function framesSent(end: End): Promise<number> {
  let frames = 0
  const report = await end.connection.getStats()
  report.forEach((entry: { type?: string; framesSent?: number }) => {
    if (entry.type === 'outbound-rtp') frames += entry.framesSent ?? 0
  })
  return frames
}
const moreFrames = async (end: End): Promise<void> => {
  const before = await framesDecoded(end)
  await until(async () => (await framesDecoded(end)) >= before + 5)
}
const directions = (end: End): (string | null)[] =>
  end.connection.getTransceivers().map((transceiver) => transceiver.currentDirection)
const ufrag = (end: End): string =>
  /a=ice-ufrag:(\S+)/.exec(end.connection.localDescription?.sdp ?? '')?.[1] ?? ''
const sections = (sdp: string | undefined): string[] =>
  [...(sdp ?? '').matchAll(/^m=(\w+)/gm)].map((match) => match[1] ?? '')

describe('a mesh link', () => {
  test('LK2 has four sendrecv sections in the agreed order, then the data channel, on both ends', async () => {
    const [ann, bob] = pair()
    await connected(ann, bob)
    for (const end of [ann, bob]) {
      expect(directions(end)).toEqual(['sendrecv', 'sendrecv', 'sendrecv', 'sendrecv'])
      expect(sections(end.connection.localDescription?.sdp)).toEqual([
        'audio',
        'video',
        'video',
        'audio',
        'application',
      ])
      expect([...end.received.keys()]).toEqual(sectionOrder)
    }
  })

  test('LK2 J4 brings picture and sound both ways, directly', async () => {
    const [ann, bob] = pair({
      offering: { camera: picture(), microphone: tone() },
      answering: { camera: picture(), microphone: tone() },
    })
    await connected(ann, bob)
    for (const end of [ann, bob]) {
      play(end, 'camera')
      play(end, 'microphone')
      await moreFrames(end)
      await until(async () => levelOf(await end.link.sample(0), 'microphone') > 0.01)
      const sample = await end.link.sample(7)
      expect(sample).toMatchObject({ atMs: 7, localCandidate: 'host', remoteCandidate: 'host' })
      expect(sample?.receivedBytes).toBeGreaterThan(0)
      expect(levelOf(sample, 'screen-audio')).toBe(0)
    }
  })

  test('M2 M3 LK2 switches camera and screen on both ends off and on without negotiating', async () => {
    const [ann, bob] = pair({ offering: { camera: picture() }, answering: {} })
    await connected(ann, bob)
    play(bob, 'camera')
    play(bob, 'screen')
    play(ann, 'camera')
    await moreFrames(bob)
    await ann.link.replaceTrack('camera', null)
    expect(ann.connection.getSenders()[1]?.track).toBeNull()
    await bob.link.replaceTrack('camera', picture())
    await moreFrames(ann)
    const before = await framesDecoded(bob)
    await ann.link.replaceTrack('camera', picture())
    await until(async () => (await framesDecoded(bob)) > before, 1_500)
    await ann.link.replaceTrack('camera', null)
    await ann.link.replaceTrack('screen', picture())
    await moreFrames(bob)
    await ann.link.replaceTrack('screen', null)
    expect([ann.connection.negotiations, bob.connection.negotiations]).toEqual([1, 1])
  })

  test('MG6 a link that stands by connects and brings nothing; then it carries, each end for itself, and stops again', async () => {
    const [ann, bob] = pair()
    await connected(ann, bob)
    play(bob, 'camera')
    const broughtBy = async (end: End): Promise<number> =>
      ((await end.link.sample(0))?.received ?? []).reduce((sum, { packets }) => sum + packets, 0)
    await until(async () => ((await bob.link.sample(0))?.answeredChecks ?? 0) > 0)
    expect([await broughtBy(ann), await broughtBy(bob), await framesSent(ann)]).toEqual([0, 0, 0])
    await ann.link.replaceTrack('camera', picture())
    await moreFrames(bob)
    const camera = (await bob.link.sample(0))?.received.find(({ source }) => source === 'camera')
    expect(camera?.frames).toBeGreaterThan(0)
    expect(camera?.packets).toBeGreaterThan(0)
    expect(await broughtBy(ann)).toBe(0)
    await ann.link.replaceTrack('camera', null)
    const sent = await framesSent(ann)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await framesSent(ann)).toBeLessThanOrEqual(sent + 1)
    expect([ann.connection.negotiations, bob.connection.negotiations]).toEqual([1, 1])
  })

  test('MG1 a link that is held down sends its pictures in fewer bits, and as before when it is let go', async () => {
    const [ann, bob] = pair({ offering: { camera: picture() } })
    await connected(ann, bob)
    play(bob, 'camera')
    await moreFrames(bob)
    const bound = (section = 1): number | undefined =>
      ann.connection.getSenders()[section]?.getParameters().encodings[0]?.maxBitrate
    await ann.link.cap(0.6)
    expect(bound()).toBeGreaterThanOrEqual(250_000)
    expect(bound()).toBeLessThan(1_700_000)
    expect(bound(2)).toBeUndefined()
    await moreFrames(bob)
    await ann.link.cap(0.5)
    expect(bound()).toBeGreaterThanOrEqual(250_000)
    await ann.link.cap(null)
    expect(bound()).toBeUndefined()
    await moreFrames(bob)
    ann.link.close()
    await ann.link.cap(0.6)
    expect(ann.connection.signalingState).toBe('closed')
  })

  test('MG3 a picture is decoded although nothing shows it yet: so it can be waited for', async () => {
    const [ann, bob] = pair({ offering: { camera: picture() } })
    await connected(ann, bob)
    await moreFrames(bob)
  })

  test('M8 LK7 a picture that one end does not look at is not sent to it, others are; looking again brings it back', async () => {
    const camera = picture()
    const [ann, bob] = pair({ offering: { camera } })
    const [other, cy] = pair({ offering: { camera } })
    await connected(ann, bob, other, cy)
    play(bob, 'camera')
    play(cy, 'camera')
    await moreFrames(bob)
    bob.link.pause(['camera'])
    const isActive = (end: End): boolean | undefined =>
      end.connection.getSenders()[1]?.getParameters().encodings[0]?.active
    await until(() => isActive(ann) === false)
    await moreFrames(cy)
    const sent = await framesSent(ann)
    await moreFrames(cy)
    expect(await framesSent(ann)).toBe(sent)
    expect(isActive(other)).toBe(true)
    bob.link.pause([])
    bob.link.pause(['camera'])
    bob.link.pause([])
    await moreFrames(bob)
    expect(isActive(ann)).toBe(true)
    expect([ann.connection.negotiations, bob.connection.negotiations]).toEqual([1, 1])
  })

  test('M8 LK7 what was paused before the link connected is paused from its start', async () => {
    const [ann, bob] = pair({ offering: { camera: picture(), screen: picture() } })
    bob.link.pause(['camera'])
    await connected(ann, bob)
    play(bob, 'screen')
    await until(() => ann.connection.getSenders()[1]?.getParameters().encodings[0]?.active === false)
    expect(ann.connection.getSenders()[2]?.getParameters().encodings[0]?.active).toBe(true)
  })

  test('FX1 LK7 a browser that tells no round trip (Firefox) measures it by signs of life, on a link that stands by too', async () => {
    class Untold extends WatchedConnection {
      override async getStats(): Promise<RTCStatsReport> {
        const told = await super.getStats()
        const entries = [...told].map(
          ([id, { currentRoundTripTime: _untold, ...entry }]) => [id, entry] as const,
        )
        return new Map(entries)
      }
    }
    const { webRtc, after } = ports()
    const hurried: MeshPorts['after'] = (delayMs, run) => after(delayMs / 10, run)
    const [ann, bob] = pair({}, { after: hurried, webRtc: { ...webRtc, RTCPeerConnection: Untold } })
    await connected(ann, bob)
    for (const { link } of [ann, bob]) {
      await until(async () => ((await link.sample(performance.now()))?.rttMs ?? null) !== null)
      expect((await link.sample(performance.now()))?.rttMs).toBeLessThan(1_000)
    }
  })

  test('LK3 LK7 while a browser refuses what is said straight to the other end (Firefox, which hears later that it closed) nothing breaks, and signs of life go on', async () => {
    const hurried: MeshPorts['after'] = (delayMs, run) => ports().after(delayMs / 10, run)
    const [ann, bob] = pair({}, { after: hurried })
    const send = vi.spyOn(RTCDataChannel.prototype, 'send')
    cleanUps.push(() => send.mockRestore())
    await connected(ann, bob)
    await until(() => send.mock.calls.length > 0)
    send.mockClear()
    send.mockImplementation(() => {
      throw new DOMException('not now', 'OperationError')
    })
    ann.link.pause(['camera'])
    await until(() => send.mock.calls.length >= 5)
    expect([ann.closed, bob.closed]).toEqual([false, false])
  })

  test('LK3 an ICE restart asked for by either end changes the ufrag and keeps the picture flowing', async () => {
    for (const asking of ['offering', 'answering'] as const) {
      const [ann, bob] = pair({ offering: { camera: picture() } })
      await connected(ann, bob)
      play(bob, 'camera')
      await moreFrames(bob)
      const before = ufrag(ann)
      ;(asking === 'offering' ? ann : bob).link.restart()
      await until(() => ufrag(ann) !== before && ann.connection.signalingState === 'stable')
      await moreFrames(bob)
      expect(directions(bob)).toEqual(['sendrecv', 'sendrecv', 'sendrecv', 'sendrecv'])
      expect([ann.connection.connectionState, ann.closed, bob.closed]).toEqual(['connected', false, false])
      ann.link.close()
      bob.link.close()
    }
  })

  test('LK3 two requests for a restart at the same time make one', async () => {
    const [ann, bob] = pair()
    await connected(ann, bob)
    bob.link.restart()
    ann.link.restart()
    await until(() => ann.connection.negotiations === 2)
    ann.link.restart()
    await until(async () => ((await bob.link.sample(0))?.receivedPackets ?? 0) > 0)
    expect(ann.sent.filter((payload) => payload.includes('"offer"'))).toHaveLength(2)
  })

  test('LK4 a remade link brings the picture again', async () => {
    const camera = picture()
    const [ann, bob] = pair({ offering: { camera } })
    await connected(ann, bob)
    ann.link.close()
    bob.link.close()
    const [again, other] = pair({ offering: { camera } })
    await connected(again, other)
    play(other, 'camera')
    await moreFrames(other)
    expect(camera.readyState).toBe('live')
  })

  test('LK3 a link whose other end goes away says that it closed, and one that was closed says nothing', async () => {
    const [ann, bob] = pair()
    await connected(ann, bob)
    ann.link.close()
    await until(() => bob.closed)
    expect(ann.closed).toBe(false)
    expect(await bob.link.sample(0)).toBeNull()
  })

  test('SG4 candidates travel together: a whole link takes few messages', async () => {
    const [ann, bob] = pair({ offering: { camera: picture() } })
    await connected(ann, bob)
    await until(() => ann.connection.iceGatheringState === 'complete')
    expect(ann.sent.length).toBeLessThanOrEqual(4)
    expect(bob.sent.length).toBeLessThanOrEqual(4)
  })

  test('SG4 LK1 garbage and descriptions of the wrong kind change nothing', async () => {
    const [ann, bob] = pair()
    for (const end of [ann, bob]) {
      for (const garbage of ['', '{', 'null', '[1,{"candidate":7},{"sdp":"x"}]', '[{"renegotiate":1}]']) {
        end.link.signal(garbage)
      }
    }
    ann.link.signal('[{"type":"offer","sdp":"v=0"}]')
    await connected(ann, bob)
    bob.link.signal('[{"type":"answer","sdp":"v=0"}]')
    expect([ann.closed, bob.closed]).toEqual([false, false])
  })

  test('P2 on Android H.264 constrained baseline comes first and VP8 second, in offer and answer', async () => {
    const [ann, bob] = pair({}, { isAndroid: true })
    await connected(ann, bob)
    for (const end of [ann, bob]) {
      const sdp = end.connection.localDescription?.sdp ?? ''
      const video = sdp.slice(sdp.indexOf('m=video'))
      const named = /m=video \d+ \S+ (.+)/
        .exec(video)?.[1]
        ?.split(' ')
        .map((payload) => {
          const codec = new RegExp(`a=rtpmap:${payload} (\\w+)`).exec(video)?.[1] ?? ''
          const profile = new RegExp(`a=fmtp:${payload} .*profile-level-id=(\\w{4})`).exec(video)?.[1]
          return profile === undefined ? codec : `${codec} ${profile}`
        })
      const codecs = named?.filter((name) => name !== 'rtx') ?? []
      expect(codecs[0]).toBe('H264 42e0')
      expect(codecs.find((name) => !name.startsWith('H264'))).toBe('VP8')
      expect(named).toContain('rtx')
      expect(named).toContain('red')
    }
  })

  test('P3 without setCodecPreferences the link works all the same', async () => {
    const { prototype } = RTCRtpTransceiver
    const original = Object.getOwnPropertyDescriptor(prototype, 'setCodecPreferences')
    Reflect.deleteProperty(prototype, 'setCodecPreferences')
    cleanUps.push(() => {
      if (original) Object.defineProperty(prototype, 'setCodecPreferences', original)
    })
    const [ann, bob] = pair({ offering: { camera: picture() } }, { preferredCodec: 'vp9' })
    await connected(ann, bob)
    play(bob, 'camera')
    await moreFrames(bob)
  })
})
