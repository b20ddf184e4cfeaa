/** What a media thread has counted since its start (see `MediaReport`). */
export class Counters {
  receivedPackets = 0
  receivedBytes = 0
  forwardedPackets = 0
  forwardedBytes = 0
  retransmittedPackets = 0
  sentNacks = 0
  sentKeyFrameRequests = 0
  readonly dropped = new Map<DropReason, number>()

  drop(reason: DropReason): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
  }
}

export type DropReason =
  | 'unknown-link'
  | 'no-keys'
  | 'malformed'
  | 'bad-tag'
  | 'replay'
  | 'not-admitted'
  | 'over-bitrate'
  | 'too-many-ssrcs'
  | 'unknown-ssrc'
  | 'unknown-payload-type'
  | 'duplicate'
  | 'too-old'
  | 'strange-sequence'
  | 'padding'
  | 'muted'
  | 'too-large'
  | 'not-protected'
