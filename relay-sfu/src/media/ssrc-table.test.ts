import { describe, expect, test } from 'vitest'
import type { Source } from '@video-room/shared/source.ts'
import { ExtensionWriter } from '../wire/header-extensions.ts'
import { RtpView, writeRtpHeader } from '../wire/rtp.ts'
import { occupantBounds } from './link-bounds.ts'
import { Publication } from './publication.ts'
import { SsrcTable } from './ssrc-table.ts'
import { extensionIds, publisherTypes, sendSection } from './testing/facts.ts'

function publication(mid: string, source: Source, rids: readonly string[] = []): Publication {
  const section = sendSection(mid, source, rids)
  const [codec] = section.codecs
  if (!codec) throw new Error('a section has a codec')
  return new Publication(0, source, section, codec, true)
}

function packet(
  ssrc: number,
  payloadType: number,
  names: Partial<Record<'mid' | 'rid' | 'repairedRid', string>> = {},
) {
  const out = new Uint8Array(200)
  const writer = new ExtensionWriter()
  writer.begin(out, writeRtpHeader(out, false, payloadType, 1, 1, ssrc), false)
  for (const name of ['mid', 'rid', 'repairedRid'] as const) {
    for (const letter of names[name] ?? '') writer.addUint8(extensionIds[name], letter.codePointAt(0) ?? 0)
  }
  const view = new RtpView()
  view.set(out, writer.end() + 20)
  return view
}

const camera = publication('1', 'camera', ['f', 'h', 'q'])
const microphone = publication('0', 'microphone')

function table(...publications: readonly Publication[]): SsrcTable {
  const made = new SsrcTable(occupantBounds, false)
  made.setPublications(publications)
  return made
}

describe('SSRC table', () => {
  test('an SSRC is learned by MID and RID and known without them afterwards', () => {
    const ssrcs = table(microphone, camera)
    const first = ssrcs.find(packet(5, publisherTypes.vp8, { mid: '1', rid: 'h' }), 0)
    expect(first).toMatchObject({ publication: camera, isRtx: false })
    expect(first?.layer).toBe(camera.layers[1])
    expect(ssrcs.find(packet(5, publisherTypes.vp8), 0)).toBe(first)
  })

  test('RTX is learned by the repaired RID', () => {
    const entry = table(camera).find(packet(6, publisherTypes.vp8Rtx, { mid: '1', repairedRid: 'q' }), 0)
    expect(entry?.isRtx).toBe(true)
    expect(entry?.layer).toBe(camera.layers[2])
  })

  test('a packet that does not say which layer it is teaches nothing', () => {
    const ssrcs = table(camera)
    expect(ssrcs.find(packet(5, publisherTypes.vp8, { mid: '1' }), 0)).toBe(null)
    expect(ssrcs.find(packet(5, publisherTypes.vp8, { mid: '1', rid: 'z' }), 0)).toBe(null)
    expect(ssrcs.find(packet(6, publisherTypes.vp8Rtx, { mid: '1', rid: 'q' }), 0)).toBe(null)
    expect(ssrcs.size).toBe(0)
  })

  test('without a MID the payload type decides, if only one section has it (RFC 9143, section 9.2)', () => {
    expect(table(microphone, camera).find(packet(5, publisherTypes.opus), 0)?.publication).toBe(microphone)
    const twice = table(microphone, publication('3', 'screen-audio'))
    expect(twice.find(packet(5, publisherTypes.opus), 0)).toBe(null)
  })

  test('a new SSRC of a layer takes the place of the old one', () => {
    const ssrcs = table(microphone)
    ssrcs.find(packet(5, publisherTypes.opus, { mid: '0' }), 0)
    ssrcs.find(packet(6, publisherTypes.opus, { mid: '0' }), 0)
    expect(ssrcs.get(5)).toBe(null)
    expect(ssrcs.get(6)?.layer.ssrc).toBe(6)
    expect(ssrcs.size).toBe(1)
  })

  test('sections that are gone take their SSRCs with them', () => {
    const ssrcs = table(microphone, camera)
    ssrcs.find(packet(5, publisherTypes.opus, { mid: '0' }), 0)
    ssrcs.setPublications([camera])
    expect(ssrcs.size).toBe(0)
  })

  test('goodbye frees an SSRC', () => {
    const ssrcs = table(microphone)
    ssrcs.find(packet(5, publisherTypes.opus, { mid: '0' }), 0)
    ssrcs.forget(5)
    expect(ssrcs.get(5)).toBe(null)
  })

  test('a stranger may knock as often as it likes', () => {
    const ssrcs = table(microphone)
    for (let at = 0; at < 1_000; at += 1) ssrcs.find(packet(at % 20, 50), at)
    expect(ssrcs.isFlooded).toBe(false)
  })
})
