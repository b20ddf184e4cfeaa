import { describe, expect, test } from 'vitest'
import { slotSsrc, type SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { readAudioLevel, readTransportSequence } from '../wire/header-extensions.ts'
import { RtpView } from '../wire/rtp.ts'
import { Counters } from './counters.ts'
import { Egress } from './egress.ts'
import type { Layer } from './layer.ts'
import { occupantBounds } from './link-bounds.ts'
import { LinkSender } from './link-sender.ts'
import { MediaPacket } from './media-packet.ts'
import { Publication } from './publication.ts'
import { RoundTrip } from './round-trip.ts'
import { sendSection, slotSection, viewerTypes } from './testing/facts.ts'
import { opusPayload, readVp8Payload, vp8Payload } from './testing/synthetic-media.ts'

const identity = {
  protectRtp: (_bytes: Uint8Array, length: number) => length,
  protectRtcp: (_bytes: Uint8Array, length: number) => length,
  unprotectRtp: (_bytes: Uint8Array, length: number) => length,
  unprotectRtcp: (_bytes: Uint8Array, length: number) => length,
}

/** A slot with a publication of one layer, driven packet by packet. */
class Bench {
  readonly sent: Uint8Array[] = []
  readonly slot: Egress
  readonly sender: LinkSender
  readonly publication: Publication
  readonly layer: Layer
  readonly #packet = new MediaPacket()

  constructor(send: SectionFacts, receive: SectionFacts) {
    const counters = new Counters()
    const ports = {
      acquire: () => new Uint8Array(1_500),
      queue: (slot: Uint8Array, length: number) => this.sent.push(slot.slice(0, length)),
      release: () => undefined,
      makeSrtp: () => identity,
      random32: () => 0,
      wallClockMs: (nowMs: number) => nowMs,
      emit: () => undefined,
    }
    const sender = new LinkSender(1, ports, counters, new RoundTrip(), occupantBounds)
    this.sender = sender
    sender.srtp = identity
    sender.isAdmitted = true
    this.slot = new Egress({ ssrc: slotSsrc(5), section: receive, pinned: null }, 1_280, sender, {
      counters,
      storedPacket: new MediaPacket(),
      wakeAt: () => undefined,
      random32: () => 0,
    })
    const [codec] = send.codecs
    if (!codec || !send.source) throw new Error('a section has a codec and a source')
    this.publication = new Publication(0, send.source, send, codec, true)
    const [layer] = this.publication.layers
    if (!layer) throw new Error('a publication has a layer')
    this.layer = layer
    layer.takeSsrc(7)
    this.slot.show(this.publication, 0)
  }

  /** As ingress.ts does it. */
  receive(number: number, payload: Uint8Array, audioLevel = -1): void {
    const { layer, publication } = this
    const before = layer.stats.highest
    layer.note(number, number, 100, number)
    const packet = this.#packet
    packet.extendedSequence = layer.stats.extendedSequence
    packet.timestamp = number
    packet.isLate = packet.extendedSequence < before
    packet.audioLevel = audioLevel
    layer.history?.store(packet.extendedSequence, number, false, payload, number)
    packet.setPayload(publication.codec.name, payload)
    if (payload.length === 0) this.slot.skip(layer, packet, number)
    else this.slot.forward(layer, packet, number)
  }

  get views(): readonly RtpView[] {
    return this.sent.map((bytes) => {
      const view = new RtpView()
      view.set(bytes, bytes.length)
      return view
    })
  }

  get numbers(): readonly number[] {
    return this.views.map(({ sequenceNumber }) => sequenceNumber)
  }
}

const video = (): Bench =>
  new Bench(sendSection('1', 'camera'), { ...slotSection('5', 'video'), extensions: {} })

const part = (packet: number, isKey: boolean, frame = 1): Uint8Array =>
  vp8Payload({ publisher: 1, layer: 0, frame, packet, packets: 4, isKey }, 40 + frame, 15, frame, 640, 50)

const noPayload = new Uint8Array(0)

describe('egress', () => {
  test('the packets of a key frame that came before its first one follow it', () => {
    const bench = video()
    for (const [number, packet] of [
      [101, 1],
      [103, 3],
      [100, 0],
      [102, 2],
    ] as const) {
      bench.receive(number, part(packet, true))
    }
    expect(bench.sent.map((bytes) => readVp8Payload(bytes.slice(12)).packet)).toEqual([0, 1, 3, 2])
    expect(bench.numbers.map((number) => number - (bench.numbers[0] ?? 0))).toEqual([0, 1, 3, 2])
  })

  test('an empty packet takes no number, and an empty one that came too late for that is passed on empty', () => {
    const bench = video()
    bench.receive(100, part(0, true))
    bench.receive(101, noPayload)
    bench.receive(102, part(1, true))
    bench.receive(104, part(2, true))
    bench.receive(103, noPayload)
    expect(bench.numbers).toEqual([0, 1, 3, 2])
    expect(bench.views.map(({ payloadLength }) => payloadLength > 0)).toEqual([true, true, true, false])
  })

  test('RFC 4588: a repair has its own SSRC and row, and holds the number and the payload that were asked for', () => {
    const bench = video()
    bench.sender.downlink.lossShare = 0.5
    for (const packet of [0, 1, 2, 3]) bench.receive(100 + packet, part(packet, true))
    bench.slot.resend(2, 10)
    bench.slot.resend(2, 11)
    bench.slot.resend(1, 12)
    const repairs = bench.views.slice(4)
    expect(repairs.map(({ ssrc }) => ssrc)).toEqual([bench.slot.output.ssrc + 1, bench.slot.output.ssrc + 1])
    expect(repairs.map(({ payloadType }) => payloadType)).toEqual([viewerTypes.vp8Rtx, viewerTypes.vp8Rtx])
    expect(repairs.map(({ sequenceNumber }) => sequenceNumber)).toEqual([0, 1])
    const [first] = repairs
    const original = bench.sent[2]
    expect(first?.bytes.slice(12, 14)).toEqual(Uint8Array.of(0, 2))
    expect(first?.bytes.slice(14)).toEqual(original?.slice(12))
    expect(first?.timestamp).toBe(bench.views[2]?.timestamp)
  })

  test('T2 a repair goes out twice, since it may be lost in turn; not where a queue overflows', () => {
    const bench = video()
    bench.receive(100, part(0, true))
    bench.slot.resend(0, 10)
    expect(bench.views.slice(1).map(({ sequenceNumber }) => sequenceNumber)).toEqual([0, 1])
    expect(bench.sent[1]?.slice(12)).toEqual(bench.sent[2]?.slice(12))
    bench.sender.downlink.noteLoss(0.11, 500_000, 1_000)
    bench.slot.resend(0, 1_000)
    expect(bench.sent).toHaveLength(4)
  })

  test('H3: nothing of a muted source is sent again either', () => {
    const bench = video()
    bench.receive(100, part(0, true))
    bench.publication.isForwarded = false
    bench.slot.resend(0, 10)
    expect(bench.sent.length).toBe(1)
  })

  test('what the slot showed before is not sent again once it was pointed elsewhere', () => {
    const bench = video()
    bench.receive(100, part(0, true))
    bench.slot.show(null, 5)
    bench.slot.show(bench.publication, 6)
    bench.slot.resend(0, 10)
    expect(bench.sent.length).toBe(1)
  })

  test('while nobody looks nothing is sent, late packets and reports neither', () => {
    const bench = video()
    bench.receive(100, part(0, true))
    bench.receive(102, part(2, true))
    bench.slot.wantPx = 0
    bench.slot.reconsider(5)
    bench.receive(101, part(1, true))
    bench.receive(103, part(3, true))
    expect(bench.sent.length).toBe(2)
    expect(bench.slot.munger.current).toBe(null)
  })

  test('a mute ends all asking for what was lost before it', () => {
    const bench = video()
    bench.layer.missing.addBetween(1, 5, 0)
    bench.publication.setForwarded(false)
    expect(bench.layer.missing.count).toBe(0)
  })

  test('what was never sent cannot be asked for', () => {
    const bench = video()
    bench.receive(100, part(0, true))
    for (const number of [1, 2, 40_000, 65_535]) bench.slot.resend(number, 10)
    expect(bench.sent.length).toBe(1)
  })

  test('a slot has the receiver’s ids, in the form that they need, and counts transport-wide only what says so', () => {
    const receive = {
      ...slotSection('5', 'audio'),
      extensions: { 'audio-level': 3, 'transport-wide-cc': 20 },
    }
    const bench = new Bench(sendSection('0', 'microphone'), receive)
    bench.receive(100, opusPayload(1, 1), 17)
    bench.receive(101, opusPayload(1, 2), 18)
    const { views } = bench
    expect(views.map((view) => readAudioLevel(view, 3))).toEqual([17, 18])
    expect(views.map((view) => readTransportSequence(view, 20))).toEqual([1, 2])
    expect(views.map(({ payloadLength }) => payloadLength)).toEqual([80, 80])
  })

  test('video carries the time of its sending, by which viewers estimate', () => {
    const bench = new Bench(sendSection('1', 'camera'), slotSection('5', 'video'))
    bench.receive(1_000, part(0, true))
    const [view] = bench.views
    const at = view?.extensionOffset(8) ?? -1
    // One second in 6.18 fixed point.
    expect(view?.bytes.slice(at, at + 3)).toEqual(Uint8Array.of(4, 0, 0))
  })

  test('a viewer without the publisher’s codec gets nothing', () => {
    const receive: SectionFacts = {
      ...slotSection('5', 'video'),
      codecs: [{ name: 'h264', payloadType: 102, rtxPayloadType: null }],
    }
    const bench = new Bench(sendSection('1', 'camera'), receive)
    bench.receive(100, part(0, true))
    expect(bench.sent).toEqual([])
  })
})
