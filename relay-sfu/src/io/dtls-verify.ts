/**
 * Decides: whether the far end of a DTLS 1.2 handshake, client or server, holds the private key of the certificate it showed, and
 * saw the same handshake as we did. werift 0.25.2 checks neither: without this file a certificate, which travels in clear, would be
 * an identity.
 * Does not decide: whether that certificate is the expected one (control/ compares its fingerprint with the facts, RL6).
 * Invariants: every failure is a refusal; nothing throws; verify_data is compared in constant time.
 */
import { createHash, createHmac, timingSafeEqual, verify, X509Certificate, type KeyObject } from 'node:crypto'
import { readUint16, readUint24, readUint8 } from '../wire/bytes.ts'
import { handshakeTypes, writeMessage, type HandshakeMessage } from './dtls-records.ts'

export interface HandshakeProof {
  /** Every message of both sides from the second ClientHello to CertificateVerify, in order (RFC 6347, section 4.2.6). */
  readonly transcript: readonly HandshakeMessage[]
  /** The certificate among them that the client showed. */
  readonly certificate: X509Certificate
  readonly masterSecret: Uint8Array
  /** What the Finished message of the client holds. */
  readonly clientVerifyData: Uint8Array
}

export type Verdict =
  | { readonly isProved: true; readonly fingerprint: string }
  | { readonly isProved: false; readonly why: 'bad-signature' | 'bad-finished' }

const verifyDataBytes = 12
const randomBytes = 32
/** RFC 8422, section 5.4: the only kind of curve that may still be used. */
const namedCurve = 3

/** The client of this handshake, or why it is not believed. */
export function verifyClient(proof: HandshakeProof): Verdict {
  const { certificate } = proof
  const verifyIndex = proof.transcript.findIndex(({ type }) => type === handshakeTypes.certificateVerify)
  const signed = proof.transcript[verifyIndex]
  if (signed === undefined) return { isProved: false, why: 'bad-signature' }
  const before = serialize(proof.transcript.slice(0, verifyIndex))
  if (!isSignature(signed.body, before, certificate.publicKey)) {
    return { isProved: false, why: 'bad-signature' }
  }
  const { masterSecret, transcript, clientVerifyData } = proof
  if (!isFinished('client', masterSecret, transcript, clientVerifyData)) {
    return { isProved: false, why: 'bad-finished' }
  }
  return { isProved: true, fingerprint: certificate.fingerprint256 }
}

export interface KeyExchangeProof {
  /** The messages of this handshake that hold the two randoms, and the one that is signed. */
  readonly clientHello: HandshakeMessage
  readonly serverHello: HandshakeMessage
  readonly keyExchange: HandshakeMessage
  readonly certificate: X509Certificate
}

/**
 * RFC 5246, section 7.4.3, and RFC 8422, section 5.4: the server signs both randoms and its half of the key exchange, so that nobody
 * else has the other half of the keys.
 */
export function isKeyExchangeSigned(proof: KeyExchangeProof): boolean {
  const { body } = proof.keyExchange
  if (readUint8(body, 0) !== namedCurve) return false
  // Kind and name of the curve, then a point with its length before it.
  const end = 4 + readUint8(body, 3)
  if (end > body.length) return false
  const signed = Buffer.concat([
    randomOf(proof.clientHello),
    randomOf(proof.serverHello),
    body.subarray(0, end),
  ])
  return isSignature(body.subarray(end), signed, proof.certificate.publicKey)
}

/** RFC 5246, section 7.4.1.2: behind the version. */
const randomOf = ({ body }: HandshakeMessage): Uint8Array => body.subarray(2, 2 + randomBytes)

/** `transcript`: every message before this Finished, from the second ClientHello on; in the server's the client's Finished, too. */
export function isFinished(
  who: 'client' | 'server',
  masterSecret: Uint8Array,
  transcript: readonly HandshakeMessage[],
  verifyData: Uint8Array,
): boolean {
  if (verifyData.length !== verifyDataBytes) return false
  return timingSafeEqual(verifyData, finishedData(who, masterSecret, serialize(transcript)))
}

/** RFC 5246, section 7.4.9: PRF(master_secret, "client finished", Hash(handshake_messages)), or "server finished". */
function finishedData(
  who: 'client' | 'server',
  masterSecret: Uint8Array,
  transcript: Uint8Array,
): Uint8Array {
  const digest = createHash('sha256').update(transcript).digest()
  const seed = Buffer.concat([Buffer.from(`${who} finished`, 'latin1'), digest])
  // RFC 5246, section 5: P_SHA256; its first block of 32 bytes is enough for 12.
  const first = createHmac('sha256', masterSecret).update(seed).digest()
  return createHmac('sha256', masterSecret).update(first).update(seed).digest().subarray(0, verifyDataBytes)
}

const serialize = (messages: readonly HandshakeMessage[]): Uint8Array =>
  Buffer.concat(messages.map(writeMessage))

/** RFC 5246, section 7.4.2: the first of the list is the sender's own. Null: there is none. */
export function certificateOf({ body }: HandshakeMessage): X509Certificate | null {
  const length = readUint24(body, 3)
  if (length === 0 || 6 + length > body.length || 3 + readUint24(body, 0) !== body.length) return null
  try {
    return new X509Certificate(body.subarray(6, 6 + length))
  } catch {
    return null
  }
}

/** The two schemes that our hello and our CertificateRequest name, each with its own kind of key (RFC 5246, section 7.4.8). */
const schemes: Readonly<Record<number, (key: KeyObject) => boolean>> = {
  0x04_03: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
  0x04_01: (key) => key.asymmetricKeyType === 'rsa',
}

/** `body`: scheme, length, signature (RFC 5246, section 4.7). */
function isSignature(body: Uint8Array, signed: Uint8Array, key: KeyObject): boolean {
  const signature = body.subarray(4)
  const fits = schemes[readUint16(body, 0)]
  if (!fits?.(key) || signature.length !== readUint16(body, 2)) return false
  try {
    return verify('sha256', signed, key, signature)
  } catch {
    return false
  }
}
