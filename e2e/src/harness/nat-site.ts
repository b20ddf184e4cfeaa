/** The real thing between NATs: the deployment and a relay in the open network, a browser in each home. */
import type { Browser } from 'playwright-core'
import { calmCamera, executablePath, launchChromium } from './chromium.ts'
import { startDeployment, type Deployment } from './deployment.ts'
import { makeNatLab, publicAddress, type NatLab } from './nat-lab.ts'
import type { NatClass } from './nat-rules.ts'
import { inside, wrapperFor } from './namespaces.ts'
import { installProbe } from './probe.ts'
import { newRelayKey, startRelay, type RelayKey } from './relay.ts'
import { RoomPage } from './room-page.ts'
import { installSenses } from './senses.ts'
import { installSmallCamera } from './small-camera.ts'

/** The port of STUN, which a relay's port is as well: no other STUN server is there, and no TURN. */
const relayUdpPort = 3_478
const relayTcpPort = 4_443

/** Without a graphics card drawing costs more than the call. */
const viewport = { width: 640, height: 480 }

export interface NatHomes {
  setRouters(...classes: readonly [NatClass, NatClass]): void
  /** Someone in the first or the second home, who has opened nothing yet but may make rooms. */
  person(home: 0 | 1, name: string): Promise<RoomPage>
}

export interface NatSite extends NatHomes {
  end(): Promise<void>
}

interface Inventory {
  readonly deployment: Deployment
  readonly browsers: readonly [Browser, Browser]
  end(): Promise<void>
}

async function launchInside(home: string): Promise<Browser> {
  const wrapper = await wrapperFor(home, executablePath)
  const browser = await launchChromium('granted', {
    path: wrapper.path,
    // The worker's certificate is its own.
    args: ['--ignore-certificate-errors', ...calmCamera],
  })
  browser.on('disconnected', () => void wrapper.remove())
  return browser
}

/** Brings the relays of a deployment; answers with the way to end them. */
export type BringRelays = (site: RelaySite) => Promise<() => Promise<void>>

export interface RelaySite {
  readonly origin: string
  readonly key: RelayKey
  /** Words that run what follows them in the open network. */
  readonly place: readonly string[]
}

/** One relay, at the port of STUN. */
const oneRelay: BringRelays = async ({ origin, key, place }) => {
  const settings = {
    UDP_PORT: String(relayUdpPort),
    TCP_PORT: String(relayTcpPort),
    BIND_ADDRESSES: publicAddress,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  }
  const relay = await startRelay(origin, key, 'Singapore', settings, place)
  return () => relay.end()
}

async function furnish(lab: NatLab, bringRelays: BringRelays): Promise<Inventory> {
  lab.setRouters('port-restricted', 'port-restricted')
  const key = newRelayKey()
  const variables = {
    RELAY_KEYS: key.entry,
    ICE_SERVERS: JSON.stringify([{ urls: [`stun:${publicAddress}:${relayUdpPort}`] }]),
  }
  const [deployment, ...browsers] = await Promise.all([
    startDeployment(variables, { words: inside(lab.pub), isForOthers: true }),
    launchInside(lab.homes[0]),
    launchInside(lab.homes[1]),
  ])
  const endRelays = await bringRelays({ origin: deployment.origin, key, place: inside(lab.pub) })
  const end = async (): Promise<void> => {
    await Promise.all(browsers.map((browser) => browser.close()))
    await endRelays()
    await deployment.end()
  }
  return { deployment, browsers, end }
}

export async function openNatSite(bringRelays: BringRelays = oneRelay): Promise<NatSite> {
  const lab = makeNatLab()
  const furnished = furnish(lab, bringRelays)
  furnished.catch(() => lab.remove())
  const { browsers, deployment, end } = await furnished
  return {
    setRouters: (...classes) => lab.setRouters(...classes),
    async person(home, name) {
      const context = await browsers[home].newContext({ viewport })
      for (const script of [installSmallCamera, installProbe, installSenses])
        await context.addInitScript(script)
      const page = await context.newPage()
      const person = new RoomPage(page, name, deployment.origin.replace('localhost', publicAddress))
      await page.goto(`${person.origin}/#creator=${deployment.creatorKey}`)
      return person
    },
    async end() {
      await end()
      lab.remove()
    },
  }
}
