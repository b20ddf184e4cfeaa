/**
 * An occupant's sending side as a browser behaves: simulcast with MID and RID until they are acknowledged, RTX for what is
 * asked for again, key frames on request, transport-wide numbers, sender reports.
 */
import { ExtensionWriter } from '../../wire/header-extensions.ts'
import { readRtcp } from '../../wire/rtcp.ts'
import { writeSenderReport } from '../../wire/rtcp-write.ts'
import { RtpView, writeRtpHeader } from '../../wire/rtp.ts'
import { wrapRtx } from '../../wire/rtx.ts'
import { readTransportFeedback } from '../../wire/transport-cc.ts'
import { ntpFraction, ntpSeconds } from '../ntp.ts'
import { extensionIds, publisherTypes } from './facts.ts'
import { opusPayload, vp8Payload } from './synthetic-media.ts'

interface EncodingOptions {
  readonly mid: string
  readonly rid?: string
  readonly widthPx: number
  readonly packetsPerFrame: number
}

class Encoding {
  isActive = true
  wantsKeyFrame = true
  isAcknowledged = false
  keyFrames = 0
  sequence: number
  rtxSequence = 100
  pictureId: number
  tl0: number
  frame = 0
  readonly timestampBase: number
  readonly sent = new Map<number, Uint8Array>()
  readonly ssrc: number
  readonly options: EncodingOptions

  constructor(ssrc: number, options: EncodingOptions, random: () => number) {
    this.ssrc = ssrc
    this.options = options
    this.sequence = 65_500 + Math.floor(random() * 30)
    this.timestampBase = Math.floor(random() * 0xff_ff_ff_ff)
    this.pictureId = Math.floor(random() * 0x7f_ff)
    this.tl0 = Math.floor(random() * 255)
  }
}

export interface PublisherOptions {
  readonly id: number
  readonly random: () => number
  readonly send: (bytes: Uint8Array) => void
  readonly pictureIdBits?: 7 | 15
  readonly withoutRtx?: boolean
  /** How far its clock is off the relay's wall clock. */
  readonly clockOffsetMs?: number
}

export class SyntheticPublisher {
  readonly encodings: readonly Encoding[]
  readonly audio: Encoding
  audioLevel = 127
  isCameraOn = true
  isMicrophoneOn = true
  /** By transport-wide number: what the relay acknowledged. */
  readonly acknowledged = new Set<number>()
  readonly feedbackSsrcs = new Set<number>()
  feedbacks = 0
  sentNumbers = 0
  nacked = 0
  keyFrameRequests: number[] = []
  reportBlocks: { readonly ssrc: number; readonly cumulativeLost: number; readonly highest: number }[] = []
  #nextFrameMs = 0
  #nextAudioMs = 0
  #nextReportMs = 500
  readonly #options: PublisherOptions
  readonly #writer = new ExtensionWriter()

  constructor(options: PublisherOptions) {
    this.#options = options
    const base = options.id * 0x1_00_00_00
    const camera = { mid: '1' }
    this.encodings = [
      new Encoding(base + 1, { ...camera, rid: 'f', widthPx: 960, packetsPerFrame: 6 }, options.random),
      new Encoding(base + 3, { ...camera, rid: 'h', widthPx: 480, packetsPerFrame: 3 }, options.random),
      new Encoding(base + 5, { ...camera, rid: 'q', widthPx: 240, packetsPerFrame: 1 }, options.random),
    ]
    this.audio = new Encoding(base + 7, { mid: '0', widthPx: 0, packetsPerFrame: 1 }, options.random)
  }

