/**
 * Offers as real stacks make them. Chromium 150 and Firefox ESR 140: four sections to send, camera in three layers, then
 * three slots of each kind; `grown` is their next one, after an answer, with an ICE restart and one video slot more. wrtc is
 * @roamhq/wrtc 0.10.0, both it and node-datachannel 0.33.4 with a slot of each kind and a data channel. Candidates were
 * taken out, addresses, credentials and fingerprints replaced.
 */
import { readFileSync } from 'node:fs'
import type { RelayTicket } from '../../ticket.ts'

export const recordedNames = [
  'chromium',
  'chromium-grown',
  'firefox',
  'firefox-grown',
  'wrtc',
  'node-datachannel',
] as const

export const recordedOffer = (name: (typeof recordedNames)[number]): string =>
  readFileSync(new URL(`offers/${name}.sdp`, import.meta.url), 'utf8')

export const someTicket: RelayTicket = {
  iceUfrag: 'AWkAAAAAAAAAAAAAAAAA',
  icePwd: 'p'.repeat(43),
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  candidates: [
    { protocol: 'udp', address: '192.0.2.1', port: 3478 },
    { protocol: 'udp', address: '2001:db8::1', port: 3478 },
    { protocol: 'tcp', address: '192.0.2.1', port: 443 },
  ],
}
