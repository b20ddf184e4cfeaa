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
  // Names of codecs are the same in either case (RFC 4855, section 3).
  const lines = attributes.map((attribute) => attribute.toLowerCase())
  const types = formats.filter((format) => payloadType.test(format))
  return names.flatMap((name) => {
    const rtpmap = name === 'opus' ? 'opus/48000/2' : `${name}/90000`
    const [best] = types
      .filter((type) => lines.includes(`rtpmap:${type} ${rtpmap}`))
      .map((type) => ({
        type,
        fitness: fitnessOf(
          name,
          lines.find((line) => line.startsWith(`fmtp:${type} `)),
        ),
      }))
      .toSorted((one, other) => other.fitness - one.fitness)
    if (best === undefined || best.fitness === 0) return []
    const rtx = types.find(
      (type) => lines.includes(`rtpmap:${type} rtx/90000`) && lines.includes(`fmtp:${type} apt=${best.type}`),
    )
    return [{ name, payloadType: Number(best.type), rtxPayloadType: rtx === undefined ? null : Number(rtx) }]
  })
}

/** 0–127 (RFC 3550, section 5.1). */
const payloadType = /^(\d|[1-9]\d|1[01]\d|12[0-7])$/

/** 0: not ours. Profile 0 of VP9 and AV1 only; of H.264 (RFC 6184) packetization mode 1 first, then constrained baseline. */
function fitnessOf(name: CodecName, fmtp = ''): number {
  if (name !== 'h264') return Number(!/\bprofile(-id)?=[1-9]/.test(fmtp))
  return 1 + 2 * Number(fmtp.includes('n-mode=1')) + Number(fmtp.includes('level-id=42e0'))
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

/** As browsers list them: in the order of `simulcast:send` (RFC 8853, section 5.1). */
const ridsOf = (attributes: readonly string[]): string[] =>
  attributes.flatMap((attribute) => /^rid:([A-Za-z0-9]{1,8}) send/.exec(attribute)?.[1] ?? []).slice(0, 3)
