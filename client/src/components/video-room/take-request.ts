/** What `<video-room>` does for its parts: most requests go on to the session, the others to the element itself. */
import { assertNever } from '@video-room/shared/lang.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { RoomRequest } from '../requests.ts'
import type { MediaPort, SessionPort } from '../session-port.ts'
import { isHostRequest, takeHostRequest } from './host-requests.ts'
import type { Question } from './questions.ts'
import type { SidePanel } from './side-panel.ts'
import { selectDevice, showPicture } from './sources.ts'

export interface RoomActions {
  readonly session: SessionPort
  readonly media: MediaPort
  readonly panel: SidePanel
  /** As whom; null = as before. */
  join(displayName: string | null): void
  setSource(source: Source, on: boolean): void
  copyLink(): void
  ask(question: Question): void
  /** The question was answered: with yes, or not at all. */
  answered(yes: boolean): void
  /** The browser held the sound back, or the person let it out. */
  holdSound(isHeld: boolean): void
  dismissToast(id: number): void
}

export function takeRequest(room: RoomActions, request: RoomRequest): void {
  const { session, media, panel } = room
  if (isHostRequest(request)) {
    const question = takeHostRequest(session, request)
    if (question !== null) room.ask(question)
    return
  }
  switch (request.type) {
    case 'join':
      return room.join(request.displayName)
    case 'rejoin':
      return room.join(null)
    case 'leave':
      return session.leave()
    case 'set-source':
      return room.setSource(request.source, request.on)
    case 'select-device':
      return void selectDevice(session, media, request.kind, request.deviceId)
    case 'show-picture':
      return void showPicture(session, media, request.isShown)
    case 'toggle-panel':
      return panel.toggle(request.panel)
    case 'close-panel':
      return panel.close()
    case 'copy-link':
      return room.copyLink()
    case 'answer-unmute':
      return session.answerUnmute(request.source, request.yes)
    case 'confirm':
      return room.answered(true)
    case 'close-dialog':
      return room.answered(false)
    case 'watch':
      return session.setWatched(request.occupantId, request.source, request.isWatched, request.widthPx)
    case 'sound-blocked':
      return room.holdSound(true)
    case 'allow-sound':
      return room.holdSound(false)
    case 'dismiss-toast':
      return room.dismissToast(request.id)
    default:
      return assertNever(request)
  }
}
