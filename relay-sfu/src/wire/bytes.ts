/**
 * Decides: how big-endian numbers are read from and written to bytes.
 * Does not decide: where a field ends; every parser checks its bounds before it reads.
 * Invariants: allocates nothing, throws never; what lies outside of the array reads as 0 and is not written.
 */

export const readUint8 = (bytes: Uint8Array, offset: number): number => bytes[offset] ?? 0

export const readUint16 = (bytes: Uint8Array, offset: number): number =>
  (readUint8(bytes, offset) << 8) | readUint8(bytes, offset + 1)

export const readUint24 = (bytes: Uint8Array, offset: number): number =>
  (readUint16(bytes, offset) << 8) | readUint8(bytes, offset + 2)

export const readUint32 = (bytes: Uint8Array, offset: number): number =>
  ((readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2)) >>> 0

export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8
  bytes[offset + 1] = value
}

export function writeUint24(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 16
  writeUint16(bytes, offset + 1, value)
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, value >>> 16)
  writeUint16(bytes, offset + 2, value)
}

/** Text of one byte per character, as the ASCII fields of these protocols are. */
export function readLatin1(bytes: Uint8Array, offset: number, length: number): string {
  let text = ''
  for (let at = offset; at < offset + length; at += 1) text += String.fromCharCode(readUint8(bytes, at))
  return text
}
