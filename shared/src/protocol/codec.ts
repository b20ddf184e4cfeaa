/**
 * Decides: bytes ↔ messages: size first, then JSON, then version, then shape (rules VR1–VR4).
 * Does not decide: what to do with a bad message (the caller answers once and counts).
 * Invariants: `decode` never throws, whatever the bytes; it never parses more than the limit.
 */
import * as v from 'valibot'
import { limits } from '../limits.ts'
import { fail, ok, type Result } from '../lang.ts'
import {
  clientMessageSchema,
  serverMessageSchema,
  type ClientMessage,
  type ServerMessage,
} from './messages.ts'
import { protocolVersion } from './version.ts'

export type DecodeError = 'too_large' | 'malformed' | 'unsupported_version'

/** Bytes of `text` in UTF-8, counted without allocating them: the check stands before any work on the text. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    bytes += codePoint <= 0x7f ? 1 : codePoint <= 0x7ff ? 2 : codePoint <= 0xffff ? 3 : 4
  }
  return bytes
}

/** Also for relay-codec.ts. */
export const encode = (message: object): string => JSON.stringify({ v: protocolVersion, ...message })

export const encodeClientMessage = (message: ClientMessage): string => encode(message)
export const encodeServerMessage = (message: ServerMessage): string => encode(message)

/** Also for relay-codec.ts. */
export function decode<Message>(
  data: unknown,
  schema: v.GenericSchema<unknown, Message>,
  maxBytes: number,
): Result<Message, DecodeError> {
  if (typeof data !== 'string') return fail('malformed')
  // No character of a string has more than three bytes: most messages need no counting.
  if (data.length * 3 > maxBytes && (data.length > maxBytes || utf8Length(data) > maxBytes)) {
    return fail('too_large')
  }
  let json: unknown
  try {
    json = JSON.parse(data)
  } catch {
    return fail('malformed')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail('malformed')
  if (!('v' in json) || json.v !== protocolVersion) return fail('unsupported_version')
  const parsed = v.safeParse(schema, json)
  return parsed.success ? ok(parsed.output) : fail('malformed')
}

export const decodeClientMessage = (data: unknown): Result<ClientMessage, DecodeError> =>
  decode(data, clientMessageSchema, limits.messageMaxBytes)

export const decodeServerMessage = (data: unknown): Result<ServerMessage, DecodeError> =>
  decode(data, serverMessageSchema, limits.roomMessageMaxBytes)
