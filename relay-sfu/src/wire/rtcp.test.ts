import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  writeBye,
  writeCname,
  writeFir,
  writeNack,
  writePli,
  writeReceiverReport,
  writeReportBlock,
  writeSenderReport,
} from './rtcp-write.ts'
import { readRtcp } from './rtcp.ts'
import { fromHex } from './testing/hex.ts'
import { recordingRtcpHandler } from './testing/rtcp-recorder.ts'

/** All that the bytes say, one array per statement; null: malformed. */
function read(bytes: Uint8Array, length = bytes.length): readonly unknown[] | null {
  const { handler, said } = recordingRtcpHandler()
  if (readRtcp(bytes, length, handler)) return said
  expect(said).toEqual([])
  return null
}

/** What `write` wrote from the start of a large array. */
function written(write: (out: Uint8Array) => number): Uint8Array {
  const out = new Uint8Array(1_500).fill(0xcc)
  return out.slice(0, write(out))
}

const sdes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

describe('reports', () => {
  it('RFC 3550 6.4.1: a sender report with a block', () => {
    const bytes = fromHex(`81c8000c 00000001 e0000000 80000000 00000003 00000004 00000005
      00000006 40 fffffe 00010007 00000008 00000009 0000000a`)
    expect(read(bytes)).toEqual([
      ['sender-report', 1, 0xe0000000, 0x80000000, 3, 4, 5],
      ['report-block', 1, 6, 0x40, -2, 0x10007, 8, 9, 10],
    ])
  })

  it('are read as they were written, with as many blocks as fit', () => {
    const bytes = written((out) => {
      let end = writeReceiverReport(out, 0, 7)
      for (let block = 0; block < 40; block += 1) {
        end = writeReportBlock(out, 0, end, block, 1, -3, 0xffffffff, 4, 5, 6)
      }
      return end
    })
    const said = read(bytes)
    expect(said).toHaveLength(31)
    expect(said?.[30]).toEqual(['report-block', 7, 30, 1, -3, 0xffffffff, 4, 5, 6])
  })

  it('a loss that 24 bits cannot say is the most that they can', () => {
    const bytes = written((out) =>
      writeReportBlock(out, 0, writeReceiverReport(out, 0, 7), 1, 0, 2 ** 30, 0, 0, 0, 0),
    )
    expect(read(bytes)).toEqual([['report-block', 7, 1, 0, 0x7fffff, 0, 0, 0, 0]])
  })

  it('RFC 3550 6.1: a compound of report, description and goodbye', () => {
    const bytes = written((out) => {
      const report = writeSenderReport(out, 0, 1, 2, 3, 4, 5, 6)
      return writeBye(out, writeCname(out, report, 1, sdes('relay')), 1)
    })
    expect(read(bytes)).toEqual([
      ['sender-report', 1, 2, 3, 4, 5, 6],
      ['cname', 1, 'relay'],
      ['bye', 1],
    ])
  })

  it('a CNAME of any length ends with a zero at a word', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '7'), maxLength: 255 }), (cname) => {
        const bytes = written((out) => writeCname(out, 0, 9, sdes(cname)))
        expect(bytes.length % 4).toBe(0)
        expect(bytes.at(-1)).toBe(0)
        expect(read(bytes)).toEqual([['cname', 9, cname]])
      }),
    )
  })

  it('RFC 3550 6.5: several chunks, and items that are not CNAME', () => {
    const bytes = fromHex(`82ca0006 00000001 0203616263 0101 78 00000000 00000002 0101 79 00`)
    expect(read(bytes)).toEqual([
      ['cname', 1, 'x'],
      ['cname', 2, 'y'],
    ])
  })

  it('chunks beyond the count are not read, nor is an item that leaves the packet', () => {
    expect(read(fromHex('81ca0004 00000001 01017800 00000002 01017900'))).toEqual([['cname', 1, 'x']])
    expect(read(fromHex('81ca0002 00000001 01037879'))).toEqual([])
    // Without the zero that should end it: that much is understood.
    expect(read(fromHex('81ca0002 00000001 01027879'))).toEqual([['cname', 1, 'xy']])
  })
})

