/**
 * Decides: what everyone in a room may know, and how a change of it travels.
 * Does not decide: what happens in the room (signal-worker/src/room).
 * Invariants: a patch applies to exactly the revision before its own (rule SN2); no secrets, no addresses.
 */
import * as v from 'valibot'
import { occupantIdSchema, relayIdSchema, type OccupantId } from './ids.ts'
import { limits } from './limits.ts'
import { roomSettingsSchema } from './room-info.ts'
import { routeSchema } from './route.ts'
import { isSameData } from './same.ts'
import { sources, sourceSchema, type Source } from './source.ts'

/** Who silenced a publication; null = it is live. A host's mute stays until its owner un-mutes (rule MD3). */
export const mutedBySchema = v.nullable(v.picklist(['self', 'host']))
export type MutedBy = v.InferOutput<typeof mutedBySchema>

/** "This occupant offers this source, live or muted." */
export const publicationSchema = v.object({ source: sourceSchema, mutedBy: mutedBySchema })
export type Publication = v.InferOutput<typeof publicationSchema>

export const occupantViewSchema = v.object({
  occupantId: occupantIdSchema,
  displayName: v.pipe(v.string(), v.maxLength(2 * limits.displayNameMaxLength)),
  isHost: v.boolean(),
  /** False while the seat is kept for someone whose socket is gone. */
  isPresent: v.boolean(),
  publications: v.pipe(v.array(publicationSchema), v.maxLength(sources.length)),
})
export type OccupantView = v.InferOutput<typeof occupantViewSchema>

const revisionSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const occupantsMax = limits.maxParticipantsCeiling + 1

export const snapshotSchema = v.object({
  revision: revisionSchema,
  route: routeSchema,
  /** The route that is being prepared while media goes on over `route` (MG1); null or absent: none is. */
  migration: v.optional(v.nullable(routeSchema)),
  /** Relays whose trunk to their parent is down: who is behind it is on the way back, not gone (CH6). Absent: none. */
  cutRelays: v.optional(v.pipe(v.array(relayIdSchema), v.maxLength(limits.routeRelaysMax))),
  settings: roomSettingsSchema,
  /** In order of arrival. */
  occupants: v.pipe(v.array(occupantViewSchema), v.maxLength(occupantsMax)),
})
export type Snapshot = v.InferOutput<typeof snapshotSchema>

/** The way from revision n − 1 to revision n. */
export const snapshotPatchSchema = v.object({
  revision: revisionSchema,
  /** New or changed occupants, whole. */
  changed: v.pipe(v.array(occupantViewSchema), v.maxLength(occupantsMax)),
  left: v.pipe(v.array(occupantIdSchema), v.maxLength(occupantsMax)),
  route: v.optional(routeSchema),
  migration: v.optional(v.nullable(routeSchema)),
  cutRelays: v.optional(v.pipe(v.array(relayIdSchema), v.maxLength(limits.routeRelaysMax))),
  settings: v.optional(roomSettingsSchema),
})
export type SnapshotPatch = v.InferOutput<typeof snapshotPatchSchema>

/** The patch between two snapshots of one room, or null when they say the same. Ignores their revisions. */
export function diffSnapshot(before: Snapshot, after: Snapshot): Omit<SnapshotPatch, 'revision'> | null {
  const known = new Map(before.occupants.map((view) => [view.occupantId, view]))
  const changed = after.occupants.filter((view) => !isSameData(view, known.get(view.occupantId)))
  const staying = new Set(after.occupants.map((view) => view.occupantId))
  const left = before.occupants.map((view) => view.occupantId).filter((id) => !staying.has(id))
  const route = isSameData(before.route, after.route) ? {} : { route: after.route }
  const isSameMigration = isSameData(before.migration ?? null, after.migration ?? null)
  const migration = isSameMigration ? {} : { migration: after.migration ?? null }
  const settings = isSameData(before.settings, after.settings) ? {} : { settings: after.settings }
  const isSameCut = isSameData(before.cutRelays ?? [], after.cutRelays ?? [])
  const cut = isSameCut ? {} : { cutRelays: after.cutRelays ?? [] }
  const rest = { ...route, ...migration, ...cut, ...settings }
  return changed.length + left.length + Object.keys(rest).length === 0 ? null : { changed, left, ...rest }
}

/** The snapshot after `patch`, or null when the patch does not continue this revision (the caller resyncs). */
export function applyPatch(snapshot: Snapshot, patch: SnapshotPatch): Snapshot | null {
  if (patch.revision !== snapshot.revision + 1) return null
  const left = new Set(patch.left)
  const changed = new Map(patch.changed.map((view) => [view.occupantId, view]))
  const kept = snapshot.occupants
    .filter((view) => !left.has(view.occupantId))
    .map((view) => changed.get(view.occupantId) ?? view)
  const known = new Set(snapshot.occupants.map((view) => view.occupantId))
  const arrived = patch.changed.filter((view) => !known.has(view.occupantId))
  return {
    revision: patch.revision,
    route: patch.route ?? snapshot.route,
    migration: (patch.migration === undefined ? snapshot.migration : patch.migration) ?? null,
    ...cutAfter(snapshot, patch),
    settings: patch.settings ?? snapshot.settings,
    occupants: [...kept, ...arrived],
  }
}

function cutAfter({ cutRelays }: Snapshot, patch: SnapshotPatch): Pick<Snapshot, 'cutRelays'> {
  const cut = patch.cutRelays ?? cutRelays ?? []
  return cut.length === 0 ? {} : { cutRelays: cut }
}

export const occupantOf = (snapshot: Snapshot, id: OccupantId): OccupantView | undefined =>
  snapshot.occupants.find((view) => view.occupantId === id)

export const publicationOf = (view: OccupantView | undefined, source: Source): Publication | undefined =>
  view?.publications.find((publication) => publication.source === source)
