/**
 * Decides: whether the far end of a DTLS 1.2 handshake holds the private key of the certificate it showed, and saw the same
 * handshake as we did. werift 0.25.2 checks neither: without this file a certificate, which travels in clear, would be an identity.
 * Does not decide: whether that certificate is the expected one (control/ compares its fingerprint with the facts, RL6).
 * Invariants: every failure is a refusal; nothing throws; verify_data is compared in constant time.
 */
import { createHash, createHmac, timingSafeEqual, verify, X509Certificate, type KeyObject } from 'node:crypto'
import { readUint16, readUint24 } from '../wire/bytes.ts'
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
  const expected = clientVerifyData(proof.masterSecret, serialize(proof.transcript))
  const isFinished =
    proof.clientVerifyData.length === verifyDataBytes && timingSafeEqual(proof.clientVerifyData, expected)
  if (!isFinished) return { isProved: false, why: 'bad-finished' }
  return { isProved: true, fingerprint: certificate.fingerprint256 }
}

/** RFC 5246, section 7.4.9: PRF(master_secret, "client finished", Hash(handshake_messages)). */
export function clientVerifyData(masterSecret: Uint8Array, transcript: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(transcript).digest()
  const seed = Buffer.concat([Buffer.from('client finished', 'latin1'), digest])
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

/** The two schemes that our CertificateRequest names, each with its own kind of key (RFC 5246, section 7.4.8). */
const schemes: Readonly<Record<number, (key: KeyObject) => boolean>> = {
  0x04_03: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
  0x04_01: (key) => key.asymmetricKeyType === 'rsa',
}

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
