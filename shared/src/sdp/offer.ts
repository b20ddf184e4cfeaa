/**
 * Decides: how the text of an SDP offer (RFC 8866, RFC 9429) falls into the parts that an answer depends on.
 * Does not decide: which of them are accepted (facts-of.ts).
 * Invariants: never throws, whatever the text; unknown lines are kept as they are and mean nothing; size and number of
 * sections are bounded, and every section has a mid of its own.
 */
import { fail, ok, type Result } from '../lang.ts'
import { limits } from '../limits.ts'

/** Also of one that is larger than any browser makes. */
export type OfferError = 'offer_malformed'

/** What belongs to one m-line (RFC 8866, section 5.14). */
export interface OfferSection {
  readonly kind: string
  readonly protocol: string
  /** Payload types, where the protocol is RTP. */
  readonly formats: readonly string[]
  readonly mid: string
  /** Port 0, which means nothing where `bundle-only` says so (RFC 9143, section 6). */
  readonly isOff: boolean
  /** In their order, without `a=`. */
  readonly attributes: readonly string[]
}

export interface Offer {
  /** `sess-version` of the o-line: it grows with every offer of a connection, and the answer follows it. */
  readonly version: string
  readonly fingerprint: string
  readonly sections: readonly OfferSection[]
}

export function parseOffer(text: string): Result<Offer, OfferError> {
  const [session = '', ...media] = text.slice(0, limits.messageMaxBytes).split(/^(?=m=)/m)
  const version = /^o=\S+ \S+ (\d+)/m.exec(session)?.[1]
  // One transport carries everything (BUNDLE): any section's fingerprint is the fingerprint.
  const fingerprint = /^a=fingerprint:sha-256 ([\dA-F]{2}(:[\dA-F]{2}){31})\s*$/im.exec(text)?.[1]
  const sections = media.flatMap(sectionOf)
  const mids = new Set(sections.map(({ mid }) => mid))
  const isWhole = text.length <= limits.messageMaxBytes && media.length <= limits.relaySectionsMax
  const isNamed = mids.size > 0 && mids.size === media.length
  if (!isWhole || !isNamed || version === undefined || fingerprint === undefined)
    return fail('offer_malformed')
  return ok({ version, fingerprint: fingerprint.toUpperCase(), sections })
}

/** Nothing when there is no mid to name it by. */
function sectionOf(text: string): readonly OfferSection[] {
  const [, kind, port, protocol, formats] = /^m=(\S+) (\S+) (\S+) +(.*)/.exec(text) ?? []
  const mid = /^a=mid:(\S{1,16})\s*$/m.exec(text)?.[1]
  if (kind === undefined || protocol === undefined || formats === undefined || mid === undefined) return []
  const attributes = [...text.matchAll(/^a=(.*?)\s*$/gm)].map(([, attribute = '']) => attribute)
  const isOff = port === '0' && !attributes.includes('bundle-only')
  return [{ kind, protocol, formats: formats.trim().split(/\s+/), mid, isOff, attributes }]
}
