/**
 * How the bytes of one direction are sealed and opened, in place, by node:crypto: AEAD_AES_128_GCM (RFC 7714) and
 * AES128_CM_HMAC_SHA1_80 (RFC 3711). Which packet has which index is decided by srtp-node.ts.
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual, type Cipheriv } from 'node:crypto'
import {
  rollOverCounterOf,
  srtcpHeaderBytes,
  srtcpIndexBytes,
  srtpProfiles,
  writeCounterIv,
  writeGcmIv,
  writeSrtcpIndex,
} from '../wire/srtp.ts'
import { writeUint16, writeUint32 } from '../wire/bytes.ts'
import { datagramMaxBytes } from './back-end.ts'
import type { SessionKeys } from './srtp-keys.ts'

/** `length` is that of the packet without tag and index; at most `datagramMaxBytes`. */
export interface PacketCipher {
  readonly tagBytes: number
  sealRtp(bytes: Uint8Array, header: number, length: number, ssrc: number, index: number): void
  openRtp(bytes: Uint8Array, header: number, length: number, ssrc: number, index: number): boolean
  sealRtcp(bytes: Uint8Array, length: number, ssrc: number, index: number): void
  openRtcp(bytes: Uint8Array, length: number, ssrc: number, index: number): boolean
}

export class GcmCipher implements PacketCipher {
  readonly tagBytes = srtpProfiles['aead-aes-128-gcm'].tagBytes
  readonly #keys: SessionKeys
  readonly #iv = Buffer.alloc(12)
  /** Of a report the first header and the index are authenticated, which stand apart (RFC 7714, section 9.2). */
  readonly #rtcpHeader = Buffer.alloc(srtcpHeaderBytes + srtcpIndexBytes)

  constructor(keys: SessionKeys) {
    this.#keys = keys
  }

  sealRtp(bytes: Uint8Array, header: number, length: number, ssrc: number, index: number): void {
    this.#seal(bytes, bytes.subarray(0, header), header, length, ssrc, index)
  }

  openRtp(bytes: Uint8Array, header: number, length: number, ssrc: number, index: number): boolean {
    return this.#open(bytes, bytes.subarray(0, header), header, length, ssrc, index)
  }

  /** The tag stands before the index (RFC 7714, section 9.2). */
  sealRtcp(bytes: Uint8Array, length: number, ssrc: number, index: number): void {
    this.#seal(bytes, this.#headerOfReport(bytes, index), srtcpHeaderBytes, length, ssrc, index)
    writeSrtcpIndex(bytes, length + this.tagBytes, index)
  }

  openRtcp(bytes: Uint8Array, length: number, ssrc: number, index: number): boolean {
    return this.#open(bytes, this.#headerOfReport(bytes, index), srtcpHeaderBytes, length, ssrc, index)
  }

  #headerOfReport(bytes: Uint8Array, index: number): Uint8Array {
    this.#rtcpHeader.set(bytes.subarray(0, srtcpHeaderBytes))
    writeSrtcpIndex(this.#rtcpHeader, srtcpHeaderBytes, index)
    return this.#rtcpHeader
  }

  #seal(bytes: Uint8Array, clear: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    writeGcmIv(this.#iv, this.#keys.salt, ssrc, index)
    const cipher = createCipheriv('aes-128-gcm', this.#keys.encryption, this.#iv)
    cipher.setAAD(clear)
    bytes.set(cipher.update(bytes.subarray(start, end)), start)
    cipher.final()
    bytes.set(cipher.getAuthTag(), end)
  }

