/**
 * Decides: what of an offer is accepted: sections, one codec to send with, all codecs of ours to receive, extensions, layers.
 * Does not decide: the words of the answer (answer.ts), which says exactly this and nothing else.
 * Invariants: payload types and extension ids are the offer's; a section that does not fit is refused, never an error.
 */
import { ok, type Result } from '../lang.ts'
import { kindOf, sectionOrder } from '../source.ts'
import {
  type CodecFacts,
  type CodecName,
  codecNames,
  type ExtensionName,
  type OfferFacts,
  type SectionFacts,
} from './facts.ts'
import { type Offer, type OfferError, type OfferSection, parseOffer } from './offer.ts'

/** The video codec to send with, where the browser has it. `auto` is VP8: every receiver can decode it (RFC 7742). */
export type VideoChoice = 'auto' | Exclude<CodecName, 'opus'>

export const extensionUris: Readonly<Record<ExtensionName, string>> = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'repaired-rid': 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'audio-level': 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'transport-wide-cc': 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'abs-send-time': 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
}

const sendExtensions: readonly ExtensionName[] = ['mid', 'audio-level', 'transport-wide-cc']
const layerExtensions: readonly ExtensionName[] = ['rid', 'repaired-rid']
/**
 * A slot needs no mid: its SSRC is declared. And no transport-wide-cc: receivers that see it stop sending REMB, by which
 * the relay knows their downlink until it estimates that itself; REMB needs abs-send-time.
 */
const slotExtensions: Readonly<Record<SectionFacts['kind'], readonly ExtensionName[]>> = {
  audio: ['audio-level'],
  video: ['abs-send-time'],
}

export function factsOf(text: string, choice: VideoChoice): Result<OfferFacts, OfferError> {
  const offer = parseOffer(text)
  return offer.ok ? ok(factsOfParsed(offer.value, choice)) : offer
}

export const factsOfParsed = ({ fingerprint, sections }: Offer, choice: VideoChoice): OfferFacts => ({
  fingerprint,
  sections: sections.map((section, index) => sectionFacts(section, index, choice)),
})

function sectionFacts(section: OfferSection, index: number, choice: VideoChoice): SectionFacts {
  const { attributes, mid } = section
  const source = sectionOrder[index] ?? null
  // Of a refused section the kind means nothing; a data channel has none of the two.
  const kind = section.kind === 'video' ? 'video' : 'audio'
  const isUseless =
    section.isOff ||
    section.protocol !== 'UDP/TLS/RTP/SAVPF' ||
    section.kind !== (source === null ? kind : kindOf[source]) ||
    attributes.some((each) => each === (source === null ? 'sendonly' : 'recvonly') || each === 'inactive')
  const codecs = isUseless ? [] : codecsOf(section, kind === 'video' ? videoOrder(choice) : ['opus'])
  if (codecs.length === 0) {
    return { mid, kind, direction: 'refused', source: null, codecs, extensions: {}, rids: [] }
  }
  if (source === null) {
    const extensions = extensionsOf(attributes, slotExtensions[kind], 'sendonly')
    return { mid, kind, direction: 'receive', source, codecs, extensions, rids: [] }
  }
  const rids = ridsOf(attributes)
  const names = rids.length === 0 ? sendExtensions : [...sendExtensions, ...layerExtensions]
  const extensions = extensionsOf(attributes, names, 'recvonly')
  return { mid, kind, direction: 'send', source, codecs: codecs.slice(0, 1), extensions, rids }
}

const videoOrder = (choice: VideoChoice): readonly CodecName[] =>
  codecNames.slice(1).toSorted((a, b) => Number(b === choice) - Number(a === choice))

/** One of each name that the offer has. */
function codecsOf({ attributes, formats }: OfferSection, names: readonly CodecName[]): CodecFacts[] {
  const byFormat = new Map<string, { name: string; parameters: string }>()
  for (const attribute of attributes) {
    const [, what, format = '', value = ''] = /^(rtpmap|fmtp):([1-9]\d*) (.*)/.exec(attribute) ?? []
    const codec = byFormat.get(format) ?? { name: '', parameters: '' }
    if (what === 'rtpmap') codec.name = value.replace(/\/.*/, '').toLowerCase()
    else codec.parameters = value
    // RFC 3551, section 3: seven bits.
    if (formats.includes(format) && Number(format) < 128) byFormat.set(format, codec)
  }
  const codecs = [...byFormat].map(([format, codec]) => ({ payloadType: Number(format), ...codec }))
  return names.flatMap((name) => {
    const [best] = codecs
      .filter((codec) => codec.name === name && fitness(codec) > 0)
      .toSorted((a, b) => fitness(b) - fitness(a))
    if (best === undefined) return []
    const { payloadType } = best
    const rtx = codecs.find(
      (codec) => codec.name === 'rtx' && /^apt=(\d+)/.exec(codec.parameters)?.[1] === `${payloadType}`,
    )
    return [{ name, payloadType, rtxPayloadType: rtx?.payloadType ?? null }]
  })
}

/** 0: not ours. Profile 0 of VP9 and AV1 only; of H.264 (RFC 6184) packetization mode 1 first, then constrained baseline. */
function fitness({ name, parameters }: { readonly name: string; readonly parameters: string }): number {
  if (name !== 'h264') return Number(!/\bprofile(-id)?=[1-9]/.test(parameters))
  return 1 + 2 * Number(/n-mode=1/.test(parameters)) + Number(/level-id=42e0/i.test(parameters))
}

/** `extmap:<id>[/<direction>] <uri>` (RFC 8285, section 8), but for the direction that is of no use here. */
function extensionsOf(
  attributes: readonly string[],
  names: readonly ExtensionName[],
  useless: string,
): SectionFacts['extensions'] {
  const extensions: Partial<Record<ExtensionName, number>> = {}
  for (const attribute of attributes) {
    const [, id, direction, uri] = /^extmap:([1-9]\d?)(?:\/(\w+))? (\S+)/.exec(attribute) ?? []
    const name = names.find((known) => extensionUris[known] === uri)
    if (name !== undefined && direction !== useless) extensions[name] = Number(id)
  }
  return extensions
}

/** `simulcast:send f;~h;q,x`: the first alternative of each layer, paused or not (RFC 8853, section 5.1). */
function ridsOf(attributes: readonly string[]): string[] {
  const line = attributes.find((attribute) => attribute.startsWith('simulcast:send ')) ?? ''
  const rids = [...line.slice(15).matchAll(/(?:^|;)~?([A-Za-z0-9]{1,8})(?![^;, ])/g)].map(
    ([, rid = '']) => rid,
  )
  return [...new Set(rids)].slice(0, 3)
}
