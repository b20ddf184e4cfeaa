/**
 * Decides: where a packet begins and ends in a TCP stream: two bytes of length before each (RFC 4571, section 2).
 * Does not decide: what the packets are.
 * Invariants: keeps at most one frame; a frame that is too long ends the reading for good.
 */
import { readUint16, writeUint16 } from '../wire/bytes.ts'

const headerBytes = 2

export function writeFrame(packet: Uint8Array, length: number): Uint8Array {
  const frame = new Uint8Array(headerBytes + length)
  writeUint16(frame, 0, length)
  frame.set(packet.subarray(0, length), headerBytes)
  return frame
}

export class FrameReader {
  readonly #maxBytes: number
  /** The begin of a frame whose rest has not come. */
  readonly #kept: Uint8Array
  #keptBytes = 0
  #isBroken = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#kept = new Uint8Array(headerBytes + maxBytes)
  }

  /** Calls `onFrame` for each whole frame; what it gets is valid only during the call. False: a frame is too long. */
  push(chunk: Uint8Array, onFrame: (packet: Uint8Array) => void): boolean {
    let rest = chunk
    while (rest.length > 0 && !this.#isBroken) {
      rest = this.#keptBytes > 0 ? this.#complete(rest, onFrame) : this.#takeWhole(rest, onFrame)
    }
    return !this.#isBroken
  }

  #takeWhole(bytes: Uint8Array, onFrame: (packet: Uint8Array) => void): Uint8Array {
    const end = bytes.length < headerBytes ? Infinity : headerBytes + readUint16(bytes, 0)
    if (this.#isTooLong(end, bytes.length)) return bytes
    if (end <= bytes.length) {
      onFrame(bytes.subarray(headerBytes, end))
      return bytes.subarray(end)
    }
    this.#keep(bytes)
    return bytes.subarray(bytes.length)
  }

  #complete(bytes: Uint8Array, onFrame: (packet: Uint8Array) => void): Uint8Array {
    const header = bytes.subarray(0, Math.max(0, headerBytes - this.#keptBytes))
    this.#keep(header)
    const body = bytes.subarray(header.length)
    if (this.#keptBytes < headerBytes) return body
    const end = headerBytes + readUint16(this.#kept, 0)
    if (this.#isTooLong(end, headerBytes)) return body
    const missing = body.subarray(0, end - this.#keptBytes)
    this.#keep(missing)
    if (this.#keptBytes === end) {
      this.#keptBytes = 0
      onFrame(this.#kept.subarray(headerBytes, end))
    }
    return body.subarray(missing.length)
  }

  #isTooLong(end: number, knownBytes: number): boolean {
    this.#isBroken = knownBytes >= headerBytes && end > headerBytes + this.#maxBytes
    return this.#isBroken
  }

  #keep(bytes: Uint8Array): void {
    this.#kept.set(bytes, this.#keptBytes)
    this.#keptBytes += bytes.length
  }
}