  /** What was opened is written back only when the tag was right. */
  #open(
    bytes: Uint8Array,
    clear: Uint8Array,
    start: number,
    end: number,
    ssrc: number,
    index: number,
  ): boolean {
    writeGcmIv(this.#iv, this.#keys.salt, ssrc, index)
    const decipher = createDecipheriv('aes-128-gcm', this.#keys.encryption, this.#iv, gcmOptions)
    decipher.setAuthTag(bytes.subarray(end, end + this.tagBytes))
    decipher.setAAD(clear)
    const plain = decipher.update(bytes.subarray(start, end))
    try {
      decipher.final()
    } catch {
      return false
    }
    bytes.set(plain, start)
    return true
  }
}

/** Without it a tag of 4 bytes would do. */
const gcmOptions = { authTagLength: srtpProfiles['aead-aes-128-gcm'].tagBytes }

const aesBlockBytes = 16
const wordBytes = 4
const wordsPerBlock = aesBlockBytes / wordBytes
const blocksMax = Math.ceil(datagramMaxBytes / aesBlockBytes)

export class CounterModeCipher implements PacketCipher {
  readonly tagBytes = srtpProfiles['aes128-cm-hmac-sha1-80'].tagBytes
  readonly #keys: SessionKeys
  /**
   * One cipher for all packets: AES-CTR is AES of a counter (RFC 3711, section 4.1.1), and to make a new cipher object for
   * each packet costs more than its key stream.
   */
  readonly #aes: Cipheriv
  readonly #counters = new Uint8Array(blocksMax * aesBlockBytes)
  readonly #counterWords = new Uint32Array(this.#counters.buffer)
  readonly #rollOverCounter = Buffer.alloc(4)

  constructor(keys: SessionKeys) {
    this.#keys = keys
    this.#aes = createCipheriv('aes-128-ecb', keys.encryption, null).setAutoPadding(false)
  }

  sealRtp(bytes: Uint8Array, header: number, length: number, ssrc: number, index: number): void {
    this.#addKeyStream(bytes, header, length, ssrc, index)
    bytes.set(this.#rtpTag(bytes, length, index), length)
  }

  openRtp(bytes: Uint8Array, header: number, length: number, ssrc: number, index: number): boolean {
    const isRight = this.#isTag(this.#rtpTag(bytes, length, index), bytes, length)
    if (isRight) this.#addKeyStream(bytes, header, length, ssrc, index)
    return isRight
  }

  /** The index stands before the tag, which covers it (RFC 3711, section 3.4). */
  sealRtcp(bytes: Uint8Array, length: number, ssrc: number, index: number): void {
    this.#addKeyStream(bytes, srtcpHeaderBytes, length, ssrc, index)
    const end = writeSrtcpIndex(bytes, length, index)
    bytes.set(this.#hmac(bytes, end).digest().subarray(0, this.tagBytes), end)
  }

  openRtcp(bytes: Uint8Array, length: number, ssrc: number, index: number): boolean {
    const end = length + srtcpIndexBytes
    const isRight = this.#isTag(this.#hmac(bytes, end).digest(), bytes, end)
    if (isRight) this.#addKeyStream(bytes, srtcpHeaderBytes, length, ssrc, index)
    return isRight
  }

  /** RFC 3711, section 4.2: the packet and its roll-over counter. */
  #rtpTag(bytes: Uint8Array, length: number, index: number): Uint8Array {
    writeUint32(this.#rollOverCounter, 0, rollOverCounterOf(index))
    const digest = this.#hmac(bytes, length).update(this.#rollOverCounter).digest()
    return digest.subarray(0, this.tagBytes)
  }

  #hmac(bytes: Uint8Array, length: number): ReturnType<typeof createHmac> {
    const { authentication } = this.#keys
    if (authentication === null) throw new Error('AES-CM without a key to authenticate with')
    return createHmac('sha1', authentication).update(bytes.subarray(0, length))
  }

  #isTag(expected: Uint8Array, bytes: Uint8Array, offset: number): boolean {
    return timingSafeEqual(
      expected.subarray(0, this.tagBytes),
      bytes.subarray(offset, offset + this.tagBytes),
    )
  }

  #addKeyStream(bytes: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    const blocks = Math.ceil((end - start) / aesBlockBytes)
    this.#writeCounters(blocks, ssrc, index)
    addBytes(bytes, start, end, this.#aes.update(this.#counters.subarray(0, blocks * aesBlockBytes)))
  }

  /** The blocks differ in their last two bytes only. */
  #writeCounters(blocks: number, ssrc: number, index: number): void {
    const counters = this.#counters
    const words = this.#counterWords
    writeCounterIv(counters, this.#keys.salt, ssrc, index)
    for (let block = 1; block < blocks; block += 1) {
      const at = block * wordsPerBlock
      for (let word = 0; word < wordsPerBlock; word += 1) words[at + word] = words[word] ?? 0
      writeUint16(counters, block * aesBlockBytes + aesBlockBytes - 2, block)
    }
  }
}

/** Four bytes at a time where both stand on the boundary of a word, as they do in slots and after headers of RTP. */
function addBytes(bytes: Uint8Array, start: number, end: number, stream: Uint8Array): void {
  let at = start
  const isAligned = (bytes.byteOffset + start) % wordBytes === 0 && stream.byteOffset % wordBytes === 0
  if (isAligned) {
    const words = Math.floor((end - start) / wordBytes)
    const own = new Uint32Array(bytes.buffer, bytes.byteOffset + start, words)
    const added = new Uint32Array(stream.buffer, stream.byteOffset, words)
    for (let word = 0; word < words; word += 1) own[word] = (own[word] ?? 0) ^ (added[word] ?? 0)
    at += words * wordBytes
  }
  for (; at < end; at += 1) bytes[at] = (bytes[at] ?? 0) ^ (stream[at - start] ?? 0)
}
