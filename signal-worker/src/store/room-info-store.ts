/**
 * Decides: what a place that keeps room info must be able to do. One handle is one room.
 * Does not decide: where it is kept (embedded.ts: the room's own SQLite), nor what a grant leads to (room/).
 * Invariants: `admit` checks and takes in one step (HT4), whoever else asks at the same moment; expected failures are values.
 */
import type { OccupantId, SecretHash } from '@video-room/shared/ids.ts'
import type { Result } from '@video-room/shared/lang.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { RoomRecord } from './record.ts'

/** Nothing could be read or written; the caller may try again. Running calls go on without it. */
export type StoreDown = 'room_store_unavailable'

export interface CreateOrder {
  readonly settings: RoomSettings
  /** Epoch milliseconds. A repeated order keeps the time of the first. */
  readonly expiresAtMs: number
  readonly lifetimeMs: number
  readonly hostTokenHash: SecretHash
}

export interface AdmitOrder {
  readonly occupantId: OccupantId
  readonly isHost: boolean
  readonly atMs: number
  /** Until when the seat waits for a socket. */
  readonly graceEndsAtMs: number
}

/** `room_locked`: only for a seat that is new and not the host's (LO1). */
export type AdmitRefusal = 'room_not_found' | 'room_full' | 'room_locked' | 'room_ended'

export interface RoomInfoStore {
  /** Makes the room, or finds the one that the same order made before; another order is a mismatch (HT2). */
  create(order: CreateOrder): Promise<Result<RoomRecord, 'idempotency_mismatch' | StoreDown>>
  /** Takes a seat, or holds one that is taken already for a while longer. */
  admit(order: AdmitOrder): Promise<Result<RoomRecord, AdmitRefusal | StoreDown>>
  /** Ignored for an occupant who is not listed. `graceEndsAtMs` null = as long as the socket lives. */
  setPresence(presence: {
    readonly occupantId: OccupantId
    readonly isPresent: boolean
    readonly graceEndsAtMs: number | null
  }): Promise<Result<null, StoreDown>>
  /** What the host or the creator changed; whoever asks for a seat next is judged by it (MD11). */
  setSettings(settings: RoomSettings): Promise<Result<null, StoreDown>>
  /** Swaps the roles of two listed seats in one step; ignored unless `from` is the host's and `to` is listed (MD8). */
  handOver(order: {
    readonly from: OccupantId
    readonly to: OccupantId
  }): Promise<Result<null, StoreDown>>
  /** A participant's seat becomes the host's; ignored unless it is listed and no host is (MD9). */
  promote(occupantId: OccupantId): Promise<Result<null, StoreDown>>
  /**
   * Writes the whole truth of the room's object, whether the record is there, behind or lost: after an outage. A record of
   * another schema is left alone (`room_store_unavailable`).
   */
  reassert(record: RoomRecord): Promise<Result<null, StoreDown>>
  /** Gives the seat up, by whomever: the occupant, the host, or the end of the grace. */
  leave(occupantId: OccupantId): Promise<Result<null, StoreDown>>
  /** Nobody is listed any more and nobody gets in. */
  end(endedAtMs: number): Promise<Result<null, StoreDown>>
  /** Frees the seats whose time is over, and ends the room when its own is. */
  settle(atMs: number): Promise<Result<null, StoreDown>>
  read(): Promise<Result<RoomRecord, 'room_not_found' | StoreDown>>
}
