/**
 * Decides: where the parts of SRTP and SRTCP packets stand, which index a packet has, and which nonce goes with it
 * (RFC 3711; RFC 7714 for AEAD_AES_128_GCM).
 * Does not decide: how anything is encrypted or authenticated; io/ does that.
 * Invariants: state changes only by `accept`, after authentication; no index of an SSRC is accepted twice, so that a sender
 * who asks first never uses a nonce twice. No MKI, no key derivation rate, no unencrypted SRTCP.
 */
import { readUint16, readUint32, readUint8, writeUint32 } from './bytes.ts'
import { ReplayWindow } from './replay-window.ts'
import { extendSequence } from './sequence.ts'

/** Lengths in bytes (RFC 5764, section 4.1.2; RFC 7714, section 12). The key is that of AES-128 in both. */
export const srtpProfiles = {
  'aead-aes-128-gcm': { keyBytes: 16, saltBytes: 12, authKeyBytes: 0, tagBytes: 16 },
  'aes128-cm-hmac-sha1-80': { keyBytes: 16, saltBytes: 14, authKeyBytes: 20, tagBytes: 10 },
} as const

/** What a session key is for (RFC 3711, section 4.3.2). */
export const srtpLabel = {
  rtpEncryption: 0,
  rtpAuthentication: 1,
  rtpSalt: 2,
  rtcpEncryption: 3,
  rtcpAuthentication: 4,
  rtcpSalt: 5,
} as const

/** What stays readable of an SRTCP packet: the first header and its SSRC. */
export const srtcpHeaderBytes = 8
/** The E bit and the index. */
export const srtcpIndexBytes = 4
/** An index has 31 bits; a link that used them all needs new keys (RFC 3711, section 9.2). */
export const srtcpIndexMax = 0x7f_ff_ff_ff

/**
 * The counter block from which AES-128-CTR with the master key makes a session key: encrypt as many zeros as the key is
 * long (RFC 3711, section 4.3.3). A salt of 12 bytes is continued with zeros (RFC 7714, section 11).
 */
export function writeKeyDerivationIv(out: Uint8Array, masterSalt: Uint8Array, label: number): void {
  out.fill(0, 0, 16)
  out.set(masterSalt, 0)
  out[7] = readUint8(out, 7) ^ label
}

/** The 12-byte nonce of AES-GCM for a packet or a report (RFC 7714, sections 8.1 and 9.1). */
export function writeGcmIv(out: Uint8Array, salt: Uint8Array, ssrc: number, index: number): void {
  out.set(salt, 0)
  xorSsrcAndIndex(out, 2, ssrc, index)
}

/** The 16-byte counter block of AES-CTR for a packet or a report (RFC 3711, section 4.1.1). */
export function writeCounterIv(out: Uint8Array, salt: Uint8Array, ssrc: number, index: number): void {
  out.set(salt, 0)
  out[14] = 0
  out[15] = 0
  xorSsrcAndIndex(out, 4, ssrc, index)
}

/** 32 bits of SSRC, then 48 of index: the roll-over counter and the sequence number, or the index of SRTCP. */
function xorSsrcAndIndex(out: Uint8Array, offset: number, ssrc: number, index: number): void {
  const high = Math.floor(index / 0x1_00_00)
  writeUint32(out, offset, readUint32(out, offset) ^ ssrc)
  writeUint32(out, offset + 4, readUint32(out, offset + 4) ^ high)
  out[offset + 8] = readUint8(out, offset + 8) ^ (index >>> 8)
  out[offset + 9] = readUint8(out, offset + 9) ^ index
}

/** The upper 32 bits of an index, which HMAC-SHA1 covers after the packet (RFC 3711, section 4.2). */
export const rollOverCounterOf = (index: number): number => Math.floor(index / 0x1_00_00) >>> 0

/** How many bytes of an SRTP packet are not encrypted; −1: malformed, or there is no room for a tag after them. */
export function srtpHeaderLength(bytes: Uint8Array, length: number, tagBytes: number): number {
  if (length < 12 + tagBytes || length > bytes.length || readUint8(bytes, 0) >>> 6 !== 2) return -1
  let end = 12 + 4 * (readUint8(bytes, 0) & 0x0f)
  if ((readUint8(bytes, 0) & 0x10) !== 0) {
    if (end + 4 > length) return -1
    end += 4 + 4 * readUint16(bytes, end + 2)
  }
  return end + tagBytes > length ? -1 : end
}

/** Writes E bit and index at `offset` (RFC 3711, section 3.4); answers where they end. */
export function writeSrtcpIndex(out: Uint8Array, offset: number, index: number): number {
  writeUint32(out, offset, (0x80_00_00_00 | index) >>> 0)
  return offset + srtcpIndexBytes
}

/** The index at `offset`; −1: the packet says that it is not encrypted, which ours always are. */
export function readSrtcpIndex(bytes: Uint8Array, offset: number): number {
  const word = readUint32(bytes, offset)
  return word >= 0x80_00_00_00 ? word - 0x80_00_00_00 : -1
}

/**
 * The indices of all SSRCs of one direction of a link, for RTP or for RTCP. Receiving: ask, authenticate, `accept`.
 * Sending: ask, `accept`, encrypt.
 */
export class SrtpStreams {
  readonly #windows = new Map<number, ReplayWindow>()
  readonly #streamsMax: number

  /** SSRCs beyond `streamsMax` are refused: forgetting one would let its packets be replayed. */
  constructor(streamsMax: number) {
    this.#streamsMax = streamsMax
  }

  /** The likely index of a packet (RFC 3711, section 3.3.1), the first roll-over counter being 0; −1: see `isFresh`. */
  indexOf(ssrc: number, sequenceNumber: number): number {
    const window = this.#windows.get(ssrc | 0)
    if (window === undefined) return this.isFresh(ssrc, sequenceNumber) ? sequenceNumber : -1
    const index = extendSequence(window.highest, sequenceNumber)
    return index >= 0 && window.isFresh(index) ? index : -1
  }

  /** False: seen before, too old to know, or of one SSRC too many. */
  isFresh(ssrc: number, index: number): boolean {
    // `| 0`: a small integer for the engine, where an unsigned SSRC would be a number on the heap.
    const window = this.#windows.get(ssrc | 0)
    return window === undefined ? this.#windows.size < this.#streamsMax : window.isFresh(index)
  }

  /** The packet of this index was authenticated, or will be sent now. */
  accept(ssrc: number, index: number): void {
    let window = this.#windows.get(ssrc | 0)
    if (window === undefined) {
      window = new ReplayWindow()
      this.#windows.set(ssrc | 0, window)
    }
    window.accept(index)
  }
}
