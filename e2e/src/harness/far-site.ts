/** Two homes on two sides of the world, and a relay beside each: all real, and late by as much as the distance says. */
import type { Child } from './child.ts'
import { keepDistance } from './distance.ts'
import { publicAddress } from './nat-lab.ts'
import { openNatSite, type NatHomes, type NatSite, type RelaySite } from './nat-site.ts'
import { startRelay, type RelayProcess } from './relay.ts'
import type { RoomPage } from './room-page.ts'

/** Of the two homes' routers, as the open network sees them. */
const homes = ['203.0.113.11', '203.0.113.12'] as const
const nearMs = 2
export const farMs = 60
const betweenRelaysMs = 30

export interface FarRelay {
  readonly region: string
  /** The one it stands beside. */
  readonly home: 0 | 1
  readonly process: RelayProcess
  /** Nothing passes between it and other relays while it is; who is at home at it notices nothing. */
  cut(isCut: boolean): void
  end(): Promise<void>
}

export interface FarHomes extends NatHomes {
  /** Those that run. */
  alive(): readonly FarRelay[]
  /** One more relay beside a home. */
  bring(home: 0 | 1, region: string, port: number): Promise<FarRelay>
}

export type FarSite = FarHomes & NatSite

async function bringRelay(
  { origin, key, place }: RelaySite,
  home: 0 | 1,
  region: string,
  port: number,
): Promise<FarRelay> {
  const oneWayMs = Object.fromEntries(homes.map((address, at) => [address, at === home ? nearMs : farMs]))
  const distance: Child = await keepDistance(
    // Half of the way between two relays at either of them.
    { port, outside: publicAddress, inside: '127.0.0.1', oneWayMs, othersMs: betweenRelaysMs / 2 },
    place,
  )
  const settings = {
    UDP_PORT: String(port),
    BIND_ADDRESSES: '127.0.0.1',
    PUBLIC_IP: publicAddress,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  }
  const process = await startRelay(origin, key, region, settings, place)
  let isCutNow = false
  return {
    region,
    home,
    process,
    cut(isCut) {
      if (isCut !== isCutNow) distance.signal('SIGUSR2')
      isCutNow = isCut
    },
    async end() {
      await process.end()
      await distance.end()
    },
  }
}

export async function openFarSite(): Promise<FarSite> {
  const relays: FarRelay[] = []
  let place: RelaySite | undefined
  const bring: FarHomes['bring'] = async (home, region, port) => {
    if (place === undefined) throw new Error('nothing is there before the homes are')
    const relay = await bringRelay(place, home, region, port)
    relays.push(relay)
    return relay
  }
  const site = await openNatSite(async (found) => {
    place = found
    await Promise.all([bring(0, 'Singapore', 3_478), bring(1, 'Frankfurt', 3_479)])
    return async () => {
      for (const relay of relays) await relay.end()
    }
  })
  const alive = (): readonly FarRelay[] => relays.filter(({ process }) => process.exitCode() === null)
  return { ...site, alive, bring }
}

/** How far someone's one relay is; null: they have not exactly one, or it is not known yet. */
export async function homeRttOf(person: RoomPage): Promise<number | null> {
  const [only, ...others] = await person.carrying()
  return others.length === 0 ? (only?.rttMs ?? null) : null
}
