/** What a person's page knows of the way of its media, and the host's say in it. */
import type { RouteWish } from '@video-room/shared/route.ts'
import type { RoomPage } from './room-page.ts'
import { eventually } from './wait.ts'

/** Where media goes for this person: the regions of the route's relays, or `direct`. */
export const regionsOf = async (person: Pick<RoomPage, 'view'>): Promise<readonly string[]> => {
  const route = (await person.view())?.route
  return route?.kind === 'relayed' ? route.relays.map(({ region }) => region) : ['direct']
}

export const untilVia = (
  person: Pick<RoomPage, 'name' | 'view'>,
  region: string,
  deadlineMs?: number,
): Promise<unknown> =>
  eventually(
    `${person.name} goes via ${region}`,
    async () => (await regionsOf(person))[0] === region,
    deadlineMs,
  )

/** Why media goes this way. */
export const reasonsOf = async (person: RoomPage): Promise<readonly string[]> =>
  (await person.view())?.route?.reasons ?? []

/** The host changes the room's setting; when it was sent, in milliseconds since the epoch. */
export const setRoute = (host: RoomPage, wish: RouteWish): Promise<number> =>
  host.page.evaluate((to) => {
    const room = document.querySelector<HTMLElement & { session: { changeSettings(change: object): void } }>(
      'video-room',
    )
    room?.session.changeSettings({ route: to })
    return performance.timeOrigin + performance.now()
  }, wish)

/** How the links that carry media reach the other side: `udp` or `tcp`, of each selected pair of candidates. */
export const protocolsOf = (person: RoomPage): Promise<readonly string[]> =>
  person.page.evaluate(async () => {
    const found: string[] = []
    for (const connection of window.probe.connections) {
      if (connection.connectionState !== 'connected') continue
      const stats = await connection.getStats()
      for (const [, entry] of stats) {
        if (entry.type !== 'transport' || entry.selectedCandidatePairId === undefined) continue
        const pair = stats.get(entry.selectedCandidatePairId)
        found.push(String(stats.get(pair?.localCandidateId)?.protocol))
      }
    }
    return found
  })
