import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RtpView } from './rtp.ts'
import { unwrapRtx, wrapRtx } from './rtx.ts'
import { fromHex } from './testing/hex.ts'

function viewOf(bytes: Uint8Array): RtpView {
  const view = new RtpView()
  expect(view.set(bytes, bytes.length)).toBe(true)
  return view
}

const original = fromHex('90e0 1234 00000064 deadbeef bede0001 10aa20bb 01020304')

describe('RFC 4588 4: retransmission', () => {
  it('carries the original sequence number before the payload; header extensions are kept', () => {
    const out = new Uint8Array(100)
    const length = wrapRtx(out, viewOf(original), 97, 0x0042, 0xcafe0001)
    expect(out.slice(0, length)).toEqual(
      fromHex('90e1 0042 00000064 cafe0001 bede0001 10aa20bb 1234 01020304'),
    )
  })

  it('what was wrapped comes out as it was', () => {
    const payload = fc.uint8Array({ maxLength: 1_400 })
    fc.assert(
      fc.property(payload, fc.boolean(), (data, isExtended) => {
        const packet = Uint8Array.of(...original.slice(0, isExtended ? 20 : 12), ...data)
        packet[0] = isExtended ? 0x90 : 0x80
        const out = new Uint8Array(1_500)
        const length = wrapRtx(out, viewOf(packet), 97, 7, 8)
        const wrapped = out.slice(0, length)
        expect(unwrapRtx(viewOf(wrapped), 96, 0xdeadbeef)).toBe(packet.length)
        expect(wrapped.slice(0, packet.length)).toEqual(packet)
      }),
    )
  })

  it('padding is not wrapped', () => {
    const out = new Uint8Array(100)
    const length = wrapRtx(out, viewOf(fromHex('a0e0 1234 00000064 deadbeef 0102 000003')), 97, 1, 2)
    expect(out.slice(0, length)).toEqual(fromHex('80e1 0001 00000064 00000002 1234 0102'))
  })

  it('padding of a retransmission stays padding', () => {
    const bytes = fromHex('a0e1 0001 00000064 00000002 1234 0102 000003')
    const length = unwrapRtx(viewOf(bytes), 96, 9)
    const view = new RtpView()
    expect(view.set(bytes, length)).toBe(true)
    expect(view).toMatchObject({ sequenceNumber: 0x1234, ssrc: 9, payloadLength: 2, paddingLength: 3 })
  })

  it.each([
    ['padding only', 'a0e1 0001 00000064 00000002 000003'],
    ['one byte', '80e1 0001 00000064 00000002 12'],
    ['nothing', '80e1 0001 00000064 00000002'],
  ])('%s holds no packet, and is left as it is', (_, hex) => {
    const bytes = fromHex(hex)
    expect(unwrapRtx(viewOf(bytes), 96, 9)).toBe(-1)
    expect(bytes).toEqual(fromHex(hex))
  })

  it('what does not fit is not written', () => {
    expect(wrapRtx(new Uint8Array(original.length + 1), viewOf(original), 97, 1, 2)).toBe(-1)
    expect(wrapRtx(new Uint8Array(original.length + 2), viewOf(original), 97, 1, 2)).toBe(original.length + 2)
  })
})
