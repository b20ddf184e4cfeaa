/**
 * Decides: how a state that an older build stored is read today.
 * Does not decide: where it is stored (objects/room-storage.ts).
 * Invariants: a room that was running goes on with everyone in it; a version this build does not know is never guessed at.
 */
import * as v from 'valibot'
import { secretHashSchema } from '@video-room/shared/ids.ts'
import { noRelay } from './relay-state.ts'
import { roomStateSchema, roomStateVersion, type RoomState } from './state.ts'

const versionTwoSchema = v.looseObject({ seats: v.array(v.looseObject({})) })

/** The one thing of version 1 that is read under another name; the rest is there or takes the value of a room without it. */
const versionOneSchema = v.looseObject({
  seats: v.array(v.looseObject({ isHost: v.boolean(), presence: v.looseObject({ kind: v.string() }) })),
  removedTokenHashes: v.array(secretHashSchema),
})

/** Throws when the text is not what its version promises: a bug or a damaged disk. Null = a version nobody here knows. */
export function readStoredState(version: unknown, text: unknown): RoomState | null {
  if (version !== roomStateVersion && version !== 2 && version !== 1) return null
  const json = v.parse(v.pipe(v.string(), v.parseJson()), text)
  const second = version === 1 ? secondOf(v.parse(versionOneSchema, json)) : json
  return v.parse(
    roomStateSchema,
    version === roomStateVersion ? json : thirdOf(v.parse(versionTwoSchema, second)),
  )
}

/** Rooms of before relays are meshes, and nobody in them has wished for anything else. */
const thirdOf = (stored: v.InferOutput<typeof versionTwoSchema>): unknown => ({
  ...stored,
  version: roomStateVersion,
  seats: stored.seats.map((seat) => ({ ...seat, routeWish: 'auto' })),
  relay: noRelay,
})

function secondOf(stored: v.InferOutput<typeof versionOneSchema>): unknown {
  const { removedTokenHashes, seats, ...rest } = stored
  return {
    ...rest,
    seats: seats.map((seat) => ({ ...seat, provedHost: seat.isHost, unmuteAsked: [], silenced: [] })),
    knocks: [],
    barred: removedTokenHashes.map((tokenHash) => ({ tokenHash, reason: 'removed' })),
    knockBucket: null,
    hostHasArrived: seats.some((seat) => seat.isHost && seat.presence.kind !== 'reserved'),
    hostAwaitedUntilMs: null,
    hasStarted: false,
    creatorId: null,
    gate: null,
    unrecorded: null,
  }
}
