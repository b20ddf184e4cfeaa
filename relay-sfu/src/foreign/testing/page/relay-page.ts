/** A browser's end of a relay link, as small as it can be: what the product does, without the product. */
import { encodeToRelay, parseFromRelay, type SlotFill } from '@video-room/shared/protocol/relay-signal.ts'
import { answerFor } from '@video-room/shared/sdp/answer.ts'
import { factsOf, type VideoChoice } from '@video-room/shared/sdp/facts-of.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type {
  InboundFigures,
  JoinWish,
  OutboundFigures,
  PageCalls,
  PageMessage,
  PageRequest,
  PageView,
  PictureWish,
} from './page-protocol.ts'
import { ShownVideo } from './shown-video.ts'
import { makePicture, makeSound, type MadeTrack } from './made-tracks.ts'

type Entry = Record<string, unknown> & { readonly type: string }

class RelayPage implements PageCalls {
  readonly #say: (message: PageMessage) => void
  #connection: RTCPeerConnection | null = null
  #ticket: RelayTicket | null = null
  #codec: VideoChoice = 'auto'
  #slots: readonly SlotFill[] = []
  #shown: ShownVideo[] = []
  #made: MadeTrack[] = []
  #offeredMs = 0
  #connectedMs: number | null = null

  constructor(say: (message: PageMessage) => void) {
    this.#say = say
  }

