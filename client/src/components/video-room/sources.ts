/**
 * Switching sources and devices: inside a room by way of the session, which tells the others; outside directly.
 * And the still that the host sees at the door.
 */
import type { Source } from '@video-room/shared/source.ts'
import type { SessionStatus } from '../../core/view.ts'
import type { DeviceKind } from '../../media/view.ts'
import type { MediaPort, SessionPort } from '../session-port.ts'

export const isInside = (status: SessionStatus | undefined): boolean =>
  status === 'waiting-for-host' || status === 'in-room' || status === 'reconnecting'

export const isOn = (media: MediaPort, source: Source): boolean =>
  ['live', 'starting'].includes(media.view.captures[source].status)

export async function setSource(
  session: SessionPort,
  media: MediaPort,
  source: Source,
  on: boolean,
): Promise<void> {
  if (!isInside(session.view.status)) await media.set(source, on)
  else if (source === 'microphone') session.setMicrophone(on)
  else if (source === 'camera') session.setCamera(on)
  else session.shareScreen(on)
}

export async function selectDevice(
  session: SessionPort,
  media: MediaPort,
  kind: DeviceKind,
  deviceId: string | null,
): Promise<void> {
  await media.selectDevice(kind, deviceId)
  // Choosing another device is the natural answer to one that did not work.
  if (kind !== 'speaker' && media.view.captures[kind].problem !== null) {
    await setSource(session, media, kind, true)
  }
}

/** The newest wish of each session: a picture takes a moment, and whoever changed their mind meanwhile is not shown. */
const wishes = new WeakMap<SessionPort, symbol>()

/** Lets the host see who knocks, or no more (KN8): the picture is taken when it is asked for, not before. */
export async function showPicture(session: SessionPort, media: MediaPort, isShown: boolean): Promise<void> {
  const wish = Symbol('wish')
  wishes.set(session, wish)
  const picture = isShown ? await media.takeStill() : null
  if (wishes.get(session) === wish) session.showKnockPicture(picture)
}
