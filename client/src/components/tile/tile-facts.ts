/**
 * Decides: what a tile shows of an occupant: which tracks, which badge, which veil.
 * Does not decide: how it looks (tile.ts).
 * Invariants: a muted or absent camera shows no track, so never its last frame (M2, M5); one's own sound is never played.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { MediaTrack, OccupantState } from '../../core/view.ts'
import type { LocalMediaView } from '../../media/view.ts'
import { nameOf, words } from '../words.ts'

export interface TileFacts {
  readonly key: string
  readonly kind: 'person' | 'screen'
  readonly occupantId: OccupantId
  readonly name: string
  readonly label: string
  readonly isSelf: boolean
  readonly isHost: boolean
  readonly isPresent: boolean
  /** One's own camera is shown as in a mirror, as everyone knows their face. */
  readonly isMirrored: boolean
  readonly video: MediaTrack | null
  /** What `video` and `sound` will be when the next route is taken; made ready out of sight. */
  readonly nextVideo: MediaTrack | null
  readonly sound: MediaTrack | null
  readonly nextSound: MediaTrack | null
  readonly microphone: 'live' | 'off' | 'muted-by-host' | 'none'
  readonly camera: 'live' | 'off' | 'muted-by-host'
  /** What stands over the picture while the connection is not there; null = nothing. */
  readonly veil: string | null
}

type Sound = Pick<TileFacts, 'sound' | 'nextSound'>
type Picture = Pick<TileFacts, 'video' | 'nextVideo'>

function soundOf(occupant: OccupantState, source: 'microphone' | 'screen-audio'): Sound {
  const { mutedBy, track, nextTrack } = occupant.sources[source]
  if (occupant.isSelf || mutedBy !== null) return { sound: null, nextSound: null }
  return { sound: track, nextSound: nextTrack }
}

function veilOf(occupant: OccupantState): string | null {
  if (occupant.isSelf) return null
  if (!occupant.isPresent) return words.away
  if (occupant.link === 'recovering') return words.recovering
  return occupant.link === 'connecting' ? words.connecting : null
}

function microphoneOf(occupant: OccupantState, media: LocalMediaView): TileFacts['microphone'] {
  const { offered, mutedBy } = occupant.sources.microphone
  if (mutedBy === 'host') return 'muted-by-host'
  if (occupant.isSelf) {
    const { status } = media.captures.microphone
    return status === 'live' || status === 'starting' ? 'live' : status === 'muted' ? 'off' : 'none'
  }
  return !offered ? 'none' : mutedBy === null ? 'live' : 'off'
}

function cameraOf(occupant: OccupantState, media: LocalMediaView): TileFacts['camera'] {
  const { offered, mutedBy } = occupant.sources.camera
  if (mutedBy === 'host') return 'muted-by-host'
  const { status } = media.captures.camera
  const isLive = occupant.isSelf ? status === 'live' || status === 'starting' : offered && mutedBy === null
  return isLive ? 'live' : 'off'
}

function videoOf(occupant: OccupantState, source: 'camera' | 'screen', media: LocalMediaView): Picture {
  if (occupant.isSelf) return { video: media.captures[source].track, nextVideo: null }
  const { mutedBy, track, nextTrack } = occupant.sources[source]
  return mutedBy === null ? { video: track, nextVideo: nextTrack } : { video: null, nextVideo: null }
}

function personOf(occupant: OccupantState, media: LocalMediaView): TileFacts {
  const name = nameOf(occupant.displayName)
  return {
    key: occupant.occupantId,
    kind: 'person',
    occupantId: occupant.occupantId,
    name,
    label: occupant.isSelf ? words.tileOfSelf(name) : name,
    isSelf: occupant.isSelf,
    isHost: occupant.isHost,
    isPresent: occupant.isPresent,
    isMirrored: occupant.isSelf,
    ...videoOf(occupant, 'camera', media),
    ...soundOf(occupant, 'microphone'),
    microphone: microphoneOf(occupant, media),
    camera: cameraOf(occupant, media),
    veil: veilOf(occupant),
  }
}

/** A shared screen has a tile of its own, as long as it is offered. */
function screenOf(occupant: OccupantState, media: LocalMediaView): TileFacts | null {
  const isShared = occupant.isSelf
    ? media.captures.screen.status === 'live'
    : occupant.sources.screen.offered && occupant.sources.screen.mutedBy === null
  if (!isShared) return null
  const person = personOf(occupant, media)
  return {
    ...person,
    key: `${occupant.occupantId}/screen`,
    kind: 'screen',
    label: occupant.isSelf ? words.yourScreen : words.screenOf(person.name),
    isMirrored: false,
    // One's own screen inside one's own screen would repeat without end; the tile says that it is shared instead.
    ...(occupant.isSelf ? { video: null, nextVideo: null } : videoOf(occupant, 'screen', media)),
    ...soundOf(occupant, 'screen-audio'),
  }
}

/** The tiles in a steady order: people as they arrived, each followed by their screen. */
export const tilesOf = (occupants: readonly OccupantState[], media: LocalMediaView): readonly TileFacts[] =>
  occupants.flatMap((occupant) => {
    const screen = screenOf(occupant, media)
    return screen === null ? [personOf(occupant, media)] : [personOf(occupant, media), screen]
  })
