/** A stage whose relays the test itself brings, drains and kills; whatever is left of them ends with each test. */
import { afterEach } from 'vitest'
import { newRelayKey, startRelay, type RelayProcess } from './relay.ts'
import type { RoomPage } from './room-page.ts'
import { setStage, type Stage } from './stage.ts'
import { eventually } from './wait.ts'

export const forwardedPackets = 'video_room_relay_forwarded_packets_total'

export interface RelayStage {
  readonly stage: Stage
  /** What must not stand in any log. */
  readonly relayKey: string
  relayIn(region: string): Promise<RelayProcess>
}

export function setRelayStage(): RelayStage {
  const relayKey = newRelayKey()
  const stage = setStage('granted', { RELAY_KEYS: relayKey.entry })
  const running: RelayProcess[] = []
  afterEach(async () => {
    for (const relay of running.splice(0)) await relay.end()
  })
  return {
    stage,
    relayKey: relayKey.key,
    async relayIn(region) {
      const relay = await startRelay(stage.deployment.origin, relayKey, region)
      running.push(relay)
      return relay
    },
  }
}

/** Where media goes for this person: the regions of the route's relays, or `direct`. */
export const regionsOf = async (person: RoomPage): Promise<readonly string[]> => {
  const route = (await person.view())?.route
  return route?.kind === 'relayed' ? route.relays.map(({ region }) => region) : ['direct']
}

export const untilVia = (person: RoomPage, region: string): Promise<unknown> =>
  eventually(`${person.name} goes via ${region}`, async () => (await regionsOf(person))[0] === region)
