/** A session that shows what a test says and remembers what it was asked. */
import type { OccupantId, RoomId } from '@video-room/shared/ids.ts'
import { defaultSettings, type SettingsChange } from '@video-room/shared/room-info.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { SessionAnnouncement } from '../../core/effect.ts'
import type {
  LinkSample,
  MediaTrack,
  OccupantState,
  RouteGap,
  SessionStatus,
  SessionView,
  SourceView,
} from '../../core/view.ts'
import type { JoinResult, SessionEvents } from '../../room-session.ts'
import type { SessionPort, SessionWish } from '../session-port.ts'

export const aRoomId = '3f1c0a52-6c1e-4b7a-9d21-0a7f5b7c9e10'

export const occupantId = (letter: string): OccupantId => `o_${letter.repeat(16)}` as OccupantId

const notOffered: SourceView = { offered: false, mutedBy: null, track: null, nextTrack: null }
export const mutedSource = (mutedBy: 'self' | 'host' = 'self'): SourceView => ({
  offered: true,
  mutedBy,
  track: null,
  nextTrack: null,
})
/** `nextTrack`: what a migration will show. */
export const liveSource = (
  track: MediaTrack | null = null,
  nextTrack: MediaTrack | null = null,
): SourceView => ({
  offered: true,
  mutedBy: null,
  track,
  nextTrack,
})

export function anOccupant(
  letter: string,
  displayName: string,
  more: Partial<OccupantState> = {},
): OccupantState {
  return {
    occupantId: occupantId(letter),
    displayName,
    isSelf: false,
    isHost: false,
    isPresent: true,
    link: 'connected',
    ...more,
    sources: {
      microphone: liveSource(),
      camera: mutedSource(),
      screen: notOffered,
      'screen-audio': notOffered,
      ...more.sources,
    },
  }
}

export const lobbyView: SessionView = {
  status: 'lobby',
  roomId: aRoomId as RoomId,
  endReason: null,
  refusal: null,
  occupantId: null,
  isHost: false,
  settings: null,
  route: null,
  migration: null,
  routeHistory: [],
  knocks: [],
  knockPicture: null,
  unmuteAsked: [],
  occupants: [],
}

/** Inside, with these people; the first one who `isSelf` decides who you are. */
export function roomView(occupants: readonly OccupantState[], more: Partial<SessionView> = {}): SessionView {
  const self = occupants.find((occupant) => occupant.isSelf)
  return {
    ...lobbyView,
    status: 'in-room',
    occupantId: self?.occupantId ?? null,
    isHost: self?.isHost ?? false,
    settings: { ...defaultSettings, maxParticipants: 15 },
    route: { kind: 'mesh', epoch: 1 },
    occupants,
    ...more,
  }
}

export class FakeSession implements SessionPort {
  readonly wish: SessionWish
  /** Everything asked of it, in order: name and arguments. */
  readonly asked: (readonly unknown[])[] = []
  /** What `join` leads to. */
  afterJoin: SessionView = roomView([anOccupant('s', 'Ada', { isSelf: true, isHost: true, link: 'none' })])
  #view: SessionView = lobbyView
  readonly #listeners = new Map<string, Set<(payload: never) => void>>()

  constructor(wish: SessionWish) {
    this.wish = wish
  }

  get view(): SessionView {
    return this.#view
  }

  on<Type extends keyof SessionEvents>(
    type: Type,
    listener: (detail: SessionEvents[Type]) => void,
  ): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  show(view: SessionView): void {
    const previous = this.#view.status
    this.#view = view
    if (previous !== view.status) this.announce({ type: 'state-changed', status: view.status, previous })
    if (view.status === 'ended') this.announce({ type: 'ended', reason: view.endReason ?? 'left' })
    this.#tell('changed', view)
  }

  showStatus(status: SessionStatus): void {
    this.show({ ...this.#view, status })
  }

  announce(announcement: SessionAnnouncement): void {
    this.#tell(announcement.type, announcement)
  }

  sample(samples: readonly Partial<LinkSample>[]): void {
    this.#tell(
      'sampled',
      samples.map((sample) => ({ heard: [], isStandby: false, ...sample })),
    )
  }

  async join(options: { readonly displayName?: string } = {}): Promise<JoinResult> {
    this.asked.push(['join', options.displayName])
    this.showStatus('joining')
    await Promise.resolve()
    this.show(this.afterJoin)
    const { refusal, occupantId: id, isHost } = this.afterJoin
    return id === null
      ? { ok: false, code: refusal?.code ?? 'unreachable', retryAfterMs: refusal?.retryAfterMs ?? null }
      : { ok: true, occupantId: id, isHost }
  }

  leave(): void {
    this.asked.push(['leave'])
    this.show({ ...lobbyView, status: 'ended', endReason: 'left' })
  }

  setMicrophone(on: boolean): void {
    this.asked.push(['setMicrophone', on])
    void this.wish.media.set('microphone', on)
  }

  setCamera(on: boolean): void {
    this.asked.push(['setCamera', on])
    void this.wish.media.set('camera', on)
  }

  shareScreen(on: boolean): void {
    this.asked.push(['shareScreen', on])
    void this.wish.media.set('screen', on)
  }

  muteOccupant(id: OccupantId, source: Source): void {
    this.asked.push(['muteOccupant', id, source])
  }

  muteAll(source: Source): void {
    this.asked.push(['muteAll', source])
  }

  askUnmute(id: OccupantId, source: Source): void {
    this.asked.push(['askUnmute', id, source])
  }

  answerUnmute(source: Source, yes: boolean): void {
    this.asked.push(['answerUnmute', source, yes])
  }

  admit(id: OccupantId): void {
    this.asked.push(['admit', id])
  }

  deny(id: OccupantId): void {
    this.asked.push(['deny', id])
  }

  showKnockPicture(picture: string | null): void {
    this.asked.push(['showKnockPicture', picture])
  }

  changeSettings(settings: SettingsChange): void {
    this.asked.push(['changeSettings', settings])
  }

  handOver(id: OccupantId): void {
    this.asked.push(['handOver', id])
  }

  removeOccupant(id: OccupantId): void {
    this.asked.push(['removeOccupant', id])
  }

  /** What is looked at, by occupant and source. */
  readonly watched = new Map<string, boolean>()

  /** How wide it is shown, by the same names. */
  readonly widths = new Map<string, number | undefined>()

  setWatched(id: OccupantId, source: Source, isWatched: boolean, widthPx?: number): void {
    this.watched.set(`${id} ${source}`, isWatched)
    this.widths.set(`${id} ${source}`, widthPx)
  }

  tellRouteGap(gap: RouteGap): void {
    this.asked.push(['tellRouteGap', gap])
  }

  speak(occupantIds: readonly OccupantId[]): void {
    this.#tell('speakers', occupantIds)
  }

  endRoom(): void {
    this.asked.push(['endRoom'])
  }

  close(): void {
    if (this.#view.status !== 'lobby' && this.#view.status !== 'ended') this.leave()
    this.asked.push(['close'])
    this.wish.media.close()
  }

  #tell(type: string, payload: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(payload as never)
  }
}
