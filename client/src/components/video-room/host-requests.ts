/** What a host's requests do: most go to the room at once, those that hurt ask first. */
import { assertNever } from '@video-room/shared/lang.ts'
import type { HostRequest, RoomRequest } from '../requests.ts'
import type { SessionPort } from '../session-port.ts'
import { endQuestion, handOverQuestion, removeQuestion, type Question } from './questions.ts'

/** Total: a power that nobody handles here does not compile. */
const powers: Readonly<Record<HostRequest['type'], true>> = {
  admit: true,
  deny: true,
  'change-settings': true,
  'mute-occupant': true,
  'mute-all': true,
  'ask-unmute': true,
  'hand-over': true,
  'remove-occupant': true,
  'end-room': true,
}

export const isHostRequest = (request: RoomRequest): request is HostRequest => request.type in powers

/** Does it, or answers with the question to ask before. */
export function takeHostRequest(session: SessionPort, request: HostRequest): Question | null {
  switch (request.type) {
    case 'admit':
      for (const occupantId of request.occupantIds) session.admit(occupantId)
      return null
    case 'deny':
      session.deny(request.occupantId)
      return null
    case 'change-settings':
      session.changeSettings(request.settings)
      return null
    case 'mute-occupant':
      session.muteOccupant(request.occupantId, request.source)
      return null
    case 'mute-all':
      session.muteAll(request.source)
      return null
    case 'ask-unmute':
      session.askUnmute(request.occupantId, request.source)
      return null
    case 'hand-over':
      return handOverQuestion(request.displayName, () => session.handOver(request.occupantId))
    case 'remove-occupant':
      return removeQuestion(request.displayName, () => session.removeOccupant(request.occupantId))
    case 'end-room':
      return endQuestion(() => session.endRoom())
    default:
      return assertNever(request)
  }
}