describe('feedback', () => {
  it('RFC 4585 6.2.1: a mask names the 16 packets after the first, over the wrap', () => {
    expect(read(fromHex('81cd0003 00000001 00000002 fffe8005'))).toEqual(
      [0xfffe, 0xffff, 1, 14].map((sequenceNumber) => ['nack', 2, sequenceNumber]),
    )
  })

  it('what is asked for is what is read, whatever the gaps', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 100 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), gaps, (first, steps) => {
        let at = first
        const asked = [first, ...steps.map((step) => (at = (at + step) & 0xffff))]
        const bytes = written((out) => writeNack(out, 0, 1, 2, asked, asked.length))
        expect(read(bytes)).toEqual(asked.map((sequenceNumber) => ['nack', 2, sequenceNumber]))
      }),
    )
  })

  it('seventeen packets in a row take one entry', () => {
    const asked = Array.from({ length: 17 }, (_, index) => (65_530 + index) & 0xffff)
    expect(written((out) => writeNack(out, 0, 1, 2, asked, 17))).toEqual(
      fromHex('81cd0003 00000001 00000002 fffaffff'),
    )
  })

  it('RFC 4585 6.3.1: PLI', () => {
    const bytes = written((out) => writePli(out, 0, 1, 2))
    expect(bytes).toEqual(fromHex('81ce0002 00000001 00000002'))
    expect(read(bytes)).toEqual([['pli', 2]])
  })

  it('RFC 5104 4.3.1: FIR names its SSRCs in entries', () => {
    const bytes = written((out) => writeFir(out, 0, 1, 2, 255))
    expect(bytes).toEqual(fromHex('84ce0004 00000001 00000000 00000002 ff000000'))
    expect(read(bytes)).toEqual([['fir', 2, 255]])
  })

  it('REMB: mantissa and exponent, for each SSRC', () => {
    // 2,500,000 = 156,250 × 2^4.
    const bytes = fromHex('8fce0006 00000001 00000000 52454d42 02 12625a 0000000a 0000000b')
    expect(read(bytes)).toEqual([
      ['remb', 10, 2_500_000],
      ['remb', 11, 2_500_000],
    ])
  })

  it('REMB that promises more SSRCs than it has names those it has; another application is not REMB', () => {
    expect(read(fromHex('8fce0005 00000001 00000000 52454d42 ff 12625a 0000000a'))).toHaveLength(1)
    expect(read(fromHex('8fce0005 00000001 00000000 41414141 01 12625a 0000000a'))).toEqual([])
  })

  it('transport-cc feedback is handed on whole, without its padding', () => {
    // One byte of padding, as libwebrtc writes it, before another packet.
    const bytes = fromHex('afcd0005 00000001 00000002 0005 0001 000001 00 2001 10 01 80c90001 00000001')
    expect(read(bytes.slice(0, 24))).toEqual([['transport-feedback', 0, 23]])
    expect(read(bytes)).toEqual([['transport-feedback', 0, 23]])
  })
})

describe('what is malformed says nothing', () => {
  const pli = '81ce0002 00000001 00000002'

  it.each([
    ['less than a packet', '81ce0000'],
    ['another version', `${pli} 41ce0002 00000001 00000002`],
    ['a packet longer than the datagram', `${pli} 81ce0003 00000001 00000002`],
    ['half a header at the end', `${pli} 81ce`],
    ['padding of zero bytes', 'a1ce0003 00000001 00000002 00000000'],
    ['padding longer than the packet', 'a1ce0003 00000001 00000002 000000fc'],
    ['more report blocks than there are', `${pli} 81c90001 00000001`],
    ['a sender report without sender info', '80c80001 00000001'],
    ['feedback without a media SSRC', '81ce0001 00000001'],
    ['a goodbye of more SSRCs than there are', '83cb0002 00000001 00000002'],
  ])('%s', (_, hex) => {
    expect(read(fromHex(hex))).toBeNull()
  })

  it('a datagram of too many packets', () => {
    expect(read(fromHex(pli.repeat(32)))).toHaveLength(32)
    expect(read(fromHex(pli.repeat(33)))).toBeNull()
  })

  it('an unknown packet type is passed over', () => {
    expect(read(fromHex(`80cf0001 00000001 ${pli}`))).toEqual([['pli', 2]])
  })
})

it('any bytes: never throws, reads nothing after the length', () => {
  const anything = fc.uint8Array({ maxLength: 120 })
  const plausible = fc
    .tuple(
      fc.integer({ min: 0x80, max: 0xbf }),
      fc.integer({ min: 200, max: 206 }),
      fc.uint8Array({ maxLength: 60 }),
    )
    .map(([first, type, body]) => Uint8Array.of(first, type, 0, Math.floor(body.length / 4), ...body))
  fc.assert(
    fc.property(fc.oneof(anything, plausible), fc.uint8Array({ maxLength: 40 }), (bytes, after) => {
      expect(read(Uint8Array.of(...bytes, ...after), bytes.length)).toEqual(read(bytes))
    }),
    { numRuns: 1_000 },
  )
})
