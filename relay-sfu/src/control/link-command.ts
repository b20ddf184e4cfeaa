/**
 * Decides: what the control core orders for one link: the shapes of media/boundary.ts with links named by their ids.
 * Does not decide: when (relay-room.ts), nor how it is done (io/).
 * Invariants: plain data.
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { TrunkIncoming } from '../media/boundary.ts'

/** A source that another link sends; of a trunk, which has many of each, by its `mid`. */
export interface LinkPublication {
  readonly linkId: LinkId
  readonly source: Source
  readonly mid?: string
}

/** A publication that goes over a trunk; null: it is not here now. */
export interface LinkOutgoing {
  readonly mid: string
  readonly source: Source
  readonly publication: LinkPublication | null
}

export type LinkCommand =
  | { readonly type: 'set-sections'; readonly sections: readonly SectionFacts[] }
  | { readonly type: 'set-admitted'; readonly isAdmitted: boolean }
  | { readonly type: 'set-forwarded'; readonly source: Source; readonly isForwarded: boolean }
  | {
      readonly type: 'set-slot'
      readonly slot: number
      readonly publication: LinkPublication | null
    }
  | { readonly type: 'set-want'; readonly slot: number; readonly widthPx: number }
  /** All that a trunk carries now, both ways. */
  | {
      readonly type: 'set-trunk'
      readonly incoming: readonly TrunkIncoming[]
      readonly outgoing: readonly LinkOutgoing[]
    }
