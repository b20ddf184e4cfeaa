/**
 * Decides: what the state looks like to a user interface.
 * Does not decide: the state.
 * Invariants: of others only what the room told (SN3); of oneself what was told to the room.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { addressOfPicture } from '@video-room/shared/knock-picture.ts'
import { publicationOf, type MutedBy, type OccupantView } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import { isCutOff } from './cut-off.ts'
import { isWaitingForRelay } from './link-plan.ts'
import { isOpen, type SessionState } from './state.ts'
import { isPlayable, linksToward } from './track-table.ts'
import type { LinkStatus, MediaTrack, OccupantState, SessionStatus, SessionView, SourceView } from './view.ts'

/**
 * The driver's handles: the received track of an occupant's source, or one's own outgoing one; `next`: the one received over the
 * route that is prepared.
 */
export type TrackLookup = (
  occupantId: OccupantId,
  source: Source,
  route: 'present' | 'next',
) => MediaTrack | null

export function statusOf(state: SessionState): SessionStatus {
  if (state.phase === 'joining' && state.isKnocking) return 'knocking'
  if (state.phase !== 'live') return state.phase
  if (!isOpen(state)) return 'reconnecting'
  return state.snapshot?.occupants.some((occupant) => occupant.isHost) === true
    ? 'in-room'
    : 'waiting-for-host'
}

export function viewOf(state: SessionState, tracks: TrackLookup): SessionView {
  return {
    status: statusOf(state),
    roomId: state.config.roomId,
    endReason: state.endReason,
    refusal: state.refusal,
    occupantId: state.seat?.occupantId ?? null,
    isHost: state.seat?.isHost ?? false,
    settings: state.snapshot?.settings ?? state.seat?.settings ?? null,
    route: state.snapshot?.route ?? null,
    migration: migrationOf(state),
    routeHistory: state.routeHistory,
    knocks: state.knocks,
    knockPicture: knockPictureOf(state),
    unmuteAsked: state.unmuteAsked,
    occupants: (state.snapshot?.occupants ?? []).map((occupant) => occupantState(state, occupant, tracks)),
  }
}

function migrationOf({ snapshot, migration }: SessionState): SessionView['migration'] {
  const route = snapshot?.migration
  return route && migration ? { route, sinceMs: migration.sinceMs } : null
}

function knockPictureOf({ connection, knockPicture }: SessionState): SessionView['knockPicture'] {
  if (connection.kind !== 'knocking' || !connection.mayShowPicture) return null
  return { shown: knockPicture === null ? null : addressOfPicture(knockPicture) }
}

function occupantState(state: SessionState, occupant: OccupantView, tracks: TrackLookup): OccupantState {
  const { occupantId, displayName, isHost, isPresent } = occupant
  const isSelf = occupantId === state.seat?.occupantId
  const source = (name: Source): SourceView =>
    isSelf ? ownSource(state, name, tracks) : remoteSource(state, occupant, name, tracks)
  return {
    occupantId,
    displayName,
    isSelf,
    isHost,
    isPresent: isSelf ? isOpen(state) : isPresent,
    link: isSelf ? 'none' : linkStatus(state, occupantId),
    sources: {
      microphone: source('microphone'),
      camera: source('camera'),
      screen: source('screen'),
      'screen-audio': source('screen-audio'),
    },
  }
}

function ownSource(state: SessionState, source: Source, tracks: TrackLookup): SourceView {
  const mutedBy: MutedBy | undefined = state.told[source]
  const id = state.seat?.occupantId
  if (mutedBy === undefined || id === undefined)
    return { offered: false, mutedBy: null, track: null, nextTrack: null }
  const isLive = mutedBy === null && state.captures[source] === 'live'
  return { offered: true, mutedBy, track: isLive ? tracks(id, source, 'present') : null, nextTrack: null }
}

function remoteSource(
  state: SessionState,
  occupant: OccupantView,
  source: Source,
  tracks: TrackLookup,
): SourceView {
  const publication = publicationOf(occupant, source)
  const { occupantId } = occupant
  const mayPlay = isPlayable(state, occupantId, source)
  const track = mayPlay ? tracks(occupantId, source, 'present') : null
  const next = mayPlay && state.migration !== null ? tracks(occupantId, source, 'next') : null
  return {
    offered: publication !== undefined,
    mutedBy: publication?.mutedBy ?? null,
    track,
    // Where the present route brings nothing any more, the next one is shown already.
    nextTrack: next === track ? null : next,
  }
}

/** While one link takes over from another, the better of the two counts: media flows. */
function linkStatus(state: SessionState, id: OccupantId): LinkStatus {
  const links = linksToward(state, id)
  if (links.some(([, { health }]) => health.connected && !health.silent)) {
    return isCutOff(state, id) ? 'recovering' : 'connected'
  }
  const [wanted] = links
  // Relayed, and no relay could be had yet: media waits (RT2).
  if (wanted === undefined) return isWaitingForRelay(state.snapshot?.route) ? 'connecting' : 'none'
  const [, { health, remade }] = wanted
  return health.silent || remade ? 'recovering' : 'connecting'
}
