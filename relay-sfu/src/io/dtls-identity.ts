/** The certificate that a relay shows to every link: made at the start, gone with the process. */
import { createPrivateKey, sign, X509Certificate } from 'node:crypto'
import {
  CipherContext,
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
  /** Certificate and key as werift has them after reading them, which would else be done for every link. */
  readonly parsed: Pick<CipherContext, 'localCert' | 'localPrivateKey'>
}

/** The number that werift has for the server's side. */
const serverSide = 2

/** ECDSA on P-256 with SHA-256: small, quick to sign with, and known to every browser. */
export async function makeDtlsIdentity(): Promise<DtlsIdentity> {
  const signatureHash = { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 }
  const made = await createSelfSignedCertificate(signatureHash, NamedCurveAlgorithm.secp256r1_23)
  const parsed = new CipherContext(serverSide, made.certPem, made.keyPem, signatureHash)
  const key = createPrivateKey(made.keyPem)
  // werift would write the key as text and read it again for every signature.
  parsed.localPrivateKey.sign = (data, hash) => sign(hash, data, key)
  return {
    parsed,
    certPem: made.certPem,
    keyPem: made.keyPem,
    signatureHash,
    fingerprint: new X509Certificate(made.certPem).fingerprint256,
  }
}
