/**
 * Decides: whether a creator may have one more room (C6), and which rooms count.
 * Does not decide: who the creator is (creator.ts), nor anything about the room (room/).
 * Invariants: at most `quota` open rooms are granted; a room counts once, however often it is asked for; what is over
 * is forgotten, so the ledger is bounded by quota and rate.
 */
import { roomIdSchema, type RoomId } from '@video-room/shared/ids.ts'
import { entriesOf, without } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { earliest } from '@video-room/shared/machine/step.ts'
import { fullBucket, spend, type TokenBucket } from '@video-room/shared/machine/token-bucket.ts'
import * as v from 'valibot'

const timeSchema = v.pipe(v.number(), v.safeInteger())

export const ledgerRoomSchema = v.object({
  expiresAtMs: timeSchema,
  /** Null while the room counts. */
  endedAtMs: v.nullable(timeSchema),
  /** Made with an idempotency key: the same order may come again, and must not count again. */
  isRepeatable: v.boolean(),
})
export type LedgerRoom = Readonly<v.InferOutput<typeof ledgerRoomSchema>>

export const ledgerRoomsSchema = v.record(roomIdSchema, ledgerRoomSchema)

export interface Ledger {
  readonly rooms: Readonly<Record<RoomId, LedgerRoom>>
  /** Null: nothing was asked for lately. */
  readonly bucket: TokenBucket | null
}

export const emptyLedger: Ledger = { rooms: {}, bucket: null }

export interface Reservation {
  readonly roomId: RoomId
  readonly isRepeatable: boolean
  readonly expiresAtMs: number
  /** Open rooms this creator may have. */
  readonly quota: number
}

/** The ledger comes back on a refusal too: the attempt was counted. */
export type ReserveAnswer =
  | {
      readonly ok: true
      readonly ledger: Ledger
      /** The room did not count before: then its place is given back should it not come to be. */
      readonly isNew: boolean
    }
  | { readonly ok: false; readonly code: 'rate_limited' | 'creator_quota'; readonly ledger: Ledger }

const createRate = { burst: limits.createBurst, perSecond: limits.createsPerSecond }

const isOpen = (room: LedgerRoom): boolean => room.endedAtMs === null

export const openRooms = (ledger: Ledger): number =>
  Object.values<LedgerRoom>(ledger.rooms).filter(isOpen).length

/** Counts a room before it is made. */
export function reserve(before: Ledger, wish: Reservation, atMs: number): ReserveAnswer {
  const settled = settle(before, atMs)
  const rate = spend(settled.bucket ?? fullBucket(createRate, atMs), createRate, atMs)
  const ledger: Ledger = { ...settled, bucket: rate.bucket }
  if (!rate.allowed) return { ok: false, code: 'rate_limited', ledger }
  if (ledger.rooms[wish.roomId] !== undefined) return { ok: true, ledger, isNew: false }
  if (openRooms(ledger) >= wish.quota) return { ok: false, code: 'creator_quota', ledger }
  const { roomId, expiresAtMs, isRepeatable } = wish
  const room: LedgerRoom = { expiresAtMs, isRepeatable, endedAtMs: null }
  return { ok: true, ledger: { ...ledger, rooms: { ...ledger.rooms, [roomId]: room } }, isNew: true }
}

/** The room has ended before its time: it counts no more. */
export function roomEnded(ledger: Ledger, roomId: RoomId, atMs: number): Ledger {
  const room = ledger.rooms[roomId]
  if (room === undefined || !isOpen(room)) return ledger
  if (!room.isRepeatable) return released(ledger, roomId)
  return { ...ledger, rooms: { ...ledger.rooms, [roomId]: { ...room, endedAtMs: atMs } } }
}

/** The room did not come to be. */
export const released = (ledger: Ledger, roomId: RoomId): Ledger =>
  ledger.rooms[roomId] === undefined ? ledger : { ...ledger, rooms: without(ledger.rooms, roomId) }

/** When this entry has nothing to say any more: the room's tombstone is gone as well (MD6). */
const forgetAtMs = (room: LedgerRoom): number => (room.endedAtMs ?? room.expiresAtMs) + limits.roomTombstoneMs

/** Brings the ledger up to `atMs`: rooms end by themselves, whether or not they said so. */
export function settle(ledger: Ledger, atMs: number): Ledger {
  const rooms = entriesOf<RoomId, LedgerRoom>(ledger.rooms)
  if (!rooms.some(([, room]) => isDue(room, atMs))) return ledger
  const kept = rooms.flatMap(([id, room]) => {
    if (atMs >= forgetAtMs(room)) return []
    if (!isOpen(room) || atMs < room.expiresAtMs) return [[id, room] as const]
    return room.isRepeatable ? [[id, { ...room, endedAtMs: room.expiresAtMs }] as const] : []
  })
  return { ...ledger, rooms: Object.fromEntries(kept) }
}

const isDue = (room: LedgerRoom, atMs: number): boolean =>
  atMs >= (isOpen(room) ? room.expiresAtMs : forgetAtMs(room))

/** When `settle` next changes something, or null when nothing is listed. */
export const ledgerDeadline = (ledger: Ledger): number | null =>
  earliest(
    ...Object.values<LedgerRoom>(ledger.rooms).map((room) =>
      isOpen(room) ? room.expiresAtMs : forgetAtMs(room),
    ),
  )

/** When a creator with too many rooms may have a place again: the next room that ends, or a while: one may be ended. */
export const quotaRetryMs = (ledger: Ledger, atMs: number): number =>
  Math.min(limits.creatorQuotaRetryMs, ...openRoomWaits(ledger, atMs))

const openRoomWaits = (ledger: Ledger, atMs: number): readonly number[] =>
  Object.values<LedgerRoom>(ledger.rooms).flatMap((room) =>
    isOpen(room) ? [Math.max(0, room.expiresAtMs - atMs)] : [],
  )
