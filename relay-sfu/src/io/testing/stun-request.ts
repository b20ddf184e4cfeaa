/** Binding requests as browsers send them, and as nobody should. */
import { createHmac, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

export interface StunRequestOptions {
  /** `ours:theirs`; null: none. */
  readonly username?: string | null
  /** Null: no MESSAGE-INTEGRITY. */
  readonly password?: string | null
  readonly useCandidate?: boolean
  readonly role?: 'controlling' | 'controlled' | null
  /** Types of further attributes. */
  readonly others?: readonly number[]
  /** Stands behind MESSAGE-INTEGRITY, where nothing is protected. */
  readonly unprotected?: Uint8Array
  readonly hasFingerprint?: boolean
}

function attribute(type: number, value: Uint8Array): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt16BE(type, 0)
  header.writeUInt16BE(value.length, 2)
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
}

export const useCandidateAttribute: Uint8Array = attribute(0x00_25, Buffer.alloc(0))

export function stunRequest(options: StunRequestOptions = {}): Buffer {
  const { username = null, password = null, useCandidate = false, role = 'controlling' } = options
  const header = Buffer.alloc(20)
  header.writeUInt16BE(0x00_01, 0)
  header.writeUInt32BE(0x21_12_a4_42, 4)
  randomBytes(12).copy(header, 8)
  let message: Buffer = header
  const append = (added: Uint8Array): void => {
    message = Buffer.concat([message, added])
    message.writeUInt16BE(message.length - 20, 2)
  }
  /** The length counts the attribute itself, its value does not (RFC 8489, sections 14.5 and 14.7). */
  const appendOver = (type: number, bytes: number, valueOf: (before: Buffer) => Uint8Array): void => {
    const before = Buffer.from(message)
    before.writeUInt16BE(message.length - 20 + 4 + bytes, 2)
    append(attribute(type, valueOf(before)))
  }
  if (username !== null) append(attribute(0x00_06, Buffer.from(username, 'latin1')))
  if (role !== null) append(attribute(role === 'controlling' ? 0x80_2a : 0x80_29, Buffer.alloc(8, 7)))
  if (useCandidate) append(useCandidateAttribute)
  for (const type of options.others ?? []) append(attribute(type, Buffer.of(1, 2, 3)))
  if (password !== null) {
    appendOver(0x00_08, 20, (before) => createHmac('sha1', password).update(before).digest())
  }
  if (options.unprotected) append(options.unprotected)
  if (options.hasFingerprint ?? true) {
    appendOver(0x80_28, 4, (before) => {
      const value = Buffer.alloc(4)
      value.writeUInt32BE((crc32(before) ^ 0x53_54_55_4e) >>> 0)
      return value
    })
  }
  return message
}

export type StunReply =
  | { readonly type: 'success'; readonly address: string; readonly port: number }
  | { readonly type: 'error'; readonly code: number; readonly unknownTypes?: readonly number[] }

/** Reads an answer, and checks its MESSAGE-INTEGRITY if there is a password to check it with. */
export function readStunReply(bytes: Uint8Array, password: string | null): StunReply {
  const message = Buffer.from(bytes)
  let reply: StunReply | null = null
  let isProved = password === null
  for (let at = 20, next = 0; at < message.length; at = next) {
    // Values are padded to whole words (RFC 8489, section 14).
    next = at + 4 + Math.ceil(message.readUInt16BE(at + 2) / 4) * 4
    const type = message.readUInt16BE(at)
    const value = message.subarray(at + 4, at + 4 + message.readUInt16BE(at + 2))
    if (type === 0x00_20) reply = { type: 'success', ...mappedAddress(message, value) }
    if (type === 0x00_09) reply = { type: 'error', code: value[2]! * 100 + value[3]! }
    if (type === 0x00_0a && reply?.type === 'error') {
      const unknownTypes = Array.from({ length: value.length / 2 }, (_, index) =>
        value.readUInt16BE(2 * index),
      )
      reply = { ...reply, unknownTypes }
    }
    if (type === 0x00_08 && password !== null) {
      const before = Buffer.from(message.subarray(0, at))
      before.writeUInt16BE(at + 4, 2)
      isProved = createHmac('sha1', password).update(before).digest().equals(value)
    }
  }
  if (!reply || !isProved) throw new Error('an answer that proves nothing')
  return reply
}

function mappedAddress(message: Buffer, value: Buffer): { address: string; port: number } {
  const port = value.readUInt16BE(2) ^ 0x21_12
  const bytes = value.subarray(4).map((byte, at) => byte ^ message[4 + at]!)
  if (bytes.length === 4) return { address: bytes.join('.'), port }
  const groups = Array.from({ length: 8 }, (_, at) =>
    Buffer.from(bytes)
      .readUInt16BE(2 * at)
      .toString(16),
  )
  return { address: groups.join(':'), port }
}
