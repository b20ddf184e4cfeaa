/** What a test says to its page, and what the page answers. Types only: the page is another world (DOM, no Node). */
import type { SlotFill } from '@video-room/shared/protocol/relay-signal.ts'
import type { VideoChoice } from '@video-room/shared/sdp/facts-of.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'

export interface PictureWish {
  readonly widthPx: number
  readonly heightPx: number
  readonly framesPerSecond: number
  /** The ground of the picture; one of `colors`, by which a viewer knows whose it is. */
  readonly color: Color
  /** Full of things that change: it takes all the bits that it may. */
  readonly isBusy?: boolean
  /** Bits per second for each layer, largest first, one of them or three. Absent: one layer without a bound. */
  readonly layersBps?: readonly number[]
}

export const colors = {
  red: [200, 0, 0],
  green: [0, 160, 0],
  blue: [0, 0, 220],
  grey: [128, 128, 128],
} as const
export type Color = keyof typeof colors

export interface JoinWish {
  readonly ticket: RelayTicket
  readonly picture: PictureWish | null
  readonly hasSound: boolean
  /** Of each kind. */
  readonly slots: number
  /** To send pictures with, as `preferredCodec` of the product says it. */
  readonly codec: VideoChoice
}

export interface ShownPicture {
  readonly mid: string
  readonly frames: number
  /** Of the newest frame. */
  readonly widthPx: number
  /** Since `forgetGaps`: between two shown frames, the time since the newest one included. */
  readonly longestGapMs: number
  readonly color: Color | null
}

export interface InboundFigures {
  readonly mid: string
  readonly kind: string
  readonly packets: number
  readonly packetsLost: number
  readonly retransmitted: number
  /** `video/VP8`, …; empty: not known yet. */
  readonly codec: string
  readonly framesDecoded: number
  readonly keyFramesDecoded: number
  readonly framesDropped: number
  readonly freezes: number
  readonly nacks: number
  readonly soundEnergy: number
}

export interface OutboundFigures {
  readonly mid: string
  readonly rid: string
  readonly packets: number
  readonly frames: number
  readonly widthPx: number
  readonly keyFrameRequests: number
  readonly nacks: number
}

/** Milliseconds since the page's own start; null: not yet. */
export interface Milestones {
  readonly nowMs: number
  readonly offeredMs: number
  readonly connectedMs: number | null
  readonly firstFrameMs: number | null
}

export interface PageView {
  readonly connection: string
  readonly ice: string
  readonly dtls: string
  /** Of the transport: everything that arrived, RTCP and STUN of no account. */
  readonly receivedBytes: number
  /** Over all pairs of candidates. */
  readonly stunReplies: number
  /** By which the selected pair goes: `udp`, `tcp`. */
  readonly protocol: string
  readonly uplinkBps: number
  /** Of the answer: address and port of each. */
  readonly remoteCandidates: readonly string[]
  readonly milestones: Milestones
  readonly slots: readonly SlotFill[]
  readonly pictures: readonly ShownPicture[]
  readonly inbound: readonly InboundFigures[]
  readonly outbound: readonly OutboundFigures[]
}

export interface PageCalls {
  /** Offers, answers itself, tells the facts. Resolves when the answer is set. */
  readonly join: (wish: JoinWish) => Promise<void>
  /** ICE restart with a new ticket (RL5). */
  readonly renew: (ticket: RelayTicket) => Promise<void>
  /** A signal of the relay. */
  readonly hear: (payload: string) => void
  readonly look: () => Promise<PageView>
  readonly forgetGaps: () => void
  /** Whether this browser encodes video with it. */
  readonly encodes: (mimeType: string) => boolean
  readonly leave: () => void
}

/** To the page. */
export interface PageRequest {
  readonly id: number
  readonly call: keyof PageCalls
  readonly argument: unknown
}

/** From the page: an answer, or a signal for the relay. */
export type PageMessage =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly error: string }
  | { readonly type: 'signal'; readonly payload: string }
