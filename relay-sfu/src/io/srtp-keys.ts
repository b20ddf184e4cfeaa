/** Session keys from master keys (RFC 3711, section 4.3), as objects that node:crypto need not import for every packet. */
import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import type { SrtpProfile } from '../media/boundary.ts'
import { srtpLabel, srtpProfiles, writeKeyDerivationIv } from '../wire/srtp.ts'

/** What one direction of RTP, or of RTCP, needs. */
export interface SessionKeys {
  readonly encryption: KeyObject
  /** Null: the encryption authenticates as well. */
  readonly authentication: KeyObject | null
  readonly salt: Uint8Array
}

const labels = {
  rtp: [srtpLabel.rtpEncryption, srtpLabel.rtpAuthentication, srtpLabel.rtpSalt],
  rtcp: [srtpLabel.rtcpEncryption, srtpLabel.rtcpAuthentication, srtpLabel.rtcpSalt],
} as const

export function deriveSessionKeys(
  profile: SrtpProfile,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  use: 'rtp' | 'rtcp',
): SessionKeys {
  const { keyBytes, saltBytes, authKeyBytes } = srtpProfiles[profile]
  const [encryption, authentication, salt] = labels[use]
  const derive = (label: number, bytes: number): Buffer => {
    const iv = new Uint8Array(16)
    writeKeyDerivationIv(iv, masterSalt, label)
    return createCipheriv('aes-128-ctr', masterKey, iv).update(Buffer.alloc(bytes))
  }
  return {
    encryption: createSecretKey(derive(encryption, keyBytes)),
    authentication: authKeyBytes > 0 ? createSecretKey(derive(authentication, authKeyBytes)) : null,
    salt: derive(salt, saltBytes),
  }
}
