/** Packets of nothing for tests of the transport: each the next of one stream (RFC 3550, section 5.1). */
let sequence = 0

export function rtp(): Buffer {
  const packet = Buffer.alloc(200, 5)
  sequence += 1
  packet.writeUInt16BE(0x80_60, 0)
  packet.writeUInt16BE(sequence & 0xff_ff, 2)
  packet.writeUInt32BE(77, 8)
  return packet
}
