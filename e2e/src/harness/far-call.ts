/** A call of two that has found both relays. */
import type { FarHomes } from './far-site.ts'
import type { RoomPage } from './room-page.ts'
import { regionsOf } from './routes.ts'
import { eventually } from './wait.ts'

export interface FarCall {
  readonly host: RoomPage
  readonly guest: RoomPage
}

/** Two looks, two seconds and more apart, and the wait of a room that has just moved: half a minute, or more where ways tremble on a busy machine. */
const chainedWithinMs = 120_000

export async function callFarAway(stage: FarHomes): Promise<FarCall> {
  const host = await stage.person(0, 'Ada Host')
  const link = await host.createRoom({ route: 'relay' })
  await host.join()
  const guest = await stage.person(1, 'Bo Guest')
  await guest.openLink(link)
  await guest.join()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  await eventually(
    'two relays carry the room',
    async () => (await regionsOf(host)).length === 2,
    chainedWithinMs,
  )
  return { host, guest }
}
