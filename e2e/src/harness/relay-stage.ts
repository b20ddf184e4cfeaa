/** A stage whose relays the test itself brings, drains and kills; whatever is left of them ends with each test. */
import { afterEach } from 'vitest'
import { newRelayKey, startRelay, type RelayProcess } from './relay.ts'
import { setStage, type Stage } from './stage.ts'

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
