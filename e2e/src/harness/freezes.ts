/** How often what a person sees of others stood still (webrtc-stats, freezeCount), by connection in the order they were opened. */
import type { RoomPage } from './room-page.ts'

/** Of one that is closed: 0. */
export const freezesOf = (person: RoomPage): Promise<readonly number[]> =>
  person.page.evaluate(() =>
    Promise.all(
      window.probe.connections.map(async (connection) => {
        let freezes = 0
        for (const [, entry] of await connection.getStats()) {
          if (entry.type === 'inbound-rtp') freezes += entry.freezeCount ?? 0
        }
        return freezes
      }),
    ),
  )
