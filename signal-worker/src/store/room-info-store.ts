/**
 * Decides: what a place that keeps room info must be able to do. One handle is one room.
 * Does not decide: where it is kept (embedded.ts: the room's own SQLite; redis.ts), nor what a grant leads to (room/).
 * Invariants: `admit` checks and takes in one step (HT4), whoever else asks at the same moment; times are the caller's
 * clock, whatever clock the store keeps; expected failures are values; every change may be repeated without harm.
 */
import type { OccupantId, SecretHash } from '@video-room/shared/ids.ts'
import type { Result } from '@video-room/shared/lang.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { RoomRecord } from './record.ts'

/**
 * Nothing could be read or written, or a change was for a room that the store has lost (`reassert` brings it back). The
 * caller may try again. Running calls go on without it.
 */
export type StoreDown = 'room_store_unavailable'

export interface CreateOrder {
  readonly settings: RoomSettings
  /** Epoch milliseconds. A repeated order keeps the time of the first. */
  readonly expiresAtMs: number
  readonly lifetimeMs: number
  readonly hostTokenHash: SecretHash
  /** Who made the room, as the creator's proof names them; never the proof itself. */
  readonly creatorId: string | null
}

export interface AdmitOrder {
  readonly occupantId: OccupantId
  readonly isHost: boolean
  /** Of the token that the join brought, or of the knock that the host admits; null when there is none. */
  readonly tokenHash: SecretHash | null
  readonly atMs: number
  /** Until when the seat waits for a socket. */
  readonly graceEndsAtMs: number
}

export type BarReason = 'removed' | 'denied'

/** `room_locked`: only for a seat that is new and not the host's (LO1). `removed`, `denied`: the token is barred. */
export type AdmitRefusal = 'room_not_found' | 'room_full' | 'room_locked' | 'room_ended' | BarReason

export interface Presence {
  readonly occupantId: OccupantId
  readonly isPresent: boolean
  /** Null = as long as the socket lives. */
  readonly graceEndsAtMs: number | null
}

export interface BarOrder {
  readonly reason: BarReason
  /** Loses its seat in the same step; null: who never had one. */
  readonly occupantId: OccupantId | null
  readonly tokenHashes: readonly SecretHash[]
}

/** What the room's object knows of itself. */
export type LiveRecord = Pick<
  RoomRecord,
  'settings' | 'status' | 'expiresAtMs' | 'endedAtMs' | 'lifetimeMs' | 'hostTokenHash' | 'creatorId' | 'seats'
>

export interface RoomInfoStore {
  /** Makes the room, or finds the one that the same order made before; another order is a mismatch (HT2). */
  create(order: CreateOrder): Promise<Result<RoomRecord, 'idempotency_mismatch' | StoreDown>>
  /** Takes a seat, or holds one that is taken already for a while longer. */
  admit(order: AdmitOrder): Promise<Result<RoomRecord, AdmitRefusal | StoreDown>>
  /** Ignored for an occupant who is not listed. */
  setPresence(presence: Presence): Promise<Result<null, StoreDown>>
  /** What the host or the creator changed; whoever asks for a seat next is judged by it (MD11). */
  setSettings(settings: RoomSettings): Promise<Result<null, StoreDown>>
  /** Swaps the roles of two listed seats in one step; ignored unless `from` is the host's and `to` is listed (MD8). */
  handOver(order: { readonly from: OccupantId; readonly to: OccupantId }): Promise<Result<null, StoreDown>>
  /** A participant's seat becomes the host's; ignored unless it is listed and no host is (MD9). */
  promote(occupantId: OccupantId): Promise<Result<null, StoreDown>>
  /** Gives the seat up, by whomever: the occupant, the host, or the end of the grace. */
  leave(occupantId: OccupantId): Promise<Result<null, StoreDown>>
  /** Frees the seat and refuses these tokens from now on, in one step (MD5, KN3). */
  bar(order: BarOrder): Promise<Result<null, StoreDown>>
  /** Nobody is listed any more and nobody gets in. Ending twice keeps the first time. */
  end(endedAtMs: number): Promise<Result<null, StoreDown>>
  /** Frees the seats whose time is over, and ends the room when its own is. */
  settle(atMs: number): Promise<Result<null, StoreDown>>
  read(): Promise<Result<RoomRecord, 'room_not_found' | StoreDown>>
  /**
   * Writes the whole truth of the room's object, whether the record is there, behind or lost: after an outage. A record of
   * another schema is left alone (`room_store_unavailable`). An ended room stays ended, and bars stay.
   */
  reassert(record: LiveRecord): Promise<Result<null, StoreDown>>
}
