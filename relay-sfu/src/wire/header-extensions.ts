/**
 * Decides: how a block of header extensions is written (RFC 8285), and what the elements a relay reads hold.
 * Does not decide: which elements a packet gets: only what is added is written, so nothing of a publisher leaks.
 * Invariants: a block without elements is no block; ids and lengths that the chosen form cannot carry are left out.
 */
import { readLatin1, readUint16, readUint8, writeUint16, writeUint24 } from './bytes.ts'
import { oneByteProfile, twoByteProfile, type RtpView } from './rtp.ts'

const emptyBytes = new Uint8Array(0)

/** Writes one block: `begin`, any number of `add…`, `end`. One writer serves all packets, one after the other. */
export class ExtensionWriter {
  #out: Uint8Array = emptyBytes
  #start = 0
  #offset = 0
  #isTwoByte = false

  /** The block follows the fixed header of the packet at the start of `out`. Ids above 14 need the two-byte form. */
  begin(out: Uint8Array, headerLength: number, isTwoByte: boolean): void {
    this.#out = out
    this.#start = headerLength
    this.#offset = headerLength + 4
    this.#isTwoByte = isTwoByte
  }

  /** Room for an element. Answers where its data goes, or −1 when it cannot be. */
  add(id: number, length: number): number {
    const fits = this.#isTwoByte ? id <= 255 && length <= 255 : id <= 14 && length >= 1 && length <= 16
    if (id < 1 || !fits) return -1
    const data = this.#offset + (this.#isTwoByte ? 2 : 1)
    // Padding to 32 bits must fit, too.
    if (((data + length + 3) & ~3) > this.#out.length) return -1
    if (this.#isTwoByte) writeUint16(this.#out, this.#offset, (id << 8) | length)
    else this.#out[this.#offset] = (id << 4) | (length - 1)
    this.#offset = data + length
    return data
  }

  /** An element of one byte (audio level). Answers where it stands, or −1. */
  addUint8(id: number, value: number): number {
    const data = this.add(id, 1)
    if (data !== -1) this.#out[data] = value
    return data
  }

  /** An element of two bytes (transport-wide sequence number). Answers where it stands, or −1. */
  addUint16(id: number, value: number): number {
    const data = this.add(id, 2)
    if (data !== -1) writeUint16(this.#out, data, value)
    return data
  }

  /** An element of three bytes (abs-send-time). Answers where it stands, or −1. */
  addUint24(id: number, value: number): number {
    const data = this.add(id, 3)
    if (data !== -1) writeUint24(this.#out, data, value)
    return data
  }

  /** An element of text (MID, RID). Answers where it stands, or −1. */
  addBytes(id: number, bytes: Uint8Array): number {
    const data = this.add(id, bytes.length)
    if (data !== -1) this.#out.set(bytes, data)
    return data
  }

  /** The element `fromId` of `view`, if it has one, under another id. Answers where it stands, or −1. */
  copy(view: RtpView, fromId: number, toId: number): number {
    const from = view.extensionOffset(fromId)
    if (from === -1) return -1
    const length = view.extensionLength(fromId)
    const data = this.add(toId, length)
    if (data === -1) return -1
    for (let at = 0; at < length; at += 1) this.#out[data + at] = readUint8(view.bytes, from + at)
    return data
  }

  /** Pads the block, marks the header, and answers where the payload begins. */
  end(): number {
    const dataStart = this.#start + 4
    if (this.#offset === dataStart) return this.#start
    while ((this.#offset - dataStart) % 4 !== 0) {
      this.#out[this.#offset] = 0
      this.#offset += 1
    }
    this.#out[0] = readUint8(this.#out, 0) | 0x10
    writeUint16(this.#out, this.#start, this.#isTwoByte ? twoByteProfile : oneByteProfile)
    writeUint16(this.#out, this.#start + 2, (this.#offset - dataStart) / 4)
    return this.#offset
  }
}

/** RFC 6464: 0 (loudest) to 127 (silence), in −dBov; −1: the packet does not say. */
export function readAudioLevel(view: RtpView, id: number): number {
  const offset = view.extensionOffset(id)
  return offset === -1 || view.extensionLength(id) < 1 ? -1 : readUint8(view.bytes, offset) & 0x7f
}

/** The sequence number of transport-wide congestion control; −1: the packet has none. */
export function readTransportSequence(view: RtpView, id: number): number {
  const offset = view.extensionOffset(id)
  return offset === -1 || view.extensionLength(id) < 2 ? -1 : readUint16(view.bytes, offset)
}

/** MID, RID or repaired RID as text (RFC 8852, RFC 9143); null: none. Makes a string: for the first packets of an SSRC. */
export function readExtensionText(view: RtpView, id: number): string | null {
  const offset = view.extensionOffset(id)
  return offset === -1 ? null : readLatin1(view.bytes, offset, view.extensionLength(id))
}

/** abs-send-time: seconds as 6.18 fixed point, which wraps every 64 s. */
export const absSendTime = (nowMs: number): number => ((nowMs % 64_000) * 262.144) & 0xff_ff_ff
