/** Packets as an encoder of VP8 makes them, one after the other in the same bytes: what the relay reads of them is real. */
import { datagramMaxBytes } from '../src/io/back-end.ts'
import { extensionIds, publisherTypes } from '../src/media/testing/facts.ts'
import { writeUint16, writeUint32 } from '../src/wire/bytes.ts'
import { ExtensionWriter } from '../src/wire/header-extensions.ts'
import { writeRtpHeader } from '../src/wire/rtp.ts'

/** As browsers cut video: about a megabit and a half in thirty frames. */
export const packetBytes = 1_200
const packetsPerFrame = 8
const clockRate = 90_000
/** The first packets of an SSRC say which section they belong to (RFC 8843, section 9.2): '0'. */
const introductions = 10
const midZero = 0x30

export interface Vp8StreamOptions {
  readonly ssrc: number
  readonly packetsPerSecond: number
  /** 0: the first frame only. */
  readonly framesPerKey: number
}

export class Vp8Stream {
  readonly packet = new Uint8Array(datagramMaxBytes)
  /** How many packets were written. */
  written = 0
  /** Where, in the last packet, there is room for what a benchmark wants to say; the end of every packet is free. */
  readonly freeOffset = packetBytes - 64
  readonly #options: Vp8StreamOptions
  readonly #ticksPerFrame: number
  readonly #extensions = new ExtensionWriter()

  constructor(options: Vp8StreamOptions) {
    this.#options = options
    this.#ticksPerFrame = Math.round((clockRate * packetsPerFrame) / options.packetsPerSecond)
  }

  /** The next packet stands in the first `packetBytes` of `packet`. */
  write(): void {
    const { ssrc, framesPerKey } = this.#options
    const { packet, written } = this
    const frame = Math.floor(written / packetsPerFrame)
    const inFrame = written % packetsPerFrame
    const isKey = framesPerKey === 0 ? frame === 0 : frame % framesPerKey === 0
    const isLast = inFrame === packetsPerFrame - 1
    const timestamp = (frame * this.#ticksPerFrame) >>> 0
    const at = writeRtpHeader(packet, isLast, publisherTypes.vp8, written & 0xff_ff, timestamp, ssrc)
    this.#extensions.begin(packet, at, false)
    if (written < introductions) this.#extensions.addUint8(extensionIds.mid, midZero)
    this.#extensions.addUint16(extensionIds.transportWideCc, written & 0xff_ff)
    this.#writePayload(this.#extensions.end(), frame, inFrame === 0, isKey)
    this.written += 1
  }

  /** A descriptor with a 15-bit picture id and TL0PICIDX (RFC 7741, section 4.2), then the P bit of RFC 6386, section 9.1. */
  #writePayload(payload: number, frame: number, isStart: boolean, isKey: boolean): void {
    const { packet } = this
    packet[payload] = 0x80 | (isStart ? 0x10 : 0)
    packet[payload + 1] = 0xe0
    writeUint16(packet, payload + 2, 0x80_00 | (frame & 0x7f_ff))
    packet[payload + 4] = frame & 0xff
    packet[payload + 5] = 0
    writeUint32(packet, payload + 6, isKey ? 0 : 0x01_00_00_00)
  }
}
