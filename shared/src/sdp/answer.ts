/**
 * Decides: the relay's answer to an offer, which the offering side makes itself from its ticket (RL6).
 * Does not decide: what is accepted (facts-of.ts), nor anything about media after it.
 * Invariants: the same m-lines in the same order as the offer (RFC 9429, section 5.3.1); says what the facts of the same
 * offer say; contains nothing that the offer, the ticket or the index of a section does not give.
 */
import { ok, type Result } from '../lang.ts'
import type { RelayTicket } from '../ticket.ts'
import { extensionNames, type SectionFacts, slotSsrc } from './facts.ts'
import { extensionUris, factsOfParsed, type VideoChoice } from './facts-of.ts'
import { type OfferError, type OfferSection, parseOffer } from './offer.ts'

export function answerFor(
  text: string,
  ticket: RelayTicket,
  choice: VideoChoice,
): Result<string, OfferError> {
  const offer = parseOffer(text)
  if (!offer.ok) return offer
  const { version, sections } = offer.value
  const facts = factsOfParsed(offer.value, choice).sections
  const accepted = facts.flatMap(({ direction, mid }) => (direction === 'refused' ? [] : [mid]))
  const transport = transportLines(ticket)
  const slots = { audio: 0, video: 0 }
  /** The k-th slot of each kind in one stream: browsers play what is in one stream in time (RL7). */
  const streamOf = ({ direction, kind }: SectionFacts): string =>
    direction === 'receive' ? `slots${(slots[kind] += 1)}` : ''
  const lines = [
    'v=0',
    `o=- 1 ${version} IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    `a=group:${['BUNDLE', ...accepted].join(' ')}`,
    'a=ice-lite',
    'a=msid-semantic: WMS *',
    ...sections.flatMap((section, index) => {
      const its = facts[index]
      return its === undefined || its.direction === 'refused'
        ? refusal(section)
        : acceptance(section, its, index, streamOf(its), transport)
    }),
  ]
  return ok(`${lines.join('\r\n')}\r\n`)
}

/** RFC 9429, section 5.3.1: port 0, and out of the bundle. */
const refusal = ({ kind, protocol, formats, mid }: OfferSection): readonly string[] => [
  `m=${kind} 0 ${protocol} ${formats[0] ?? 0}`,
  'c=IN IP4 0.0.0.0',
  `a=mid:${mid}`,
  'a=inactive',
]

function acceptance(
  { attributes }: OfferSection,
  { mid, kind, direction, codecs, extensions, rids }: SectionFacts,
  index: number,
  stream: string,
  transport: readonly string[],
): readonly string[] {
  const isSlot = direction === 'receive'
  // RFC 4585 and RFC 5104. A relay acknowledges what it receives, and reads the REMB of what it sends (see slotExtensions).
  const isNumbered = extensions['transport-wide-cc'] !== undefined
  const estimate = isSlot ? ['goog-remb'] : isNumbered ? ['transport-cc'] : []
  const formats = codecs.flatMap(({ payloadType, rtxPayloadType }) =>
    rtxPayloadType === null ? [payloadType] : [payloadType, rtxPayloadType],
  )
  const ssrc = slotSsrc(index)
  const ssrcs = kind === 'video' ? [ssrc, ssrc + 1] : [ssrc]
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${formats.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    isSlot ? 'a=sendonly' : 'a=recvonly',
    ...transport,
    ...extensionNames.flatMap((name) =>
      extensions[name] === undefined ? [] : [`a=extmap:${extensions[name]} ${extensionUris[name]}`],
    ),
    ...formats.flatMap((format) =>
      attributes
        .filter((line) => line.startsWith(`rtpmap:${format} `) || line.startsWith(`fmtp:${format} `))
        .map((line) => `a=${line}`),
    ),
    ...codecs.flatMap(({ payloadType }) =>
      ['nack', 'nack pli', 'ccm fir', ...estimate].flatMap((name) =>
        [payloadType, '*'].some((format) => attributes.includes(`rtcp-fb:${format} ${name}`))
          ? [`a=rtcp-fb:${payloadType} ${name}`]
          : [],
      ),
    ),
    ...rids.map((rid) => `a=rid:${rid} recv`),
    ...(rids.length === 0 ? [] : [`a=simulcast:recv ${rids.join(';')}`]),
    ...(isSlot
      ? [
          `a=msid:${stream} slot${mid}`,
          ...(kind === 'video' ? [`a=ssrc-group:FID ${ssrcs.join(' ')}`] : []),
          ...ssrcs.map((each) => `a=ssrc:${each} cname:relay`),
        ]
      : []),
  ]
}

/** The same in every section. The relay is an ICE-lite end (RFC 8445, section 2.5) and waits for the ClientHello. */
function transportLines({ iceUfrag, icePwd, fingerprint, candidates }: RelayTicket): readonly string[] {
  return [
    'a=rtcp-mux',
    'a=rtcp-rsize',
    `a=ice-ufrag:${iceUfrag}`,
    `a=ice-pwd:${icePwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:passive',
    ...candidates.map(({ protocol, address, port }, index) => {
      const isTcp = protocol === 'tcp'
      // RFC 8445, section 5.1.2.1: type, then order. TCP only where no UDP passes (RFC 6544, section 4.2).
      const priority = (isTcp ? 90 : 126) * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255
      const end = isTcp ? ' tcptype passive' : ''
      return `a=candidate:${index + 1} 1 ${protocol} ${priority} ${address} ${port} typ host${end}`
    }),
    'a=end-of-candidates',
  ]
}