  advance(nowMs: number): void {
    if (nowMs >= this.#nextFrameMs) {
      this.#nextFrameMs = nowMs + 33
      if (this.isCameraOn)
        for (const [at, encoding] of this.encodings.entries()) this.#encode(encoding, at, nowMs)
    }
    if (nowMs >= this.#nextAudioMs) {
      this.#nextAudioMs = nowMs + 20
      if (this.isMicrophoneOn) this.#sendAudio(nowMs)
    }
    if (nowMs >= this.#nextReportMs) {
      this.#nextReportMs = nowMs + 1_000
      for (const encoding of [...this.encodings, this.audio]) this.#report(encoding, nowMs)
    }
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    const isGood = readRtcp(bytes, bytes.length, {
      onSenderReport: () => undefined,
      onReportBlock: (_reporter, ssrc, _fraction, cumulativeLost, highest) => {
        this.reportBlocks.push({ ssrc, cumulativeLost, highest })
        for (const encoding of [...this.encodings, this.audio]) {
          if (encoding.ssrc === ssrc) encoding.isAcknowledged = true
        }
      },
      onCname: () => undefined,
      onBye: () => undefined,
      onNack: (ssrc, sequence) => this.#resend(ssrc, sequence),
      onPli: (ssrc) => {
        this.keyFrameRequests.push(nowMs)
        const encoding = this.encodings.find((one) => one.ssrc === ssrc)
        if (encoding) encoding.wantsKeyFrame = true
      },
      onFir: () => undefined,
      onRemb: () => undefined,
      onTransportFeedback: (packet, offset, length) => this.#acknowledge(packet, offset, length),
      onApplication: () => undefined,
    })
    if (!isGood) throw new Error('the relay sent malformed RTCP')
  }

  /** A packet without payload, as browsers that have no RTX probe with. */
  probe(encoding: Encoding, nowMs: number): void {
    const out = new Uint8Array(1_200)
    const timestamp = this.#timestamp(encoding, nowMs, 90)
    const start = this.#writeHeader(out, encoding, publisherTypes.vp8, false, timestamp)
    out[0] = (out[0] ?? 0) | 0x20
    out[start + 199] = 200
    this.#sendOriginal(encoding, out.slice(0, start + 200))
  }

  /** The same, as those that have it do. */
  probeWithRtx(encoding: Encoding): void {
    this.#resend(encoding.ssrc, (encoding.sequence - 1) & 0xff_ff)
  }

