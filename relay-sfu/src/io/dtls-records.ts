/**
 * Decides: where records and handshake messages begin and end in a datagram (RFC 6347, sections 4.1 and 4.2), and in which
 * order a handshake goes on when its datagrams come late, twice, in pieces or not at all.
 * Does not decide: what a message means (dtls.ts), nor who may send it.
 * Invariants: reads within its input; keeps at most `handshakeBufferMaxBytes`; throws never.
 */
import { relayLimits } from '../limits.ts'
import { readUint16, readUint24, writeUint16, writeUint24, writeUint32 } from '../wire/bytes.ts'

export const contentTypes = { alert: 21, handshake: 22 } as const

export const handshakeTypes = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const

/** DTLS 1.2 on the wire; a first ClientHello may say 1.0 (RFC 6347, section 4.2.1). */
export const dtls12 = 0xfe_fd
const dtls10 = 0xfe_ff

const recordHeaderBytes = 13
const messageHeaderBytes = 12
/** Flight 5 of any stack fits six records; whoever packs more into one datagram is not a client of ours. */
const recordsMax = 16

export interface DtlsRecord {
  readonly type: number
  readonly version: number
  readonly epoch: number
  readonly sequence: number
  readonly fragment: Uint8Array
  /** Header and fragment. */
  readonly bytes: Uint8Array
}

export interface HandshakeMessage {
  readonly type: number
  readonly sequence: number
  readonly body: Uint8Array
}

/** The whole records of a datagram, up to the first that is cut off or of another protocol. */
export function recordsOf(datagram: Uint8Array): readonly DtlsRecord[] {
  const records: DtlsRecord[] = []
  let start = 0
  while (start + recordHeaderBytes <= datagram.length && records.length < recordsMax) {
    const version = readUint16(datagram, start + 1)
    const end = start + recordHeaderBytes + readUint16(datagram, start + 11)
    if (end > datagram.length || (version !== dtls12 && version !== dtls10)) break
    records.push({
      type: datagram[start] ?? 0,
      version,
      epoch: readUint16(datagram, start + 3),
      sequence: readUint24(datagram, start + 5) * 2 ** 24 + readUint24(datagram, start + 8),
      fragment: datagram.subarray(start + recordHeaderBytes, end),
      bytes: datagram.subarray(start, end),
    })
    start = end
  }
  return records
}

export function writeRecord(record: Omit<DtlsRecord, 'bytes'>): Uint8Array {
  const bytes = new Uint8Array(recordHeaderBytes + record.fragment.length)
  bytes[0] = record.type
  writeUint16(bytes, 1, record.version)
  writeUint16(bytes, 3, record.epoch)
  writeUint24(bytes, 5, Math.floor(record.sequence / 2 ** 24))
  writeUint24(bytes, 8, record.sequence % 2 ** 24)
  writeUint16(bytes, 11, record.fragment.length)
  bytes.set(record.fragment, recordHeaderBytes)
  return bytes
}

/** A message in one piece, as transcripts take it (RFC 6347, section 4.2.6). */
export function writeMessage(message: HandshakeMessage): Uint8Array {
  const bytes = new Uint8Array(messageHeaderBytes + message.body.length)
  bytes[0] = message.type
  writeUint24(bytes, 1, message.body.length)
  writeUint16(bytes, 4, message.sequence)
  writeUint32(bytes, 6, 0)
  writeUint24(bytes, 9, message.body.length)
  bytes.set(message.body, messageHeaderBytes)
  return bytes
}

interface Assembly {
  readonly type: number
  readonly body: Uint8Array
  /** 1 where a byte has come. */
  readonly filled: Uint8Array
  missingBytes: number
}

/** Puts the messages of one far end into their order, whole. */
export class HandshakeSorter {
  #next: number
  #bufferedBytes = 0
  readonly #assemblies = new Map<number, Assembly>()

  constructor(first = 0) {
    this.#next = first
  }

  /** The sequence number of the message that is waited for. */
  get expected(): number {
    return this.#next
  }

  /** Takes the pieces in one record. `isRepeat`: there was one of a message that is behind us. */
  add(fragment: Uint8Array): { readonly isRepeat: boolean } {
    let isRepeat = false
    let start = 0
    while (start + messageHeaderBytes <= fragment.length) {
      const length = readUint24(fragment, start + 9)
      const end = start + messageHeaderBytes + length
      if (end > fragment.length) break
      const sequence = readUint16(fragment, start + 4)
      if (sequence < this.#next) isRepeat = true
      else this.#keep(sequence, fragment.subarray(start, end))
      start = end
    }
    return { isRepeat }
  }

  /** The message that is due, if it is whole. It stays until `advance` or `discard`. */
  peek(): HandshakeMessage | null {
    const assembly = this.#assemblies.get(this.#next)
    if (!assembly || assembly.missingBytes > 0) return null
    return { type: assembly.type, sequence: this.#next, body: assembly.body }
  }

  advance(): void {
    this.discard()
    this.#next += 1
  }

  /** Forgets the message that is due: it was not the true one. */
  discard(): void {
    const assembly = this.#assemblies.get(this.#next)
    if (!assembly) return
    this.#assemblies.delete(this.#next)
    this.#bufferedBytes -= assembly.body.length
  }

  #keep(sequence: number, piece: Uint8Array): void {
    if (sequence > this.#next + relayLimits.handshakeMessagesAheadMax) return
    const type = piece[0] ?? 0
    const length = readUint24(piece, 1)
    const offset = readUint24(piece, 6)
    const body = piece.subarray(messageHeaderBytes)
    if (offset + body.length > length) return
    const assembly = this.#assemblies.get(sequence) ?? this.#begin(sequence, type, length)
    // Pieces of one message agree on what it is; the first one decides.
    if (!assembly || assembly.type !== type || assembly.body.length !== length) return
    for (let at = 0; at < body.length; at += 1) {
      if (assembly.filled[offset + at] === 1) continue
      assembly.filled[offset + at] = 1
      assembly.body[offset + at] = body[at] ?? 0
      assembly.missingBytes -= 1
    }
  }

  #begin(sequence: number, type: number, length: number): Assembly | null {
    if (this.#bufferedBytes + length > relayLimits.handshakeBufferMaxBytes) return null
    const assembly = {
      type,
      body: new Uint8Array(length),
      filled: new Uint8Array(length),
      missingBytes: length,
    }
    this.#bufferedBytes += length
    this.#assemblies.set(sequence, assembly)
    return assembly
  }
}
