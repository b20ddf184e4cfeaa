/**
 * Decides: when this occupant is ready for the route that is prepared, and says so (MG3).
 * Does not decide: whether it is committed (the room).
 * Invariants: said once for each socket and epoch, on an open one; only what flows now is asked of the next route, and only what
 * came over it since the migration began counts.
 */
import { isRelayId, type EndpointId, type OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { Route } from '@video-room/shared/route.ts'
import { kindOf, type Source } from '@video-room/shared/source.ts'
import type { SessionEffect } from './effect.ts'
import { isOfRoute, linkKey, wantedLinks } from './link-plan.ts'
import { send } from './link-signals.ts'
import { flows, growth, sourceKey } from './path-memory.ts'
import { isOpen, type LinkState, type MigrationState, type SessionState } from './state.ts'
import { isWatched } from './subscribe-plan.ts'

/** After every look at the links: only then is it known what flows. */
export function tellReady(state: SessionState, atMs: number): Step<SessionState, SessionEffect> {
  const { migration, snapshot } = state
  const next = snapshot?.migration
  if (!migration || !next || !isOpen(state) || migration.saidOn === state.attempt) return step(state)
  if (!isReady(state, migration, next, atMs)) return step(state)
  return step(
    { ...state, migration: { ...migration, saidOn: state.attempt } },
    send(state, { type: 'route-ready', epoch: migration.epoch }),
  )
}

export function isReady(state: SessionState, migration: MigrationState, next: Route, atMs: number): boolean {
  const occupants = state.snapshot?.occupants ?? []
  const self = state.seat?.occupantId ?? null
  const others = occupants.filter(({ occupantId }) => occupantId !== self)
  if (!doLinksStand(state, migration, next)) return false
  return others.every(({ occupantId, publications }) =>
    publications.every(({ source, mutedBy }) => {
      if (mutedBy !== null || !isWatched(state, occupantId, source)) return true
      const isSeen = linksOf(state, occupantId).some(
        ([id, { path }]) =>
          !isOfRoute(next, id, self) &&
          flows(path.sources[sourceKey(occupantId, source)], path.looks.at(-1)?.atMs ?? atMs),
      )
      return !isSeen || hasCome(state, migration, next, occupantId, source)
    }),
  )
}

const linksOf = (state: SessionState, id: OccupantId): readonly (readonly [EndpointId, LinkState])[] =>
  entriesOf(state.links).filter(
    ([other, { health }]) => (other === id || isRelayId(other)) && health.connected,
  )

/** The list of links has been told for this route, and those of it to whoever is there are connected. */
function doLinksStand(state: SessionState, { hasStart }: MigrationState, next: Route): boolean {
  const { assigned, assignedRelays, snapshot, seat } = state
  const isPresent = (id: EndpointId): boolean =>
    isRelayId(id) || snapshot?.occupants.some((other) => other.occupantId === id && other.isPresent) === true
  const needed = wantedLinks(assigned, assignedRelays, snapshot, seat?.occupantId ?? null).filter(
    ({ endpointId, use }) =>
      use === 'media' && isOfRoute(next, endpointId, seat?.occupantId ?? null) && isPresent(endpointId),
  )
  const isAlone = snapshot?.occupants.every(({ occupantId }) => occupantId === seat?.occupantId) === true
  if (needed.length === 0) return next.kind === 'mesh' && (hasStart || isAlone)
  return needed.every(({ endpointId, generation }) => {
    const link = state.links[endpointId]
    return link?.generation === generation && link.health.connected
  })
}

function hasCome(
  state: SessionState,
  { baseline }: MigrationState,
  next: Route,
  occupantId: OccupantId,
  source: Source,
): boolean {
  const key = sourceKey(occupantId, source)
  return linksOf(state, occupantId).some(([id, { generation, path }]) => {
    const now = path.sources[key]
    if (!isOfRoute(next, id, state.seat?.occupantId ?? null) || now === undefined) return false
    const before = baseline[linkKey({ endpointId: id, generation })]?.[key]
    return kindOf[source] === 'video'
      ? growth(before?.frames, now.frames) >= 1
      : growth(before?.packets, now.packets) >= limits.readyPackets
  })
}