  #timestamp(encoding: Encoding, nowMs: number, perMs: number): number {
    return (encoding.timestampBase + Math.round(nowMs * perMs)) >>> 0
  }

  #encode(encoding: Encoding, layer: number, nowMs: number): void {
    if (!encoding.isActive) return
    const isKey = encoding.wantsKeyFrame
    encoding.wantsKeyFrame = false
    if (isKey) encoding.keyFrames += 1
    encoding.frame += 1
    encoding.pictureId += 1
    encoding.tl0 = (encoding.tl0 + 1) & 0xff
    const packets = encoding.options.packetsPerFrame * (isKey ? 3 : 1)
    const timestamp = this.#timestamp(encoding, nowMs, 90)
    for (let packet = 0; packet < packets; packet += 1) {
      const out = new Uint8Array(1_300)
      const isLast = packet === packets - 1
      const start = this.#writeHeader(out, encoding, publisherTypes.vp8, isLast, timestamp)
      const payload = vp8Payload(
        { publisher: this.#options.id, layer, frame: encoding.frame, packet, packets, isKey },
        encoding.pictureId,
        this.#options.pictureIdBits ?? 15,
        encoding.tl0,
        encoding.options.widthPx,
        900 + ((encoding.frame * 7 + packet * 13) % 200),
      )
      out.set(payload, start)
      this.#sendOriginal(encoding, out.slice(0, start + payload.length))
    }
  }

  #sendAudio(nowMs: number): void {
    const out = new Uint8Array(400)
    const start = this.#writeHeader(
      out,
      this.audio,
      publisherTypes.opus,
      false,
      this.#timestamp(this.audio, nowMs, 48),
    )
    this.audio.frame += 1
    const payload = opusPayload(this.#options.id, this.audio.frame)
    out.set(payload, start)
    this.#sendOriginal(this.audio, out.slice(0, start + payload.length))
  }

  #writeHeader(
    out: Uint8Array,
    encoding: Encoding,
    payloadType: number,
    marker: boolean,
    timestamp: number,
  ): number {
    const at = writeRtpHeader(out, marker, payloadType, encoding.sequence & 0xff_ff, timestamp, encoding.ssrc)
    this.#writer.begin(out, at, false)
    if (!encoding.isAcknowledged) {
      this.#addText(extensionIds.mid, encoding.options.mid)
      if (encoding.options.rid !== undefined) this.#addText(extensionIds.rid, encoding.options.rid)
    }
    this.#writer.addUint16(extensionIds.transportWideCc, this.#takeNumber())
    if (encoding === this.audio) this.#writer.addUint8(extensionIds.audioLevel, this.audioLevel)
    // The browser's own, which the relay did not accept: nothing of it may reach a viewer.
    this.#writer.addUint8(13, 0x77)
    return this.#writer.end()
  }

  #addText(id: number, text: string): void {
    for (const letter of text) this.#writer.addUint8(id, letter.codePointAt(0) ?? 0)
  }

  #takeNumber(): number {
    this.sentNumbers += 1
    return (this.sentNumbers - 1) & 0xff_ff
  }

  #sendOriginal(encoding: Encoding, bytes: Uint8Array): void {
    encoding.sent.set(encoding.sequence & 0xff_ff, bytes)
    encoding.sequence += 1
    this.#options.send(bytes)
  }

  #resend(ssrc: number, sequence: number): void {
    const encoding = this.encodings.find((one) => one.ssrc === ssrc)
    const original = encoding?.sent.get(sequence)
    if (!encoding || !original) return
    this.nacked += 1
    if (this.#options.withoutRtx) return this.#options.send(original.slice())
    const view = new RtpView()
    view.set(original, original.length)
    const plain = new Uint8Array(1_300)
    const start = this.#writeRtxHeader(plain, view, encoding)
    plain.set(original.subarray(view.payloadOffset), start)
    view.set(plain, start + original.length - view.payloadOffset)
    const out = new Uint8Array(1_300)
    const length = wrapRtx(
      out,
      view,
      publisherTypes.vp8Rtx,
      encoding.rtxSequence & 0xff_ff,
      encoding.ssrc + 1,
    )
    encoding.rtxSequence += 1
    this.#options.send(out.slice(0, length))
  }

  #writeRtxHeader(out: Uint8Array, view: RtpView, encoding: Encoding): number {
    const at = writeRtpHeader(
      out,
      view.marker,
      view.payloadType,
      view.sequenceNumber,
      view.timestamp,
      view.ssrc,
    )
    this.#writer.begin(out, at, false)
    this.#addText(extensionIds.mid, encoding.options.mid)
    if (encoding.options.rid !== undefined) this.#addText(extensionIds.repairedRid, encoding.options.rid)
    this.#writer.addUint16(extensionIds.transportWideCc, this.#takeNumber())
    return this.#writer.end()
  }

  #report(encoding: Encoding, nowMs: number): void {
    const clockMs = 1_700_000_000_000 + nowMs + (this.#options.clockOffsetMs ?? 0)
    const out = new Uint8Array(28)
    writeSenderReport(
      out,
      0,
      encoding.ssrc,
      ntpSeconds(clockMs),
      ntpFraction(clockMs),
      this.#timestamp(encoding, nowMs, encoding === this.audio ? 48 : 90),
      encoding.sequence,
      0,
    )
    this.#options.send(out)
  }

  #acknowledge(packet: Uint8Array, offset: number, length: number): void {
    this.feedbacks += 1
    const isGood = readTransportFeedback(packet, offset, length, {
      onFeedback: (mediaSsrc) => {
        this.feedbackSsrcs.add(mediaSsrc)
      },
      onPacketStatus: (number, isReceived) => {
        if (isReceived) this.acknowledged.add(number)
      },
    })
    if (!isGood) throw new Error('the relay sent malformed feedback')
  }
}
