/**
 * Decides: what crosses between the control thread and a media thread, and nothing else does: keys, addresses and the map
 * of sections and slots in; STUN, DTLS and rare events out.
 * Does not decide: how it crosses (io/media-thread.ts; in tests both stand in one thread).
 * Invariants: plain data that `postMessage` can copy; nothing here is sent per media packet.
 */
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { Source } from '@video-room/shared/source.ts'

/** A small integer that names a link between the two threads; used again after `link-closed` came back. */
export type LinkIndex = number

/** Where a datagram came from or goes to. `socket` says by which of the relay's sockets (TCP connections are sockets, too). */
export interface RemoteAddress {
  readonly socket: number
  readonly address: string
  readonly port: number
}

export type SrtpProfile = 'aead-aes-128-gcm' | 'aes128-cm-hmac-sha1-80'

/** Master keys and salts of RFC 5764, section 4.2: local = what the relay encrypts with. */
export interface SrtpKeys {
  readonly profile: SrtpProfile
  readonly localKey: Uint8Array
  readonly localSalt: Uint8Array
  readonly remoteKey: Uint8Array
  readonly remoteSalt: Uint8Array
}

/** Which publication a slot carries: a source that another link sends. */
export interface PublicationRef {
  readonly link: LinkIndex
  readonly source: Source
  /** On a trunk, which carries many of a source: its section (trunk-profile.ts). */
  readonly mid?: string
}

/** A publication that comes over a trunk. */
export interface TrunkIncoming {
  readonly mid: string
  readonly source: Source
  /** As of `set-forwarded`. */
  readonly isForwarded: boolean
}

/** A publication that goes over a trunk, each layer that is wanted at the other end once. */
export interface TrunkOutgoing {
  readonly mid: string
  readonly source: Source
  /** Null: it is not here now. */
  readonly publication: PublicationRef | null
}

/** Whose microphone it is: the link, and on a trunk the section. */
export interface Speaker {
  readonly link: LinkIndex
  readonly mid?: string
}

export type MediaCommand =
  /** `isTrunk`: the other end is a relay, and `set-trunk` takes the place of `set-sections`, `set-slot` and `set-want`. */
  | { readonly type: 'open-link'; readonly link: LinkIndex; readonly isTrunk?: true }
  | { readonly type: 'close-link'; readonly link: LinkIndex }
  /** Datagrams from here belong to this link: a STUN request from it was verified. Many addresses may. */
  | { readonly type: 'add-address'; readonly link: LinkIndex; readonly from: RemoteAddress }
  /** Packets for the link go there from now on. */
  | { readonly type: 'set-address'; readonly link: LinkIndex; readonly to: RemoteAddress }
  | { readonly type: 'set-keys'; readonly link: LinkIndex; readonly keys: SrtpKeys }
  /** The newest facts (shared/sdp/facts.ts), in m-line order; known sections keep their state. */
  | {
      readonly type: 'set-sections'
      readonly link: LinkIndex
      readonly sections: readonly SectionFacts[]
    }
  /** Media of this link is accepted and forwarded to it; false until identity was proved, and after an eviction. */
  | { readonly type: 'set-admitted'; readonly link: LinkIndex; readonly isAdmitted: boolean }
  /** False: packets of this source are dropped at once (H3); true again: video resumes on a key frame. */
  | {
      readonly type: 'set-forwarded'
      readonly link: LinkIndex
      readonly source: Source
      readonly isForwarded: boolean
    }
  /**
   * Points a slot (by the index of its m-line) at a publication, or empties it. `isSuccessor`: it is the same occupant's source,
   * which comes another way now; what the slot shows goes on until the new way brings a key frame.
   */
  | {
      readonly type: 'set-slot'
      readonly link: LinkIndex
      readonly slot: number
      readonly publication: PublicationRef | null
      readonly isSuccessor?: true
    }
  /** What the viewer needs of a video slot: device pixels across; 0 = nobody looks, nothing is sent. */
  | {
      readonly type: 'set-want'
      readonly link: LinkIndex
      readonly slot: number
      readonly widthPx: number
    }
  /** All that a trunk carries now, both ways; it replaces the earlier lists, and what is in both keeps its state. */
  | {
      readonly type: 'set-trunk'
      readonly link: LinkIndex
      readonly incoming: readonly TrunkIncoming[]
      readonly outgoing: readonly TrunkOutgoing[]
    }
  /** An answer of STUN or a DTLS flight. */
  | { readonly type: 'send'; readonly to: RemoteAddress; readonly bytes: Uint8Array }
  /** Answered by one `report`. */
  | { readonly type: 'ask-report' }
  | { readonly type: 'stop' }

export type MediaEvent =
  /** Sockets are bound; in the order of the configuration. */
  | {
      readonly type: 'bound'
      readonly ports: readonly { readonly protocol: 'udp' | 'tcp'; readonly port: number }[]
    }
  | {
      readonly type: 'datagram'
      readonly kind: 'stun' | 'dtls'
      /** Null: nobody's address yet. */
      readonly link: LinkIndex | null
      readonly from: RemoteAddress
      readonly bytes: Uint8Array
    }
  /** Something authentic came from this link; at most once a second per link. */
  | { readonly type: 'heard'; readonly link: LinkIndex }
  /** Loudest first. Only when the order changed. */
  | { readonly type: 'speakers'; readonly speakers: readonly Speaker[] }
  /** The link sent more than it may (bitrate, SSRCs); it is closed by the control thread. */
  | { readonly type: 'misbehaved'; readonly link: LinkIndex; readonly why: 'bitrate' | 'ssrcs' }
  /** No state of the link is left; its index may name another one. */
  | { readonly type: 'link-closed'; readonly link: LinkIndex }
  | { readonly type: 'report'; readonly report: MediaReport }

/** Counters since the start, and what there is now. For /metrics, logs, tests and the benchmark. */
export interface MediaReport {
  readonly links: number
  readonly publications: number
  readonly filledSlots: number
  readonly receivedPackets: number
  readonly receivedBytes: number
  readonly forwardedPackets: number
  readonly forwardedBytes: number
  /** By reason: `unknown-address`, `bad-tag`, `replay`, `not-admitted`, `muted`, `malformed`, `unknown-ssrc`, … */
  readonly droppedPackets: Readonly<Record<string, number>>
  readonly retransmittedPackets: number
  readonly sentNacks: number
  readonly sentKeyFrameRequests: number
  readonly byLink: readonly {
    readonly link: LinkIndex
    readonly receivedPackets: number
    readonly forwardedPackets: number
    readonly rttMs: number | null
    readonly lossShare: number
    /** Of a trunk, from what its other end reports; null: nothing was ever in the way, or it is no trunk. */
    readonly estimateBps: number | null
  }[]
}
