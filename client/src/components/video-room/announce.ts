/**
 * Decides: what a page and a person hear of a session's news: the element's events, and short texts.
 * Does not decide: how the texts look (toasts).
 * Invariants: every announcement has its public event.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import type { SessionAnnouncement } from '../../core/effect.ts'
import type { SessionView } from '../../core/view.ts'
import { emit } from '../events.ts'
import { nameOf, words } from '../words.ts'
import { actionErrorWords } from '../trouble-words.ts'

/** Tells the page. */
export function emitNews(target: HTMLElement, news: SessionAnnouncement, view: SessionView): void {
  switch (news.type) {
    case 'state-changed':
      emit(target, 'vr-state-changed', { status: news.status, previous: news.previous })
      if (news.status === 'lobby' && view.refusal !== null) {
        emit(target, 'vr-error', { kind: 'refusal', ...view.refusal })
      }
      return
    case 'joined':
      return emit(target, 'vr-joined', { occupantId: news.occupantId, isHost: news.isHost })
    case 'occupant-joined':
      return emit(target, 'vr-occupant-joined', {
        occupantId: news.occupantId,
        displayName: news.displayName,
      })
    case 'occupant-left':
      return emit(target, 'vr-occupant-left', { occupantId: news.occupantId, displayName: news.displayName })
    case 'mute-changed': {
      const { occupantId, source, mutedBy } = news
      return emit(target, 'vr-mute-changed', { occupantId, source, mutedBy })
    }
    case 'knock':
      return emit(target, 'vr-knock', { occupantId: news.occupantId, displayName: news.displayName })
    case 'unmute-asked':
      return emit(target, 'vr-unmute-asked', { source: news.source })
    case 'settings-changed':
      return emit(target, 'vr-settings-changed', { settings: news.settings, previous: news.previous })
    case 'host-changed':
      return emit(target, 'vr-host-changed', { occupantId: news.occupantId, isSelf: news.isSelf })
    case 'route-changed': {
      const { route, previous } = news
      return emit(target, 'vr-route-changed', {
        kind: route.kind,
        regions: route.kind === 'relayed' ? route.relays.map(({ region }) => region) : [],
        reasons: route.reasons ?? [],
        epoch: route.epoch,
        previous: previous?.kind ?? null,
      })
    }
    case 'route-gap': {
      const { epoch, gapMs, steadyMs } = news
      return emit(target, 'vr-route-gap', { epoch, gapMs, steadyMs })
    }
    case 'ended':
      return emit(target, 'vr-left', { reason: news.reason })
    case 'error':
      return emit(target, 'vr-error', { kind: 'action', code: news.code, about: news.about })
    default:
      return assertNever(news)
  }
}

export interface Telling {
  readonly tone: 'news' | 'trouble'
  readonly text: string
}

/** What the person is told in passing; null when the screen itself shows it. */
export function tellingOf(news: SessionAnnouncement, view: SessionView): Telling | null {
  switch (news.type) {
    case 'occupant-joined':
      return { tone: 'news', text: words.joined(nameOf(news.displayName)) }
    case 'occupant-left':
      return { tone: 'news', text: words.left(nameOf(news.displayName)) }
    case 'mute-changed':
      if (news.occupantId !== view.occupantId || news.mutedBy !== 'host') return null
      if (!mayUnmute(view) && news.source !== 'screen') return { tone: 'news', text: words.keepsMuted }
      if (news.source === 'microphone') return { tone: 'news', text: words.mutedByHost }
      return news.source === 'camera' ? { tone: 'news', text: words.cameraOffByHost } : null
    case 'settings-changed':
      return settingsTelling(news, view)
    case 'host-changed':
      return hostTelling(news, view)
    case 'error': {
      // The host asks for no pictures any more: the choice goes, and says so by that (KN8).
      if (news.code === 'not_allowed' && news.about === 'knock-picture') return null
      const isRefusedUnmute = news.code === 'not_allowed' && news.about === 'publish'
      const text = isRefusedUnmute ? words.keepsMuted : actionErrorWords[news.code]
      return text === null ? null : { tone: 'trouble', text }
    }
    case 'state-changed':
    case 'joined':
    case 'knock':
    case 'unmute-asked':
    case 'route-changed':
    case 'route-gap':
    case 'ended':
      return null
    default:
      return assertNever(news)
  }
}

const mayUnmute = ({ settings, isHost }: SessionView): boolean => isHost || settings?.mayUnmute !== false

type News<Type extends SessionAnnouncement['type']> = Extract<SessionAnnouncement, { readonly type: Type }>

/** The host sees the switches move; everyone else is told. */
function settingsTelling(
  { settings, previous }: News<'settings-changed'>,
  { isHost }: SessionView,
): Telling | null {
  if (isHost) return null
  if (settings.isLocked !== previous.isLocked) {
    return { tone: 'news', text: settings.isLocked ? words.locked : words.unlocked }
  }
  if (settings.mayUnmute !== previous.mayUnmute) {
    return { tone: 'news', text: settings.mayUnmute ? words.keepsMutedNoMore : words.keepsMuted }
  }
  return null
}

/** A host who arrives is announced as such by the room's own start. */
function hostTelling(
  { occupantId, previous, isSelf }: News<'host-changed'>,
  view: SessionView,
): Telling | null {
  if (isSelf) return { tone: 'news', text: words.youAreHost }
  const host = view.occupants.find((occupant) => occupant.occupantId === occupantId)
  if (host === undefined || previous === null) return null
  return { tone: 'news', text: words.isHostNow(nameOf(host.displayName)) }
}
