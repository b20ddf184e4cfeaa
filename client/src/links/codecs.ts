/**
 * Decides: the order in which video codecs are offered and answered (P2).
 * Does not decide: which codecs there are, nor whether the browser lets us choose (mesh-link.ts, P3).
 * Invariants: nothing is added and nothing is left out: RTX, RED and FEC stay, and so does every codec of the other end.
 */
export type PreferredCodec = 'auto' | 'vp8' | 'vp9' | 'h264' | 'av1'

/** The members of RTCRtpCodec that the order depends on. */
export interface CodecFacts {
  readonly mimeType: string
  readonly sdpFmtpLine?: string
}

/**
 * Constrained baseline with packetization mode 1 (RFC 6184 section 8.1): what hardware encoders do well. The first byte
 * 42 with constraint bits e0 names it; 42 00 is plain baseline.
 */
const isConstrainedBaseline = ({ sdpFmtpLine = '' }: CodecFacts): boolean =>
  /profile-level-id=42e0/i.test(sdpFmtpLine) && /packetization-mode=1/.test(sdpFmtpLine)

const isNamed = (codec: CodecFacts, name: string): boolean => codec.mimeType.toLowerCase() === `video/${name}`

/**
 * Ranks: smaller comes first. On Android the VP8 hardware encoder corrupts frames whose size is not a multiple of 16
 * (libwebrtc bug 11337, Pixel 3 and others), and browsers scale down as they like: H.264 first, VP8 as second choice.
 */
function rank(codec: CodecFacts, preferred: PreferredCodec, isAndroid: boolean): number {
  const first = preferred === 'auto' ? 'h264' : preferred
  if (isNamed(codec, first)) return first === 'h264' && !isConstrainedBaseline(codec) ? 1 : 0
  return preferred === 'auto' && isAndroid && isNamed(codec, 'vp8') ? 0.5 : 2
}

/** The codecs in the order wished for, or null when the browser's own order stands. */
export function orderCodecs<Codec extends CodecFacts>(
  codecs: readonly Codec[],
  preferred: PreferredCodec,
  isAndroid: boolean,
): readonly Codec[] | null {
  if (preferred === 'auto' && !isAndroid) return null
  const ranked = codecs.map((codec, index) => ({ codec, index, rank: rank(codec, preferred, isAndroid) }))
  if (ranked.every((entry) => entry.rank === 2)) return null
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index)
  return ranked.map(({ codec }) => codec)
}
