/** Random values, hashes and derived secrets: everything of the worker that touches `crypto`. */
import { createHmac } from 'node:crypto'
import {
  linkIdSchema,
  occupantIdSchema,
  roomIdSchema,
  secretHashSchema,
  secretSchema,
} from '@video-room/shared/ids.ts'
import type { LinkId, OccupantId, RoomId, Secret, SecretHash } from '@video-room/shared/ids.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import { addressBytes, addressOfBytes, type EmojiAddress } from '@video-room/shared/emoji/address.ts'
import * as v from 'valibot'
import { connectionIdSchema, type ConnectionId } from './room/connection-id.ts'

const utf8 = new TextEncoder()

/** base64url without padding (RFC 4648, section 5). */
export function base64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

export const newSecret = (): Secret => v.parse(secretSchema, base64url(randomBytes(32)))
export const newOccupantId = (): OccupantId => v.parse(occupantIdSchema, `o_${base64url(randomBytes(12))}`)
export const newConnectionId = (): ConnectionId =>
  v.parse(connectionIdSchema, `c_${base64url(randomBytes(12))}`)

/** Where a relay's link ids in one room begin: 48 bits of chance (RL2). */
export const newLinkId = (): LinkId => v.parse(linkIdSchema, hex(randomBytes(6)))

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text)))
}

export const sha256Hex = async (text: string): Promise<string> => hex(await sha256(text))

export const hashSecret = async (secret: Secret): Promise<SecretHash> =>
  v.parse(secretHashSchema, base64url(await sha256(secret)))

async function hmac(key: string, text: string): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', utf8.encode(key), algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8.encode(text)))
}

/** Names one webhook event, over all attempts to deliver it. */
export const newWebhookId = (): string => `msg_${base64url(randomBytes(18))}`

/** A fresh emoji address: 64 bits of chance (E1). */
export const newAddress = (): EmojiAddress => addressOfBytes(randomBytes(addressBytes))

/** The address that an idempotency key stands for, under a secret that only its creator's ledger has (HT2). */
export const addressFor = async (ledgerSecret: Secret, idempotencyKey: string): Promise<EmojiAddress> =>
  addressOfBytes((await hmac(ledgerSecret, `address:${idempotencyKey}`)).subarray(0, addressBytes))

/** The room behind an address: a UUID version 8 (RFC 9562, section 5.8), the same for ever and everywhere (AD1). */
export async function roomIdOfCode(code: EmojiAddress['code']): Promise<RoomId> {
  const bytes = (await sha256(`video-room address ${code}`)).subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const digits = hex(bytes)
  const parts = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20)]
  return v.parse(roomIdSchema, [...parts, digits.slice(20)].join('-'))
}

/** The host token of a room, derived so that nobody has to store it and a repeated create can answer it again. */
export const hostTokenFor = async (ledgerSecret: Secret, roomId: RoomId): Promise<Secret> =>
  v.parse(secretSchema, base64url(await hmac(ledgerSecret, `host:${roomId}`)))

export interface TicketOrder {
  /** Of the relay, as it came: base64url of 32 bytes. */
  readonly iceKey: Secret
  readonly linkId: LinkId
  readonly expiresAtMs: number
  /** Four bytes; another one for each ticket of a link (RFC 8445, section 9: both must change on an ICE restart). */
  readonly nonce?: Uint8Array
}

const ticketVersion = 1

/**
 * The two words that open a relay link (RL2). By `node:crypto`, because it answers at once: a `start` with a ticket must not
 * be overtaken by what is said after it.
 */
export function mintCredentials(order: TicketOrder): Pick<RelayTicket, 'iceUfrag' | 'icePwd'> {
  const { iceKey, linkId, expiresAtMs, nonce = randomBytes(4) } = order
  const bytes = new Uint8Array(15)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, ticketVersion)
  view.setUint32(1, Math.ceil(expiresAtMs / 1_000))
  view.setUint16(5, Number.parseInt(linkId.slice(0, 4), 16))
  view.setUint32(7, Number.parseInt(linkId.slice(4), 16))
  bytes.set(nonce, 11)
  const iceUfrag = btoa(String.fromCharCode(...bytes))
  const key = Uint8Array.from(atob(iceKey.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
    letter.charCodeAt(0),
  )
  // 43 characters: the padding is no legal part of an ice-pwd (RFC 8839, section 5.4).
  const icePwd = createHmac('sha256', key).update(iceUfrag).digest('base64').replaceAll('=', '')
  return { iceUfrag, icePwd }
}

/** Compares two hashes of equal kind in a time that does not tell where they differ. */
export function sameHash(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index += 1) {
    difference |= a.charCodeAt(index) ^ b.charCodeAt(index % Math.max(1, b.length))
  }
  return difference === 0
}
