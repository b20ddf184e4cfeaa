import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { HandshakeSorter, recordsOf, writeMessage, writeRecord } from './dtls-records.ts'

const record = fc.record({
  type: fc.constantFrom(20, 21, 22, 23),
  version: fc.constantFrom(0xfe_fd, 0xfe_ff),
  epoch: fc.nat(0xff_ff),
  sequence: fc.nat(2 ** 48 - 1),
  fragment: fc.uint8Array({ maxLength: 60 }),
})

describe('records', () => {
  it('are read as they were written, and the rest of a cut one is left', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), fc.nat(12), (records, cut) => {
        const whole = Buffer.concat(records.map(writeRecord))
        const rest = writeRecord({
          type: 22,
          version: 0xfe_fd,
          epoch: 0,
          sequence: 0,
          fragment: new Uint8Array(1),
        })
        const read = recordsOf(Buffer.concat([whole, rest.subarray(0, cut)]))
        expect(read.map((one) => Buffer.from(one.bytes))).toEqual(
          records.map((one) => Buffer.from(writeRecord(one))),
        )
        expect(read.map((one) => one.sequence)).toEqual(records.map((one) => one.sequence))
      }),
    )
  })

  it('any bytes are none, or some', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const sorter = new HandshakeSorter()
        for (const one of recordsOf(bytes)) sorter.add(one.fragment)
        sorter.add(bytes)
        sorter.peek()
      }),
    )
  })
})

/** A piece of a message as it stands in a record (RFC 6347, section 4.2.2). */
function piece(
  sequence: number,
  body: Uint8Array,
  offset: number,
  length: number,
  total = body.length,
): Buffer {
  const bytes = Buffer.from(
    writeMessage({ type: 11, sequence, body: body.subarray(offset, offset + length) }),
  )
  bytes.writeUIntBE(total, 1, 3)
  bytes.writeUIntBE(offset, 6, 3)
  return bytes
}

describe('messages of a handshake', () => {
  const body = Uint8Array.from({ length: 100 }, (_, at) => at)

  it('come out whole and in order, whatever the order, size and number of their pieces', () => {
    const pieces = fc.array(fc.tuple(fc.nat(2), fc.nat(99), fc.integer({ min: 1, max: 60 })), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(pieces, (some) => {
        const sorter = new HandshakeSorter()
        for (const [sequence, offset, length] of some) {
          sorter.add(piece(sequence, body, offset, Math.min(length, 100 - offset)))
        }
        for (const sequence of [2, 1, 0]) sorter.add(piece(sequence, body, 0, 100))
        for (const sequence of [0, 1, 2]) {
          expect(sorter.peek()).toEqual({ type: 11, sequence, body })
          sorter.advance()
        }
        expect(sorter.peek()).toBeNull()
        expect(sorter.add(piece(1, body, 0, 100)).isRepeat).toBe(true)
      }),
    )
  })

  it('of which a byte is missing do not come', () => {
    const sorter = new HandshakeSorter()
    sorter.add(piece(0, body, 0, 50))
    sorter.add(piece(0, body, 51, 49))
    expect(sorter.peek()).toBeNull()
    sorter.add(piece(0, body, 50, 1))
    expect(sorter.peek()?.body).toEqual(body)
  })

  it('a piece that speaks of another length, or reaches beyond its message, is passed over', () => {
    const sorter = new HandshakeSorter()
    sorter.add(piece(0, body, 0, 50))
    sorter.add(piece(0, body, 50, 50, 200))
    sorter.add(piece(0, body, 60, 40, 70))
    expect(sorter.peek()).toBeNull()
    sorter.add(piece(0, body, 50, 50))
    expect(sorter.peek()?.body).toEqual(body)
  })

  it('take no more memory than a strange client needs', () => {
    const sorter = new HandshakeSorter()
    const large = new Uint8Array(relayLimits.handshakeBufferMaxBytes - 100)
    sorter.add(piece(1, large, 0, 1))
    sorter.add(piece(0, new Uint8Array(200), 0, 200))
    expect(sorter.peek()).toBeNull()
    sorter.add(piece(relayLimits.handshakeMessagesAheadMax + 1, body, 0, 100))
    sorter.add(piece(0, new Uint8Array(100), 0, 100))
    expect(sorter.peek()?.body).toHaveLength(100)
  })
})
