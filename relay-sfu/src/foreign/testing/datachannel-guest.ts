/**
 * libdatachannel (`node-datachannel`): no codecs, no mid extension, no repairs: RTP goes in and comes out as it is. What it sends
 * is somebody else's recording.
 */
import { Audio, PeerConnection, Video, type Track } from 'node-datachannel'
import { encodeToRelay, parseFromRelay, type SlotFill } from '@video-room/shared/protocol/relay-signal.ts'
import { answerFor } from '@video-room/shared/sdp/answer.ts'
import { slotSsrc } from '@video-room/shared/sdp/facts.ts'
import { factsOf } from '@video-room/shared/sdp/facts-of.ts'
import { vp8Payload } from '../../media/testing/synthetic-media.ts'
import { writePli } from '../../wire/rtcp-write.ts'
import type { Seat } from './lab-room.ts'
import { machineAddress } from './machine-address.ts'

const payloadTypes = { opus: 111, screenOpus: 112, vp8: 96, h264: 102 } as const
/** After the sections that send. */
const firstSlot = 4
const ssrcs = [1_111, 2_222, 3_333, 4_444] as const

/** The parts of a packet that a test looks at. */
export interface ReceivedRtp {
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly marker: boolean
  readonly ssrc: number
  readonly payloadType: number
  readonly payload: Buffer
}

export class DatachannelGuest {
  slots: readonly SlotFill[] = []
  /** By mid. */
  readonly received = new Map<string, ReceivedRtp[]>()
  state = 'new'
  readonly #connection: PeerConnection
  readonly #sending: Track[] = []
  readonly #receiving: Track[] = []
  readonly #timers: NodeJS.Timeout[] = []

  constructor() {
    this.#connection = new PeerConnection('guest', { iceServers: [], bindAddress: machineAddress() })
    this.#connection.onStateChange((state) => (this.state = state))
  }

