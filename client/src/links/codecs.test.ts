import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { orderCodecs, type CodecFacts } from './codecs.ts'

const codec = (mimeType: string, sdpFmtpLine = ''): CodecFacts => ({ mimeType, sdpFmtpLine })
const constrained = codec('video/H264', 'packetization-mode=1;profile-level-id=42e01f')
const baseline = codec('video/H264', 'packetization-mode=1;profile-level-id=42001f')
const constrainedMode0 = codec('video/H264', 'packetization-mode=0;profile-level-id=42e01f')
const vp8 = codec('video/VP8')
const vp9 = codec('video/VP9')
const rtx = codec('video/rtx')
const red = codec('video/red')
/** As Chromium lists them. */
const all = [vp8, rtx, vp9, baseline, constrainedMode0, constrained, red]

describe('the order of codecs', () => {
  test('P2 on Android H.264 constrained baseline comes first, VP8 after H.264, all others stay', () => {
    expect(orderCodecs(all, 'auto', true)).toEqual([
      constrained,
      vp8,
      baseline,
      constrainedMode0,
      rtx,
      vp9,
      red,
    ])
  })

  test('P2 elsewhere, or without a codec that we would prefer, the own order of the browser stands', () => {
    expect(orderCodecs(all, 'auto', false)).toBeNull()
    expect(orderCodecs([vp9, rtx], 'vp8', false)).toBeNull()
    expect(orderCodecs([], 'auto', true)).toBeNull()
  })

  test('P2 a named codec comes first everywhere', () => {
    expect(orderCodecs(all, 'vp9', false)?.[0]).toBe(vp9)
    expect(orderCodecs(all, 'vp8', true)?.slice(0, 2)).toEqual([vp8, rtx])
    expect(orderCodecs(all, 'h264', false)?.slice(0, 3)).toEqual([constrained, baseline, constrainedMode0])
  })

  test('P3 never drops or doubles one: RTX, RED and every fallback stay', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(all),
        fc.constantFrom('auto' as const, 'vp8' as const, 'vp9' as const, 'h264' as const, 'av1' as const),
        fc.boolean(),
        (codecs, preferred, isAndroid) => {
          const ordered = orderCodecs(codecs, preferred, isAndroid)
          if (ordered === null) return
          expect(ordered).toHaveLength(codecs.length)
          expect(new Set(ordered)).toEqual(new Set(codecs))
        },
      ),
    )
  })
})
