/** SRTP and SRTCP of one link, in place, by node:crypto: which packet may pass with which index; the ciphers do the rest. */
import { relayLimits } from '../limits.ts'
import type { SrtpKeys, SrtpProfile } from '../media/boundary.ts'
import { srtpFailures, type SrtpLink } from '../media/ports.ts'
import { readUint16, readUint32, readUint8 } from '../wire/bytes.ts'
import {
  readSrtcpIndex,
  SrtpStreams,
  srtcpHeaderBytes,
  srtcpIndexBytes,
  srtcpIndexMax,
  srtpHeaderLength,
} from '../wire/srtp.ts'
import { datagramMaxBytes } from './back-end.ts'
import { CounterModeCipher, GcmCipher, type PacketCipher } from './srtp-ciphers.ts'
import { deriveSessionKeys, type SessionKeys } from './srtp-keys.ts'

export function makeNodeSrtp(keys: SrtpKeys, streamsMax: number = relayLimits.srtpStreamsMax): SrtpLink {
  const local = (use: 'rtp' | 'rtcp'): PacketCipher =>
    cipherOf(keys.profile, deriveSessionKeys(keys.profile, keys.localKey, keys.localSalt, use))
  const remote = (use: 'rtp' | 'rtcp'): PacketCipher =>
    cipherOf(keys.profile, deriveSessionKeys(keys.profile, keys.remoteKey, keys.remoteSalt, use))
  return new NodeSrtp(local('rtp'), local('rtcp'), remote('rtp'), remote('rtcp'), streamsMax)
}

const cipherOf = (profile: SrtpProfile, keys: SessionKeys): PacketCipher =>
  profile === 'aead-aes-128-gcm' ? new GcmCipher(keys) : new CounterModeCipher(keys)

/** The ciphers work on nothing larger than a datagram. */
const roomOf = (bytes: Uint8Array): number => Math.min(bytes.length, datagramMaxBytes)

class NodeSrtp implements SrtpLink {
  readonly #sentRtp: SrtpStreams
  readonly #receivedRtp: SrtpStreams
  readonly #receivedRtcp: SrtpStreams
  /** One count for all SSRCs of ours: none of them has the same index twice, which is what is asked. */
  #rtcpIndex = 0
  readonly #local: { readonly rtp: PacketCipher; readonly rtcp: PacketCipher }
  readonly #remote: { readonly rtp: PacketCipher; readonly rtcp: PacketCipher }

  constructor(
    localRtp: PacketCipher,
    localRtcp: PacketCipher,
    remoteRtp: PacketCipher,
    remoteRtcp: PacketCipher,
    streamsMax: number,
  ) {
    this.#sentRtp = new SrtpStreams(streamsMax)
    this.#receivedRtp = new SrtpStreams(streamsMax)
    this.#receivedRtcp = new SrtpStreams(streamsMax)
    this.#local = { rtp: localRtp, rtcp: localRtcp }
    this.#remote = { rtp: remoteRtp, rtcp: remoteRtcp }
  }

  protectRtp(bytes: Uint8Array, length: number): number {
    const cipher = this.#local.rtp
    const header = srtpHeaderLength(bytes, length, 0)
    if (header < 0 || length + cipher.tagBytes > roomOf(bytes)) return srtpFailures.malformed
    const ssrc = readUint32(bytes, 8)
    const index = this.#sentRtp.indexOf(ssrc, readUint16(bytes, 2))
    if (index < 0) return srtpFailures.replay
    this.#sentRtp.accept(ssrc, index)
    cipher.sealRtp(bytes, header, length, ssrc, index)
    return length + cipher.tagBytes
  }

  protectRtcp(bytes: Uint8Array, length: number): number {
    const cipher = this.#local.rtcp
    const sealedLength = length + cipher.tagBytes + srtcpIndexBytes
    if (length < srtcpHeaderBytes || sealedLength > roomOf(bytes)) return srtpFailures.malformed
    if (this.#rtcpIndex > srtcpIndexMax) return srtpFailures.replay
    cipher.sealRtcp(bytes, length, readUint32(bytes, 4), this.#rtcpIndex)
    this.#rtcpIndex += 1
    return sealedLength
  }

  unprotectRtp(bytes: Uint8Array, length: number): number {
    const cipher = this.#remote.rtp
    const header = srtpHeaderLength(bytes, length, cipher.tagBytes)
    if (header < 0 || length > roomOf(bytes)) return srtpFailures.malformed
    const ssrc = readUint32(bytes, 8)
    const index = this.#receivedRtp.indexOf(ssrc, readUint16(bytes, 2))
    if (index < 0) return srtpFailures.replay
    const opened = length - cipher.tagBytes
    if (!cipher.openRtp(bytes, header, opened, ssrc, index)) return srtpFailures.badTag
    this.#receivedRtp.accept(ssrc, index)
    return opened
  }

  unprotectRtcp(bytes: Uint8Array, length: number): number {
    const cipher = this.#remote.rtcp
    const opened = length - cipher.tagBytes - srtcpIndexBytes
    const isPacket = length <= roomOf(bytes) && readUint8(bytes, 0) >>> 6 === 2
    if (!isPacket || opened < srtcpHeaderBytes) return srtpFailures.malformed
    const isGcm = cipher instanceof GcmCipher
    const index = readSrtcpIndex(bytes, isGcm ? opened + cipher.tagBytes : opened)
    if (index < 0) return srtpFailures.malformed
    const ssrc = readUint32(bytes, 4)
    if (!this.#receivedRtcp.isFresh(ssrc, index)) return srtpFailures.replay
    if (!cipher.openRtcp(bytes, opened, ssrc, index)) return srtpFailures.badTag
    this.#receivedRtcp.accept(ssrc, index)
    return opened
  }
}