  /** `slots` of each kind. */
  async join(seat: Seat, slots = 2): Promise<void> {
    seat.onSignal = (payload) => {
      const said = parseFromRelay(payload)
      if (said !== null && 'slots' in said) this.slots = said.slots
    }
    // Each section has its own payload type, since nothing else says whose a packet is.
    this.#send(audio('0', 'SendOnly', payloadTypes.opus), ssrcs[0])
    this.#send(video('1', 'SendOnly', 'vp8'), ssrcs[1])
    this.#send(video('2', 'SendOnly', 'h264'), ssrcs[2])
    this.#send(audio('3', 'SendOnly', payloadTypes.screenOpus), ssrcs[3])
    const mids = Array.from({ length: 2 * slots }, (_, at) => String(firstSlot + at))
    for (const mid of mids.slice(0, slots)) this.#receive(audio(mid, 'RecvOnly', payloadTypes.opus), mid)
    for (const mid of mids.slice(slots)) this.#receive(video(mid, 'RecvOnly', 'vp8'), mid)
    const offer = await new Promise<string>((resolve) => {
      this.#connection.onLocalDescription((sdp, type) => {
        if (type === 'offer') resolve(sdp)
      })
      this.#connection.setLocalDescription('offer')
    })
    const facts = factsOf(offer, 'vp8')
    const answer = answerFor(offer, seat.ticket(), 'vp8')
    if (!facts.ok || !answer.ok) throw new Error('the offer of libdatachannel is not understood')
    seat.signal(encodeToRelay({ facts: facts.value }))
    this.#connection.setRemoteDescription(answer.value, 'answer')
  }

  midOf(of: Seat, source: 'camera' | 'microphone'): string {
    return this.slots.find((one) => one.occupantId === of.occupantId && one.source === source)?.mid ?? 'none'
  }

  packetsOf(of: Seat, source: 'camera' | 'microphone'): readonly ReceivedRtp[] {
    return this.received.get(this.midOf(of, source)) ?? []
  }

  /** A PLI (RFC 4585, section 6.3.1) for what this slot carries. */
  requestKeyFrame(mid: string): void {
    const packet = Buffer.alloc(12)
    writePli(packet, 0, ssrcs[1], slotSsrc(Number(mid)))
    this.#receiving.find((track) => track.mid() === mid)?.sendMessageBinary(packet)
  }

  /** Sends the recorded pictures over and over, at their pace; each round begins with a key frame. */
  play(recording: readonly ReceivedRtp[]): void {
    const [first] = recording
    const last = recording.at(-1)
    if (!first || !last) throw new Error('nothing was recorded')
    const lengthTicks = ((last.timestamp - first.timestamp) >>> 0) + 6_000
    const startMs = performance.now()
    let sent = 0
    const timer = setInterval(() => {
      const nowTicks = (performance.now() - startMs) * 90
      for (;;) {
        const packet = recording[sent % recording.length]
        if (!packet) return
        const round = Math.floor(sent / recording.length)
        const ticks = round * lengthTicks + ((packet.timestamp - first.timestamp) >>> 0)
        if (ticks > nowTicks) return
        this.sendRtp(1, sent, 10_000 + ticks, packet.marker, packet.payload)
        sent += 1
      }
    }, 10)
    this.#timers.push(timer)
  }

  /** An Opus packet of silence every 20 ms. */
  hum(): void {
    let sent = 0
    const silence = Buffer.from([0xf8, 0xff, 0xfe])
    this.#timers.push(
      setInterval(() => {
        this.sendRtp(0, sent, sent * 960, false, silence)
        sent += 1
      }, 20),
    )
  }

  /** A key frame of one packet every 40 ms: a picture that anybody may begin with. Each has a number of its own. */
  flicker(): void {
    let sent = 0
    this.#timers.push(
      setInterval(() => {
        const tag = { publisher: 1, layer: 0, frame: sent, packet: 0, packets: 1, isKey: true }
        this.sendRtp(1, sent, sent * 3_600, true, vp8Payload(tag, sent & 0x7f_ff, 15, sent & 0xff, 320, 600))
        sent += 1
      }, 40),
    )
  }

  /** Lost as long as the link is not up. */
  sendRtp(section: 0 | 1, sequence: number, timestamp: number, marker: boolean, payload: Uint8Array): void {
    const track = this.#sending[section]
    if (!track?.isOpen()) return
    const header = Buffer.alloc(12)
    header.writeUInt8(0x80, 0)
    header.writeUInt8((marker ? 0x80 : 0) | (section === 0 ? payloadTypes.opus : payloadTypes.vp8), 1)
    header.writeUInt16BE(sequence & 0xff_ff, 2)
    header.writeUInt32BE(timestamp >>> 0, 4)
    header.writeUInt32BE(ssrcs[section], 8)
    track.sendMessageBinary(Buffer.concat([header, payload]))
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#connection.close()
  }

  #send(media: Audio | Video, ssrc: number): void {
    media.addSSRC(ssrc, 'guest', 'guest', `track${ssrc}`)
    this.#sending.push(this.#connection.addTrack(media))
  }

  #receive(media: Audio | Video, mid: string): void {
    const track = this.#connection.addTrack(media)
    this.#receiving.push(track)
    const packets: ReceivedRtp[] = []
    this.received.set(mid, packets)
    track.onMessage((bytes) => {
      const second = bytes.readUInt8(1)
      // RTCP comes the same way (RFC 5761, section 4).
      if (second >= 192 && second <= 223) return
      packets.push(parsed(bytes))
    })
  }
}

function audio(mid: string, direction: 'SendOnly' | 'RecvOnly', payloadType: number): Audio {
  const media = new Audio(mid, direction)
  media.addOpusCodec(payloadType)
  return media
}

function video(mid: string, direction: 'SendOnly' | 'RecvOnly', codec: 'vp8' | 'h264'): Video {
  const media = new Video(mid, direction)
  if (codec === 'vp8') media.addVP8Codec(payloadTypes.vp8)
  else media.addH264Codec(payloadTypes.h264)
  return media
}

function parsed(bytes: Buffer): ReceivedRtp {
  const hasExtension = (bytes.readUInt8(0) & 0x10) !== 0
  const start = hasExtension ? 16 + 4 * bytes.readUInt16BE(14) : 12
  return {
    marker: (bytes.readUInt8(1) & 0x80) !== 0,
    payloadType: bytes.readUInt8(1) & 0x7f,
    sequenceNumber: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: Buffer.from(bytes.subarray(start)),
  }
}
