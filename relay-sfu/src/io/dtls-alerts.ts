/** Alerts of DTLS (RFC 5246, section 7.2): which we say, and which end a connection. */
import { contentTypes, dtls12, writeRecord } from './dtls-records.ts'

export const alerts = { closeNotify: 0, handshakeFailure: 40, decryptError: 51 } as const
const alertLevels = { warning: 1, fatal: 2 } as const

/** werift numbers what we say of a handshake below 100; what we say after it must never have the same number (RFC 5288, section 3). */
export const closeSequence = 1_000

export const closeNotify: Uint8Array = Uint8Array.of(alertLevels.warning, alerts.closeNotify)

/** In clear, since there are no keys yet: a hint for who reads logs, obeyed by nobody. */
export function plainAlert(description: number): Uint8Array {
  const fragment = Uint8Array.of(alertLevels.fatal, description)
  return writeRecord({
    type: contentTypes.alert,
    version: dtls12,
    epoch: 0,
    sequence: closeSequence,
    fragment,
  })
}

/** `plain`: what an encrypted alert says; null: it was not made with our keys. */
export const endsConnection = (plain: Uint8Array | null): boolean =>
  plain?.length === 2 && (plain[0] === alertLevels.fatal || plain[1] === alerts.closeNotify)
