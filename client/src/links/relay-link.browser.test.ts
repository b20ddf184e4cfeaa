import { occupantIdSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { offerFactsSchema, type OfferFacts } from '@video-room/shared/sdp/facts.ts'
import { sectionOrder } from '@video-room/shared/source.ts'
import * as v from 'valibot'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type RelayLinkPorts, relayLinks } from './relay-link.ts'
import type { RelayLink, RelayLinkOptions, SlotTrack } from './relay-link-port.ts'
import {
  cleanUp,
  cleanUps,
  HelpedConnection,
  ticket,
  until,
  WatchedConnection,
} from './testing/helped-connection.ts'

const ann = v.parse(occupantIdSchema, 'o_annannannannanna')
const bob = v.parse(occupantIdSchema, 'o_bobbobbobbobbobb')
afterEach(cleanUp)

interface End {
  readonly link: RelayLink
  readonly connection: WatchedConnection
  readonly signals: string[]
  readonly tracks: (readonly SlotTrack[])[]
  readonly speakers: unknown[]
  readonly reports: string[]
}

function open(
  options: Partial<RelayLinkOptions> = {},
  more: Partial<RelayLinkPorts> = {},
  RTCPeerConnection: typeof WatchedConnection = WatchedConnection,
): End {
  const heard = { signals: [], tracks: [], speakers: [], reports: [] } as Omit<End, 'link' | 'connection'>
  const ports: RelayLinkPorts = {
    webRtc: { RTCPeerConnection, RTCSessionDescription, RTCIceCandidate, RTCRtpReceiver },
    iceTransportPolicy: 'all',
    preferredCodec: 'auto',
    now: () => performance.now(),
    ...more,
  }
  const link = relayLinks(ports)(
    { ticket: ticket(), iceServers: [], tracks: {}, slots: { audio: 2, video: 2 }, ...options },
    {
      onSignal: (payload) => heard.signals.push(payload),
      onTracks: (tracks) => heard.tracks.push(tracks),
      onSpeakers: (occupantIds) => heard.speakers.push(occupantIds),
      onConnected: () => heard.reports.push('connected'),
      onTicketWanted: () => heard.reports.push('ticket wanted'),
      onClosed: () => heard.reports.push('closed'),
    },
  )
  cleanUps.push(() => link.close())
  const connection = WatchedConnection.last
  if (connection === null) throw new Error('a link has a connection')
  return { link, connection, ...heard }
}

function picture(width = 1_280, height = 704): MediaStreamTrack {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')
  const timer = setInterval(() => {
    if (context === null) return
    context.fillStyle = `hsl(${(performance.now() / 10) % 360} 80% 50%)`
    context.fillRect(0, 0, width, height)
  }, 50)
  const [track] = canvas.captureStream(20).getVideoTracks()
  if (track === undefined) throw new Error('a canvas gives one video track')
  cleanUps.push(() => {
    clearInterval(timer)
    track.stop()
  })
  return track
}

const negotiated = (end: End, times = 1): Promise<unknown> =>
  until(() => end.connection.answers.length === times && end.connection.signalingState === 'stable')
const mids = (end: End): (string | null)[] => end.connection.getTransceivers().map(({ mid }) => mid)
const directions = (end: End): (string | null)[] =>
  end.connection.getTransceivers().map(({ currentDirection }) => currentDirection)
const ufragOf = (description: RTCSessionDescription | null): string | undefined =>
  /a=ice-ufrag:(\S+)/.exec(description?.sdp ?? '')?.[1]
const factsIn = (payload: string | undefined): OfferFacts =>
  v.parse(v.object({ facts: offerFactsSchema }), JSON.parse(payload ?? '{}')).facts
const layersOf = (end: End): RTCRtpEncodingParameters[] =>
  end.connection.getSenders()[1]?.getParameters().encodings ?? []
const activeLayers = (end: End): string =>
  layersOf(end)
    .filter(({ active }) => active)
    .map(({ rid }) => rid)
    .join('')

