/** Facts of offers as browsers make them, for tests of the relay's packet logic. */
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { kindOf, type MediaKind, type Source } from '@video-room/shared/source.ts'

export const extensionIds = {
  mid: 1,
  rid: 2,
  repairedRid: 3,
  transportWideCc: 4,
  audioLevel: 5,
} as const

/** The two ends use different payload types, as Chromium and Firefox do. */
export const publisherTypes = { vp8: 96, vp8Rtx: 97, opus: 111 } as const
export const viewerTypes = { vp8: 120, vp8Rtx: 124, opus: 109 } as const

const codecsOf = (kind: MediaKind, types: { vp8: number; vp8Rtx: number; opus: number }) =>
  kind === 'video'
    ? [{ name: 'vp8' as const, payloadType: types.vp8, rtxPayloadType: types.vp8Rtx }]
    : [{ name: 'opus' as const, payloadType: types.opus, rtxPayloadType: null }]

export const sendSection = (mid: string, source: Source, rids: readonly string[] = []): SectionFacts => ({
  mid,
  kind: kindOf[source],
  direction: 'send',
  source,
  codecs: codecsOf(kindOf[source], publisherTypes),
  extensions: {
    mid: extensionIds.mid,
    rid: extensionIds.rid,
    'repaired-rid': extensionIds.repairedRid,
    'transport-wide-cc': extensionIds.transportWideCc,
    ...(kindOf[source] === 'audio' ? { 'audio-level': extensionIds.audioLevel } : {}),
  },
  rids: [...rids],
})

export const slotSection = (mid: string, kind: MediaKind): SectionFacts => ({
  mid,
  kind,
  direction: 'receive',
  source: null,
  codecs: codecsOf(kind, viewerTypes),
  extensions: kind === 'audio' ? { 'audio-level': 9 } : { 'abs-send-time': 8 },
  rids: [],
})

/** Sections 0–3 send, then slots (RL7). */
export const fullSections = (slots: readonly MediaKind[] = ['audio', 'video', 'audio', 'video']) => [
  sendSection('0', 'microphone'),
  sendSection('1', 'camera', ['f', 'h', 'q']),
  sendSection('2', 'screen'),
  sendSection('3', 'screen-audio'),
  ...slots.map((kind, at) => slotSection(String(4 + at), kind)),
]
