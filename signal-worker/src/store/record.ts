/**
 * Decides: how room info changes: who gets a seat, when one is free again (A1, A2, HT4).
 * Does not decide: where it is kept, nor anything about sockets and media.
 * Invariants: at most one host and `maxParticipants` others are listed; present is never more than listed (D2).
 */
import type { OccupantId, SecretHash } from '@video-room/shared/ids.ts'
import { fail, ok, without, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { AdmitOrder, AdmitRefusal, CreateOrder } from './room-info-store.ts'

export interface ListedSeat {
  readonly isHost: boolean
  readonly isPresent: boolean
  /** When the seat is free unless a socket comes; null while there is one. */
  readonly graceEndsAtMs: number | null
}

export interface RoomRecord {
  readonly settings: RoomSettings
  readonly status: 'open' | 'ended'
  readonly expiresAtMs: number
  readonly lifetimeMs: number
  readonly hostTokenHash: SecretHash
  readonly seats: Readonly<Record<OccupantId, ListedSeat>>
}

/** Answers a repeated order with the room it made; null when the order is another one (HT2). */
export function createdAgain(existing: RoomRecord, order: CreateOrder): RoomRecord | null {
  const isSame =
    existing.hostTokenHash === order.hostTokenHash &&
    existing.lifetimeMs === order.lifetimeMs &&
    existing.settings.maxParticipants === order.settings.maxParticipants &&
    existing.settings.allowNoMedia === order.settings.allowNoMedia
  return isSame ? existing : null
}

export const createRecord = (order: CreateOrder): RoomRecord => ({
  settings: order.settings,
  status: 'open',
  expiresAtMs: order.expiresAtMs,
  lifetimeMs: order.lifetimeMs,
  hostTokenHash: order.hostTokenHash,
  seats: {},
})

/** A taken seat is never refused; a new one needs a free one of its kind. */
export function admit(record: RoomRecord, order: AdmitOrder): Result<RoomRecord, AdmitRefusal> {
  const settled = settle(record, order.atMs)
  if (settled.status === 'ended') return fail('room_ended')
  const seat = settled.seats[order.occupantId]
  if (seat === undefined && !hasRoom(settled, order.isHost)) return fail('room_full')
  const held: ListedSeat =
    seat === undefined
      ? { isHost: order.isHost, isPresent: false, graceEndsAtMs: order.graceEndsAtMs }
      : seat.isPresent
        ? seat
        : { ...seat, graceEndsAtMs: order.graceEndsAtMs }
  return ok({ ...settled, seats: { ...settled.seats, [order.occupantId]: held } })
}

function hasRoom(record: RoomRecord, isHost: boolean): boolean {
  const taken = Object.values<ListedSeat>(record.seats).filter((seat) => seat.isHost === isHost).length
  return taken < (isHost ? 1 : record.settings.maxParticipants)
}

export function setPresence(
  record: RoomRecord,
  presence: {
    readonly occupantId: OccupantId
    readonly isPresent: boolean
    readonly graceEndsAtMs: number | null
  },
): RoomRecord {
  const { occupantId, isPresent, graceEndsAtMs } = presence
  const seat = record.seats[occupantId]
  if (seat === undefined) return record
  return { ...record, seats: { ...record.seats, [occupantId]: { ...seat, isPresent, graceEndsAtMs } } }
}

export const leave = (record: RoomRecord, occupantId: OccupantId): RoomRecord =>
  record.seats[occupantId] === undefined ? record : { ...record, seats: without(record.seats, occupantId) }

export const end = (record: RoomRecord): RoomRecord => ({ ...record, status: 'ended', seats: {} })

export function settle(record: RoomRecord, atMs: number): RoomRecord {
  if (record.status === 'open' && atMs >= record.expiresAtMs) return end(record)
  const over = Object.entries<ListedSeat>(record.seats).filter(
    ([, seat]) => seat.graceEndsAtMs !== null && atMs >= seat.graceEndsAtMs,
  )
  if (over.length === 0) return record
  const gone = new Set(over.map(([id]) => id))
  const kept = Object.entries<ListedSeat>(record.seats).filter(([id]) => !gone.has(id))
  return { ...record, seats: Object.fromEntries(kept) }
}

/** When a full room may have a seat again: the next grace that ends, or after a while, when someone may have left. */
export function retryAfterMs(record: RoomRecord, atMs: number): number {
  const waits = Object.values<ListedSeat>(record.seats).flatMap((seat) =>
    seat.isHost || seat.graceEndsAtMs === null ? [] : [Math.max(0, seat.graceEndsAtMs - atMs)],
  )
  return Math.min(limits.roomFullRetryMs, ...waits)
}
