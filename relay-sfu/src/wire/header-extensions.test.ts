import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  absSendTime,
  ExtensionWriter,
  readAudioLevel,
  readExtensionText,
  readTransportSequence,
} from './header-extensions.ts'
import { RtpView, writeRtpHeader } from './rtp.ts'
import { fromHex } from './testing/hex.ts'

/** A packet with one byte of payload after what `add` adds. */
function packet(add: (writer: ExtensionWriter) => void, isTwoByte = false): Uint8Array {
  const out = new Uint8Array(1_500)
  const writer = new ExtensionWriter()
  writer.begin(out, writeRtpHeader(out, false, 111, 1, 2, 3), isTwoByte)
  add(writer)
  const end = writer.end()
  out[end] = 0xee
  return out.slice(0, end + 1)
}

function viewOf(bytes: Uint8Array): RtpView {
  const view = new RtpView()
  expect(view.set(bytes, bytes.length)).toBe(true)
  expect(view.payloadLength).toBe(1)
  return view
}

describe('writing', () => {
  it('RFC 8285 4.2: the one-byte form, padded to a word', () => {
    const bytes = packet((writer) => {
      writer.addUint8(1, 0xaa)
      writer.addUint16(3, 0xbbcc)
    })
    expect(bytes).toEqual(fromHex('906f00010000000200000003 bede0002 10aa31bbcc000000 ee'))
  })

  it('RFC 8285 4.3: the two-byte form', () => {
    const bytes = packet((writer) => {
      writer.addUint24(200, 0x010203)
    }, true)
    expect(bytes).toEqual(fromHex('906f00010000000200000003 10000002 c803010203000000 ee'))
  })

  it('a block without elements is not there at all', () => {
    expect(packet(() => {})).toEqual(fromHex('806f00010000000200000003ee'))
  })

  it('an id or a length that the form cannot carry is left out', () => {
    const bytes = packet((writer) => {
      expect([writer.add(0, 1), writer.add(15, 1), writer.add(1, 0), writer.add(1, 17)]).toEqual([
        -1, -1, -1, -1,
      ])
    })
    expect(bytes).toEqual(fromHex('806f00010000000200000003ee'))
  })

  it('RFC 8285 4.3: the two-byte form carries any id and 0 to 255 bytes', () => {
    const bytes = packet((writer) => {
      expect([writer.add(0, 1), writer.add(256, 1), writer.add(1, 256)]).toEqual([-1, -1, -1])
      expect([writer.add(1, 0), writer.add(255, 255)]).toEqual([18, 20])
    }, true)
    const view = viewOf(bytes)
    expect([1, 255].map((id) => view.extensionLength(id))).toEqual([0, 255])
  })

  it('an element that would not fit into the array is left out', () => {
    const out = new Uint8Array(20)
    const writer = new ExtensionWriter()
    writer.begin(out, writeRtpHeader(out, false, 111, 1, 2, 3), false)
    expect(writer.addUint8(1, 5)).toBe(17)
    expect(writer.addUint24(2, 5)).toBe(-1)
    expect(writer.addUint8(2, 6)).toBe(19)
    expect(writer.addUint8(3, 7)).toBe(-1)
    expect(writer.end()).toBe(20)
  })

  it('what is added is found again, under any ids and in both forms', () => {
    const element = fc.record({
      id: fc.integer({ min: 1, max: 14 }),
      data: fc.uint8Array({ minLength: 1, maxLength: 16 }),
    })
    const elements = fc.uniqueArray(element, { selector: ({ id }) => id, maxLength: 14 })
    fc.assert(
      fc.property(elements, fc.boolean(), (added, isTwoByte) => {
        const out = new Uint8Array(400)
        const writer = new ExtensionWriter()
        writer.begin(out, writeRtpHeader(out, true, 96, 1, 2, 3), isTwoByte)
        for (const { id, data } of added) out.set(data, writer.add(id, data.length))
        const end = writer.end()
        const view = new RtpView()
        expect(view.set(out, end)).toBe(true)
        expect(view).toMatchObject({ headerLength: end, payloadLength: 0 })
        for (const { id, data } of added) {
          const offset = view.extensionOffset(id)
          expect(out.slice(offset, offset + view.extensionLength(id))).toEqual(data)
        }
      }),
    )
  })
})

describe('copying from a packet', () => {
  const source = viewOf(fromHex('90ef 0001 00000001 00000001 bede0002 10 7f 31 6d31 51 0102 ee'))

  it('takes what is named, under another id, and nothing else', () => {
    const copied = viewOf(packet((writer) => writer.copy(source, 1, 9)))
    expect(readAudioLevel(copied, 9)).toBe(127)
    expect([1, 3, 5].map((id) => copied.extensionOffset(id))).toEqual([-1, -1, -1])
  })

  it('what the packet does not have is not written', () => {
    expect(packet((writer) => expect(writer.copy(source, 2, 2)).toBe(-1))).toHaveLength(13)
  })
})

describe('reading', () => {
  const view = viewOf(fromHex('90ef 0001 00000001 00000001 bede0003 10 85 31 6d31 51 fffe 60 00 0000 ee'))

  it('RFC 6464: the level is the low seven bits; the bit for voice is not part of it', () => {
    expect(readAudioLevel(view, 1)).toBe(5)
    expect(readAudioLevel(view, 2)).toBe(-1)
  })

  it('the transport-wide sequence number', () => {
    expect(readTransportSequence(view, 5)).toBe(0xfffe)
    expect(readTransportSequence(view, 2)).toBe(-1)
    // An element too short to hold one.
    expect(readTransportSequence(view, 6)).toBe(-1)
  })

  it('MID and RID as text', () => {
    expect(readExtensionText(view, 3)).toBe('m1')
    expect(readExtensionText(view, 2)).toBeNull()
  })
})

it('abs-send-time is 6.18 fixed point and wraps after 64 seconds', () => {
  expect([0, 1_000, 500, 64_000, 65_000].map(absSendTime)).toEqual([0, 0x40000, 0x20000, 0, 0x40000])
})