describe('a relay link', () => {
  test('RL6 RL7 answers its own offer: four sections to send, then its slots', async () => {
    const end = open()
    await negotiated(end)
    expect(mids(end)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
    expect(directions(end).join(' ')).toBe(`${'sendonly '.repeat(4)}${'recvonly '.repeat(4)}`.trim())
    expect(ufragOf(end.connection.remoteDescription)).toBe(ticket().iceUfrag)
  })

  test('RL6 tells the relay the facts of its offer and nothing more', async () => {
    const end = open()
    await negotiated(end)
    expect(end.signals).toHaveLength(1)
    const { fingerprint, sections } = factsIn(end.signals[0])
    expect(end.connection.localDescription?.sdp).toContain(`a=fingerprint:sha-256 ${fingerprint}`)
    expect(sections.map(({ source }) => source)).toEqual([...sectionOrder, null, null, null, null])
    expect(sections.slice(4).map(({ kind }) => kind)).toEqual(['audio', 'audio', 'video', 'video'])
    expect(sections[1]?.rids).toEqual(['f', 'h', 'q'])
  })

  test('RL7 sends the camera in three layers, each with bits by its size; a small one in fewer (P1)', async () => {
    const end = open({ tracks: { camera: picture(640, 352) } })
    await negotiated(end)
    expect(layersOf(end).map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy])).toEqual([
      ['f', 1],
      ['h', 2],
      ['q', 4],
    ])
    await until(() => activeLayers(end) === 'fh')
    const [small] = layersOf(end)
    expect(small?.maxBitrate).toBeLessThan(500_000)
    await end.link.replaceTrack('camera', picture())
    await until(() => activeLayers(end) === 'fhq')
    expect(layersOf(end)[0]?.maxBitrate).toBeGreaterThan(1_500_000)
    expect(layersOf(end)[1]?.maxBitrate).toBeLessThan(500_000)
    expect(end.connection.answers).toHaveLength(1)
  })

  test('MG6 the layers of a camera that is expected are made ready, and it is then sent without another word', async () => {
    const end = open()
    const camera = picture(640, 352)
    end.link.expect(camera)
    await negotiated(end)
    await until(() => activeLayers(end) === 'fh')
    expect(end.connection.getSenders()[1]?.track).toBeNull()
    const sender = end.connection.getSenders()[1]
    if (sender === undefined) throw new Error('there is a section for the camera')
    const changed = vi.spyOn(sender, 'setParameters')
    await end.link.replaceTrack('camera', camera)
    await end.link.cap(null)
    expect([changed.mock.calls.length, sender.track]).toEqual([0, camera])
  })

  test('RL7 sends the camera in one encoding where the browser knows no layers (P3)', async () => {
    class Plain extends WatchedConnection {
      override addTransceiver(
        what: string | MediaStreamTrack,
        init: RTCRtpTransceiverInit = {},
      ): RTCRtpTransceiver {
        if (init.sendEncodings?.some(({ rid }) => rid !== undefined)) throw new TypeError('no layers')
        return super.addTransceiver(what, init)
      }
    }
    const end = open({ tracks: { camera: picture() } }, {}, Plain)
    await negotiated(end)
    expect(factsIn(end.signals[0]).sections[1]).toMatchObject({ source: 'camera', rids: [] })
    await until(() => (layersOf(end)[0]?.maxBitrate ?? 0) > 1_500_000)
  })

  test.each(['vp9', 'av1'] as const)(
    'RL7 P2 sends the camera in layers with %s, too',
    async (preferredCodec) => {
      const end = open({ tracks: { camera: picture() } }, { preferredCodec })
      await negotiated(end)
      await until(() => activeLayers(end) === 'fhq')
      expect(end.connection.getSenders()[1]?.getParameters().codecs[0]?.mimeType.toLowerCase()).toBe(
        `video/${preferredCodec}`,
      )
      const modes = layersOf(end).map((layer) => ('scalabilityMode' in layer ? layer.scalabilityMode : null))
      expect(modes).toEqual(['L1T1', 'L1T1', 'L1T1'])
    },
  )

  test('P2 sends in the codec that is preferred', async () => {
    const end = open({}, { preferredCodec: 'vp9' })
    await negotiated(end)
    const codecs = end.connection.getSenders().map((sender) => sender.getParameters().codecs[0]?.mimeType)
    expect(codecs.slice(0, 4)).toEqual(['audio/opus', 'video/VP9', 'video/VP9', 'audio/opus'])
  })

  test('M2 M3 switches sources off and on, also as it opens, without negotiating', async () => {
    const camera = picture()
    const end = open({ tracks: { camera, microphone: null } })
    await end.link.replaceTrack('camera', null)
    await negotiated(end)
    expect(end.connection.getSenders()[1]?.track).toBeNull()
    const screen = picture()
    await Promise.all([
      end.link.replaceTrack('camera', camera),
      end.link.replaceTrack('screen', screen),
      end.link.replaceTrack('screen', null),
      end.link.replaceTrack('screen', screen),
    ])
    const sent = end.connection.getSenders().map(({ track }) => track?.id ?? null)
    expect(sent.slice(0, 4)).toEqual([null, camera.id, screen.id, null])
    expect([end.connection.answers.length, end.signals.length]).toEqual([1, 1])
  })

  test('RL7 names what its slots carry, each time the relay says it', async () => {
    const end = open()
    await negotiated(end)
    const fill = (...slots: unknown[]): void => end.link.signal(JSON.stringify({ slots }))
    const [, , , , sound, , image] = end.connection.getReceivers().map(({ track }) => track)
    fill(
      { mid: '4', occupantId: ann, source: 'microphone' },
      { mid: '6', occupantId: ann, source: 'camera' },
      { mid: '5', occupantId: bob, source: 'camera' },
      { mid: '70', occupantId: bob, source: 'camera' },
    )
    expect(end.tracks.at(-1)).toEqual([
      { occupantId: ann, source: 'microphone', track: sound },
      { occupantId: ann, source: 'camera', track: image },
    ])
    fill({ mid: '6', occupantId: bob, source: 'screen' })
    expect(end.tracks.at(-1)).toEqual([{ occupantId: bob, source: 'screen', track: image }])
    fill()
    expect(end.tracks.at(-1)).toEqual([])
    expect(end.tracks).toHaveLength(3)
  })

  test('RL8 names who speaks; garbage says nothing', async () => {
    const end = open()
    end.link.signal(JSON.stringify({ speakers: [bob, ann] }))
    for (const garbage of ['', '{', 'null', '[]', '{"speakers":[7]}', '{"slots":7}', '{"wants":[]}']) {
      end.link.signal(garbage)
    }
    await negotiated(end)
    expect(end.speakers).toEqual([[bob, ann]])
    expect([end.tracks, end.reports]).toEqual([[], []])
  })

  test('RL8 tells what is wanted, at the earliest after the facts', async () => {
    const end = open()
    const wanted = [{ occupantId: bob, source: 'camera', widthPx: 640 }] as const
    end.link.want([])
    end.link.want(wanted)
    expect(end.signals).toEqual([])
    await negotiated(end)
    expect(end.signals.slice(1)).toEqual([JSON.stringify({ wants: wanted })])
    end.link.want(wanted)
    expect(end.signals.slice(2)).toEqual([JSON.stringify({ wants: wanted })])
  })

  test('RL6 RL7 gets more slots without touching what is there, and tells the new facts', async () => {
    const end = open()
    await negotiated(end)
    const before = end.connection.getTransceivers()
    end.link.ensureSlots({ audio: 1, video: 2 })
    end.link.ensureSlots({ audio: 2, video: 4 })
    await negotiated(end, 2)
    end.link.ensureSlots({ audio: 2, video: 3 })
    expect(mids(end)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(end.connection.getTransceivers().slice(0, 8)).toEqual(before)
    expect(directions(end).slice(8)).toEqual(['recvonly', 'recvonly'])
    const [first, second] = end.signals.map(factsIn)
    expect(second?.sections.slice(0, 8)).toEqual(first?.sections)
    expect(second?.sections.slice(8)).toMatchObject([{ direction: 'receive' }, { direction: 'receive' }])
    expect([end.connection.answers.length, end.signals.length]).toEqual([2, 2])
    expect(ufragOf(end.connection.remoteDescription)).toBe(ticket().iceUfrag)
  })

  test('RL6 wishes that come during a negotiation are met by one more', async () => {
    const end = open()
    const wish = (): void => {
      end.link.ensureSlots({ audio: 2, video: 3 })
      end.link.ensureSlots({ audio: 2, video: 4 })
      end.link.renew(ticket('B'))
      end.link.ensureSlots({ audio: 3, video: 4 })
    }
    end.connection.addEventListener('signalingstatechange', wish, { once: true })
    await negotiated(end, 2)
    expect(mids(end)).toHaveLength(11)
    expect(end.connection.answers.map((sdp) => /a=ice-ufrag:(.)/.exec(sdp)?.[1])).toEqual(['A', 'B'])
    expect(end.reports).toEqual([])
  })

  test('RL5 asks for a ticket to restart ICE, and says nothing to the relay', async () => {
    const end = open()
    await negotiated(end)
    const before = ufragOf(end.connection.localDescription)
    end.link.restart()
    expect(end.reports).toEqual(['ticket wanted'])
    end.link.renew(ticket('B'))
    await negotiated(end, 2)
    expect(ufragOf(end.connection.localDescription)).not.toBe(before)
    expect(ufragOf(end.connection.remoteDescription)).toBe(ticket('B').iceUfrag)
    expect(end.signals).toHaveLength(1)
    expect(directions(end)).toHaveLength(8)
  })

  test('LK3 connects once, also over an ICE restart; what the other end reports proves that it lives', async () => {
    const end = open({ tracks: { screen: picture(640, 352) } }, {}, HelpedConnection)
    await until(() => end.reports.length > 0)
    const sample = () => end.link.sample(7)
    expect(await sample()).toMatchObject({ atMs: 7, remoteCandidate: 'host', heard: [] })
    // Nothing comes from there but RTCP.
    const hearsMore = async (): Promise<unknown> => {
      const before = await sample()
      return until(async () => ((await sample())?.receivedBytes ?? 0) > (before?.receivedBytes ?? 0))
    }
    await hearsMore()
    const before = ufragOf(end.connection.localDescription)
    end.link.renew(ticket('B'))
    await negotiated(end, 2)
    expect(ufragOf(end.connection.localDescription)).not.toBe(before)
    await hearsMore()
    await hearsMore()
    expect(await sample()).toMatchObject({ framesDecoded: 0 })
    expect([end.reports, end.connection.connectionState]).toEqual([['connected'], 'connected'])
  })

  test('LK3 MG6 one that stands by hears nothing but answers to its checks, and those prove that it lives', async () => {
    const end = open({}, {}, HelpedConnection)
    await until(() => end.reports.length > 0)
    const checks = async (): Promise<number> => (await end.link.sample(0))?.answeredChecks ?? 0
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const before = await checks()
    await until(async () => (await checks()) > before, limits.standbySilentMs)
    expect((await end.link.sample(0))?.sentBytes).toBeLessThan(50_000)
  })

  test('MG1 one that is held down sends each layer in fewer bits, and as before when it is let go', async () => {
    const end = open({ tracks: { camera: picture(), screen: picture() } }, {}, HelpedConnection)
    await until(() => activeLayers(end) === 'fhq')
    const bounds = (section: number): (number | undefined)[] => {
      const parameters = end.connection.getSenders()[section]?.getParameters()
      return parameters?.encodings.map(({ maxBitrate }) => maxBitrate) ?? []
    }
    // Fitted to this capture, which is a little smaller than what layers begin with.
    await until(() => (bounds(1)[0] ?? 0) < 1_700_000)
    const before = [bounds(1), bounds(2)]
    await end.link.cap(0.6)
    const [camera, screen] = [bounds(1), bounds(2)]
    expect(camera[0]).toBeLessThan(before[0]?.[0] ?? 0)
    expect(screen[0]).toBeLessThan(before[1]?.[0] ?? 0)
    expect(activeLayers(end)).toBe('fhq')
    await end.link.cap(null)
    expect([bounds(1), bounds(2)]).toEqual(before)
    expect(end.connection.answers).toHaveLength(1)
  })

  test('says that it closed when the relay says goodbye, without waiting for silence', async () => {
    const end = open({}, {}, HelpedConnection)
    await until(() => end.reports.length > 0)
    if (!(end.connection instanceof HelpedConnection)) throw new Error('another connection was opened')
    end.connection.sayGoodbye()
    await until(() => end.reports.length > 1)
    expect(end.reports).toEqual(['connected', 'closed'])
  })

  test('says that it closed when its ticket opens nothing', async () => {
    const end = open({ ticket: { ...ticket(), fingerprint: 'none' } })
    await until(() => end.reports.length > 0)
    expect(end.reports).toEqual(['closed'])
    expect(await end.link.sample(0)).toBeNull()
  })

  test('says nothing once it was closed, however early and often', async () => {
    const early = open({ tracks: { camera: picture() } })
    early.link.close()
    const late = open()
    await negotiated(late)
    const { length } = late.signals
    late.link.close()
    for (const { link } of [early, late]) {
      link.close()
      link.restart()
      link.renew(ticket('B'))
      link.want([])
      link.ensureSlots({ audio: 9, video: 9 })
      link.signal('{"speakers":[]}')
      link.signal('{"slots":[]}')
      await link.replaceTrack('camera', picture())
      expect(await link.sample(0)).toBeNull()
    }
    await negotiated(open())
    expect([early.signals.length, late.signals.length]).toEqual([0, length])
    for (const end of [early, late]) expect([end.reports, end.tracks, end.speakers]).toEqual([[], [], []])
  })
})
