/** The usual beginning: a host makes a room and waits in it, a guest opens the link, both see and hear each other. */
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { RoomPage } from './room-page.ts'
import type { PersonOptions, Stage } from './stage.ts'

export interface Meeting {
  readonly host: RoomPage
  readonly guest: RoomPage
  readonly link: string
}

export interface MeetOptions {
  readonly host?: Partial<PersonOptions>
  readonly guest?: Partial<PersonOptions>
  readonly settings?: Partial<RoomSettings>
}

export async function hostRoom(
  stage: Stage,
  options: MeetOptions = {},
): Promise<Pick<Meeting, 'host' | 'link'>> {
  const host = await stage.person({ name: 'Ada Host', ...options.host })
  const link = await host.createRoom(options.settings)
  await host.join()
  return { host, link }
}

export async function meet(stage: Stage, options: MeetOptions = {}): Promise<Meeting> {
  const { host, link } = await hostRoom(stage, options)
  const guest = await stage.person({ name: 'Bo Guest', ...options.guest })
  await guest.openLink(link)
  await guest.join()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  return { host, guest, link }
}