  join = async ({ ticket, picture, hasSound, slots, codec }: JoinWish): Promise<void> => {
    this.leave()
    const connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' })
    this.#connection = connection
    this.#ticket = ticket
    this.#codec = codec
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === 'connected') this.#connectedMs ??= performance.now()
    })
    connection.addEventListener('track', ({ track, transceiver }) => this.#play(track, transceiver))
    const sound = hasSound ? this.#keep(await makeSound()) : null
    const image = picture ? this.#keep(makePicture(picture)) : null
    connection.addTransceiver(sound ?? 'audio', { direction: 'sendonly' })
    connection.addTransceiver(image ?? 'video', {
      direction: 'sendonly',
      ...(picture?.layersBps ? { sendEncodings: encodingsOf(picture, codec) } : {}),
    })
    connection.addTransceiver('video', { direction: 'sendonly' })
    connection.addTransceiver('audio', { direction: 'sendonly' })
    for (const kind of ['audio', 'video']) {
      for (let count = 0; count < slots; count += 1)
        connection.addTransceiver(kind, { direction: 'recvonly' })
    }
    this.#offeredMs = performance.now()
    await this.#negotiate()
  }

  renew = async (ticket: RelayTicket): Promise<void> => {
    this.#ticket = ticket
    this.#connection?.restartIce()
    await this.#negotiate()
  }

  hear = (payload: string): void => {
    const said = parseFromRelay(payload)
    if (said !== null && 'slots' in said) this.#slots = said.slots
  }

  forgetGaps = (): void => {
    for (const video of this.#shown) video.forgetGaps()
  }

  encodes = (mimeType: string): boolean =>
    RTCRtpSender.getCapabilities('video')?.codecs.some((codec) => codec.mimeType === mimeType) ?? false

  leave = (): void => {
    this.#connection?.close()
    for (const { stop } of this.#made) stop()
    for (const video of this.#shown) video.remove()
    document.querySelectorAll('audio').forEach((element) => element.remove())
    this.#connection = null
    this.#made = []
    this.#shown = []
    this.#slots = []
    this.#connectedMs = null
  }

  look = async (): Promise<PageView> => {
    const entries: Entry[] = []
    const report = await this.#connection?.getStats()
    report?.forEach((entry: Entry) => entries.push(entry))
    const transport = entries.find(({ type }) => type === 'transport')
    const pairs = entries.filter(({ type }) => type === 'candidate-pair')
    const pair = pairs.find(({ id }) => id === transport?.['selectedCandidatePairId'])
    const local = entries.find(({ id }) => id === pair?.['localCandidateId'])
    const firstFrames = this.#shown.flatMap(({ firstFrameMs }) => firstFrameMs ?? [])
    return {
      connection: this.#connection?.connectionState ?? 'none',
      ice: this.#connection?.iceConnectionState ?? 'none',
      dtls: word(transport, 'dtlsState'),
      receivedBytes: figure(transport, 'bytesReceived'),
      stunReplies: pairs.reduce((total, each) => total + figure(each, 'responsesReceived'), 0),
      protocol: word(local, 'protocol'),
      uplinkBps: figure(pair, 'availableOutgoingBitrate'),
      remoteCandidates: candidatesIn(this.#connection?.remoteDescription?.sdp ?? ''),
      milestones: {
        nowMs: performance.now(),
        offeredMs: this.#offeredMs,
        connectedMs: this.#connectedMs,
        firstFrameMs: firstFrames.length === 0 ? null : Math.min(...firstFrames),
      },
      slots: this.#slots,
      pictures: this.#shown.map((video) => video.view),
      inbound: entries
        .filter(({ type }) => type === 'inbound-rtp')
        .map((entry) => this.#inbound(entry, entries)),
      outbound: entries.filter(({ type }) => type === 'outbound-rtp').map(outboundOf),
    }
  }

  #keep(made: MadeTrack): MediaStreamTrack {
    this.#made.push(made)
    return made.track
  }

  async #negotiate(): Promise<void> {
    const connection = this.#connection
    const ticket = this.#ticket
    if (!connection || !ticket) throw new Error('nothing to negotiate')
    await connection.setLocalDescription()
    const offer = connection.localDescription?.sdp ?? ''
    const facts = factsOf(offer, this.#codec)
    const answer = answerFor(offer, ticket, this.#codec)
    if (!facts.ok || !answer.ok) throw new Error('the own offer is not understood')
    this.#say({ type: 'signal', payload: encodeToRelay({ facts: facts.value }) })
    await connection.setRemoteDescription({ type: 'answer', sdp: answer.value })
  }

  #play(track: MediaStreamTrack, { mid }: RTCRtpTransceiver): void {
    if (track.kind === 'video') {
      this.#shown.push(new ShownVideo(track, mid ?? ''))
      return
    }
    // Sound that nobody plays is not decoded.
    const element = document.body.appendChild(document.createElement('audio'))
    element.srcObject = new MediaStream([track])
    element.play().catch(() => {})
  }

  #inbound(entry: Entry, entries: readonly Entry[]): InboundFigures {
    const receiver = this.#connection
      ?.getTransceivers()
      .find(({ receiver: each }) => each.track.id === entry['trackIdentifier'])
    return {
      mid: word(entry, 'mid') || (receiver?.mid ?? ''),
      kind: word(entry, 'kind'),
      packets: figure(entry, 'packetsReceived'),
      packetsLost: figure(entry, 'packetsLost'),
      retransmitted: figure(entry, 'retransmittedPacketsReceived'),
      codec: word(
        entries.find(({ id }) => id === entry['codecId']),
        'mimeType',
      ),
      framesDecoded: figure(entry, 'framesDecoded'),
      keyFramesDecoded: figure(entry, 'keyFramesDecoded'),
      framesDropped: figure(entry, 'framesDropped'),
      freezes: figure(entry, 'freezeCount'),
      nacks: figure(entry, 'nackCount'),
      soundEnergy: figure(entry, 'totalAudioEnergy'),
    }
  }
}

const outboundOf = (entry: Entry): OutboundFigures => ({
  mid: word(entry, 'mid'),
  rid: word(entry, 'rid'),
  packets: figure(entry, 'packetsSent'),
  frames: figure(entry, 'framesEncoded'),
  widthPx: figure(entry, 'frameWidth'),
  keyFrameRequests: figure(entry, 'pliCount') + figure(entry, 'firCount'),
  nacks: figure(entry, 'nackCount'),
})

const candidatesIn = (sdp: string): readonly string[] => [
  ...new Set([...sdp.matchAll(/^a=candidate:\S+ \d \S+ \d+ (\S+ \d+) /gm)].map((match) => match[1] ?? '')),
]

const figure = (entry: Entry | undefined, name: string): number => Number(entry?.[name] ?? 0)
const word = (entry: Entry | undefined, name: string): string => {
  const value = entry?.[name]
  return typeof value === 'string' ? value : ''
}

/** As the product does (client/src/links/relay-encodings.ts). */
const encodingsOf = (
  { layersBps = [] }: PictureWish,
  codec: VideoChoice,
): (RTCRtpEncodingParameters & { readonly scalabilityMode?: string })[] =>
  layersBps.map((maxBitrate, index) => ({
    rid: ['f', 'h', 'q'][index] ?? '',
    scaleResolutionDownBy: 2 ** index,
    maxBitrate,
    ...(codec === 'vp9' || codec === 'av1' ? { scalabilityMode: 'L1T1' } : {}),
  }))

const socket = new WebSocket(`ws://${location.host}/${location.search}`)
const say = (message: PageMessage): void => socket.send(JSON.stringify(message))
const page = new RelayPage(say)
socket.addEventListener('message', ({ data }) => {
  const { id, call, argument } = JSON.parse(String(data)) as PageRequest
  Promise.resolve()
    .then(() => (page[call] as (argument: unknown) => unknown)(argument))
    .then(
      (value) => say({ type: 'answer', id, value: value ?? null }),
      (error: unknown) => say({ type: 'failure', id, error: String(error) }),
    )
})
