/** How often what a person sees of others stood still (webrtc-stats, freezeCount), over all connections that they still have. */
import type { RoomPage } from './room-page.ts'

export const freezesOf = (person: RoomPage): Promise<number> =>
  person.page.evaluate(async () => {
    let freezes = 0
    for (const connection of window.probe.connections) {
      const report = await connection.getStats()
      for (const [, entry] of report) if (entry.type === 'inbound-rtp') freezes += entry.freezeCount ?? 0
    }
    return freezes
  })
