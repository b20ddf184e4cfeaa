import { describe, expect, test } from 'vitest'
import { readWants, WantWriter } from './rtcp-want.ts'
import { readRtcp } from './rtcp.ts'
import { fromHex } from './testing/hex.ts'
import { recordingRtcpHandler } from './testing/rtcp-recorder.ts'

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

const wantsOf = (bytes: Uint8Array, offset = 0, length = bytes.length - offset) => {
  const wants: (readonly [string, number])[] = []
  const isGood = readWants(bytes, offset, length, (mid, mask) => wants.push([mid, mask]))
  return { isGood, wants }
}

function written(room: number, ...entries: readonly (readonly [string, number])[]): Uint8Array {
  const out = new Uint8Array(room)
  const writer = new WantWriter()
  writer.begin(out, 7)
  for (const [mid, mask] of entries) writer.add(ascii(mid), mask)
  return out.slice(0, writer.end())
}

describe('WANT', () => {
  test('an APP packet: SSRC, name, then mask, length and MID of each, padded to a word', () => {
    const bytes = written(100, ['1c', 1], ['2cA', 7])
    expect(bytes).toEqual(fromHex('80cc0005 00000007 57414e54 01023163 07033263 41000000'))
    expect(wantsOf(bytes)).toEqual({
      isGood: true,
      wants: [
        ['1c', 1],
        ['2cA', 7],
      ],
    })
  })

  test('that nothing is wanted is said, too', () => {
    expect(wantsOf(written(100, ['1cV1StGXR8_Z5jdH', 0])).wants).toEqual([['1cV1StGXR8_Z5jdH', 0]])
  })

  test('what does not fit is refused, and the packet ends before it', () => {
    const writer = new WantWriter()
    const out = new Uint8Array(19)
    writer.begin(out, 7)
    expect(writer.add(ascii('1m'), 1)).toBe(true)
    // 19 bytes have no room for the padding of 18.
    expect(writer.add(ascii('1c'), 1)).toBe(false)
    expect(writer.end()).toBe(16)
  })

  test('without an entry there is nothing to send', () => {
    expect(written(100)).toHaveLength(0)
  })

  test('another name, an entry that is cut off, a packet that is too short: nothing is told', () => {
    const nothing = { isGood: false, wants: [] }
    expect(wantsOf(fromHex('80cc0003 00000007 57414e55 01023163'))).toEqual(nothing)
    expect(wantsOf(fromHex('80cc0004 00000007 57414e54 01023163 01033263'))).toEqual(nothing)
    expect(wantsOf(fromHex('80cc0001 00000007'))).toEqual(nothing)
  })

  test('it is found among other packets of a compound', () => {
    const { handler, said } = recordingRtcpHandler()
    const bytes = fromHex('80c90001 00000001 80cc0003 00000007 57414e54 01023163')
    expect(readRtcp(bytes, bytes.length, handler)).toBe(true)
    expect(said).toEqual([['application', 8, 16]])
    expect(wantsOf(bytes, 8, 16).wants).toEqual([['1c', 1]])
  })
})
