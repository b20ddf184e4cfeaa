/**
 * Decides: how room info changes: who gets a seat, when one is free again (A1, A2, HT4, KN1, LO1).
 * Does not decide: where it is kept, nor anything about sockets and media.
 * Invariants: at most one host is listed, and an admission never lists more than `maxParticipants` others; present is
 * never more than listed (D2); a barred token gets nothing.
 */
import { secretHashSchema, type OccupantId, type SecretHash } from '@video-room/shared/ids.ts'
import { entriesOf, fail, ok, without, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { roomSettingsSchema, type RoomSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import type {
  AdmitOrder,
  AdmitRefusal,
  BarOrder,
  BarReason,
  CreateOrder,
  LiveRecord,
  Presence,
} from './room-info-store.ts'

const timeSchema = v.pipe(v.number(), v.safeInteger())

export const listedSeatSchema = v.object({
  isHost: v.boolean(),
  isPresent: v.boolean(),
  /** When the seat is free unless a socket comes; null while there is one. */
  graceEndsAtMs: v.nullable(timeSchema),
})
export type ListedSeat = Readonly<v.InferOutput<typeof listedSeatSchema>>

export const barredTokenSchema = v.object({
  tokenHash: secretHashSchema,
  reason: v.picklist(['removed', 'denied']),
})
export type BarredToken = Readonly<v.InferOutput<typeof barredTokenSchema>>

/** All but the seats and the bars, which grow. */
export const roomFactsSchema = v.object({
  settings: roomSettingsSchema,
  /** As ordered: a repeated order is compared with these, whatever the host has changed since (HT2). */
  createdSettings: roomSettingsSchema,
  status: v.picklist(['open', 'ended']),
  /** Epoch milliseconds. */
  createdAtMs: timeSchema,
  expiresAtMs: timeSchema,
  endedAtMs: v.nullable(timeSchema),
  lifetimeMs: timeSchema,
  hostTokenHash: secretHashSchema,
  creatorId: v.optional(v.nullable(v.string()), null),
})
export type RoomFacts = Readonly<v.InferOutput<typeof roomFactsSchema>>

export interface RoomRecord extends RoomFacts {
  readonly seats: Readonly<Record<OccupantId, ListedSeat>>
  /** Oldest first, at most `limits.removedTokensMax`. */
  readonly barred: readonly BarredToken[]
}

/** Answers a repeated order with the room it made; null when the order is another one (HT2). */
export function createdAgain(existing: RoomRecord, order: CreateOrder): RoomRecord | null {
  const isSame =
    existing.hostTokenHash === order.hostTokenHash &&
    existing.lifetimeMs === order.lifetimeMs &&
    entriesOf(order.settings).every(([field, value]) => existing.createdSettings[field] === value)
  return isSame ? existing : null
}

export const createRecord = (order: CreateOrder): RoomRecord => ({
  settings: order.settings,
  createdSettings: order.settings,
  status: 'open',
  createdAtMs: order.expiresAtMs - order.lifetimeMs,
  expiresAtMs: order.expiresAtMs,
  endedAtMs: null,
  lifetimeMs: order.lifetimeMs,
  hostTokenHash: order.hostTokenHash,
  creatorId: order.creatorId,
  seats: {},
  barred: [],
})

/** A taken seat is never refused; a new one needs an open door and a free seat of its kind. */
export function admit(record: RoomRecord, order: AdmitOrder): Result<RoomRecord, AdmitRefusal> {
  const settled = settle(record, order.atMs)
  if (settled.status === 'ended') return fail('room_ended')
  const barred = barOf(settled, order.tokenHash)
  if (barred !== null) return fail(barred)
  const seat = settled.seats[order.occupantId]
  const refusal = seat === undefined ? refusalOfNewcomer(settled, order.isHost) : null
  if (refusal !== null) return fail(refusal)
  const held: ListedSeat =
    seat === undefined
      ? { isHost: order.isHost, isPresent: false, graceEndsAtMs: order.graceEndsAtMs }
      : seat.isPresent
        ? seat
        : { ...seat, graceEndsAtMs: order.graceEndsAtMs }
  return ok({ ...settled, seats: { ...settled.seats, [order.occupantId]: held } })
}

function refusalOfNewcomer(record: RoomRecord, isHost: boolean): AdmitRefusal | null {
  if (!isHost && record.settings.isLocked) return 'room_locked'
  const taken = Object.values<ListedSeat>(record.seats).filter((seat) => seat.isHost === isHost).length
  return taken < (isHost ? 1 : record.settings.maxParticipants) ? null : 'room_full'
}

const barOf = (record: RoomRecord, tokenHash: SecretHash | null): BarReason | null =>
  record.barred.find((one) => one.tokenHash === tokenHash)?.reason ?? null

export function setPresence(record: RoomRecord, presence: Presence): RoomRecord {
  const { occupantId, isPresent, graceEndsAtMs } = presence
  const seat = record.seats[occupantId]
  if (seat === undefined) return record
  return withSeats(record, { [occupantId]: { ...seat, isPresent, graceEndsAtMs } })
}

export const setSettings = (record: RoomRecord, settings: RoomSettings): RoomRecord =>
  record.status === 'ended' ? record : { ...record, settings }

export function handOver(
  record: RoomRecord,
  { from, to }: { readonly from: OccupantId; readonly to: OccupantId },
): RoomRecord {
  const giver = record.seats[from]
  const taker = record.seats[to]
  if (giver === undefined || taker === undefined || !giver.isHost || from === to) return record
  return withSeats(record, { [from]: { ...giver, isHost: false }, [to]: { ...taker, isHost: true } })
}

export function promote(record: RoomRecord, occupantId: OccupantId): RoomRecord {
  const seat = record.seats[occupantId]
  const hasHost = Object.values<ListedSeat>(record.seats).some(({ isHost }) => isHost)
  return seat === undefined || hasHost
    ? record
    : withSeats(record, { [occupantId]: { ...seat, isHost: true } })
}

const withSeats = (record: RoomRecord, changed: Readonly<Record<string, ListedSeat>>): RoomRecord => ({
  ...record,
  seats: { ...record.seats, ...changed },
})

export const leave = (record: RoomRecord, occupantId: OccupantId): RoomRecord =>
  record.seats[occupantId] === undefined ? record : { ...record, seats: without(record.seats, occupantId) }

export function bar(record: RoomRecord, order: BarOrder): RoomRecord {
  if (record.status === 'ended') return record
  const named = new Set(order.tokenHashes)
  const fresh = [...named].map((tokenHash) => ({ tokenHash, reason: order.reason }))
  const barred = [...record.barred.filter((one) => !named.has(one.tokenHash)), ...fresh]
  const left = order.occupantId === null ? record : leave(record, order.occupantId)
  return { ...left, barred: barred.slice(-limits.removedTokensMax) }
}

export const end = (record: RoomRecord, endedAtMs: number): RoomRecord =>
  record.status === 'ended' ? record : { ...record, status: 'ended', endedAtMs, seats: {}, barred: [] }

export function settle(record: RoomRecord, atMs: number): RoomRecord {
  if (record.status === 'open' && atMs >= record.expiresAtMs) return end(record, atMs)
  const seats = entriesOf(record.seats)
  const kept = seats.filter(([, { graceEndsAtMs }]) => graceEndsAtMs === null || atMs < graceEndsAtMs)
  return kept.length === seats.length ? record : { ...record, seats: Object.fromEntries(kept) }
}

/** `known` is null when the store lost the room. */
export function reassert(known: RoomRecord | null, live: LiveRecord): RoomRecord {
  const { settings, seats, status } = live
  if (known?.status === 'ended') return known
  const before = known ?? { ...createRecord(live), createdSettings: settings }
  return status === 'ended' ? end(before, live.endedAtMs ?? live.expiresAtMs) : { ...before, settings, seats }
}

/** When a full room may have a seat again: the next grace that ends, or after a while, when someone may have left. */
export function retryAfterMs(record: RoomRecord, atMs: number): number {
  const waits = Object.values<ListedSeat>(record.seats).flatMap((seat) =>
    seat.isHost || seat.graceEndsAtMs === null ? [] : [Math.max(0, seat.graceEndsAtMs - atMs)],
  )
  return Math.min(limits.roomFullRetryMs, ...waits)
}
