/** The certificate that a relay shows to every link: made at the start, gone with the process. */
import { X509Certificate } from 'node:crypto'
import {
  createSelfSignedCertificate,
  HashAlgorithm,
  NamedCurveAlgorithm,
  SignatureAlgorithm,
  type SignatureHash,
} from 'werift'

export interface DtlsIdentity {
  readonly certPem: string
  readonly keyPem: string
  readonly signatureHash: SignatureHash
  /** As in `a=fingerprint:sha-256` (RFC 8122). */
  readonly fingerprint: string
}

/** ECDSA on P-256 with SHA-256: small, quick to sign with, and known to every browser. */
export async function makeDtlsIdentity(): Promise<DtlsIdentity> {
  const signatureHash = { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 }
  const made = await createSelfSignedCertificate(signatureHash, NamedCurveAlgorithm.secp256r1_23)
  return {
    certPem: made.certPem,
    keyPem: made.keyPem,
    signatureHash,
    fingerprint: new X509Certificate(made.certPem).fingerprint256,
  }
}
