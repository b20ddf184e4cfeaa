/** Tickets as a room mints them (RL2). */
import { createHmac, randomBytes } from 'node:crypto'
import type { LinkId } from '@video-room/shared/ids.ts'
import { formatUfrag } from '../../wire/ice-credentials.ts'

export interface TestTicket {
  readonly linkId: LinkId
  readonly ufrag: string
  readonly password: string
}

export const randomLinkId = (): LinkId => randomBytes(6).toString('hex') as LinkId

export const nowS = (): number => Math.floor(Date.now() / 1_000)

export function mintTicket(iceKey: Uint8Array, linkId: LinkId, expiresAtS: number = nowS() + 60): TestTicket {
  const ufrag = formatUfrag({ expiresAtS, linkId, nonce: randomBytes(4).readUInt32BE() })
  const password = createHmac('sha256', iceKey).update(ufrag).digest('base64').replaceAll('=', '')
  return { linkId, ufrag, password }
}
