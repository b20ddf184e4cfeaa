/**
 * A call between two Chromiums on the product's own page, watched from both ends: what the tile displays, what is heard, what the
 * room says of the route, what every connection sends.
 */
import type { Browser } from 'playwright-core'
import { makeBarcodeCamera } from './barcode-camera.ts'
import { launchChromium } from './chromium.ts'
import type { Deployment } from './deployment.ts'
import { installFalseReports } from './false-reports.ts'
import { installGapMeter, type Look } from './gap-meter.ts'
import { installLinkLog, type LinkLook } from './link-log.ts'
import { installProbe } from './probe.ts'
import { RoomPage } from './room-page.ts'
import { installRouteLog, type RouteNews } from './route-log.ts'
import { installSenses } from './senses.ts'
import { installNoise, installSoundMeter, type Level } from './sound-meter.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'

/** Everything seen, heard and sent so far. */
export interface Watched {
  readonly looks: readonly Look[]
  readonly levels: readonly Level[]
  readonly news: readonly RouteNews[]
  readonly links: readonly LinkLook[]
}

export interface Watcher {
  readonly person: RoomPage
  /** The same object, grown. */
  refresh(): Promise<Watched>
}

export interface MeasuredCall {
  readonly link: string
  /** The host, the guest. */
  readonly watchers: readonly [Watcher, Watcher]
  end(): Promise<void>
}

/** Drawing costs what the window is large; the processor is for the call. */
const viewport = { width: 640, height: 480 }
const scripts = [
  installNoise,
  installFalseReports,
  installProbe,
  installSenses,
  installRouteLog,
  installLinkLog,
  installSoundMeter,
  installGapMeter,
]

async function openPerson(browser: Browser, deployment: Deployment, name: string): Promise<RoomPage> {
  const context = await browser.newContext({ viewport })
  for (const script of scripts) await context.addInitScript(script)
  return new RoomPage(await context.newPage(), name, deployment.origin)
}

async function watch(person: RoomPage, other: string): Promise<Watcher> {
  await person.page.evaluate(async (label) => {
    window.gapMeter.watch(label)
    window.linkLog.start()
    await window.soundMeter.listen()
  }, other)
  const watched = {
    looks: new Array<Look>(),
    levels: new Array<Level>(),
    news: new Array<RouteNews>(),
    links: new Array<LinkLook>(),
  }
  return {
    person,
    async refresh() {
      const fresh = await person.page.evaluate(() => ({
        looks: window.gapMeter.take(),
        levels: window.soundMeter.take(),
        news: window.routeLog.take(),
        links: window.linkLog.take(),
      }))
      watched.looks.push(...fresh.looks)
      watched.levels.push(...fresh.levels)
      watched.news.push(...fresh.news)
      watched.links.push(...fresh.links)
      return watched
    },
  }
}

export async function measuredCall(
  deployment: Deployment,
  settings: Partial<RoomSettings>,
): Promise<MeasuredCall> {
  const camera = await makeBarcodeCamera()
  const launch = (): Promise<Browser> => launchChromium('granted', { args: camera.args })
  const browsers = await Promise.all([launch(), launch()])
  const [host, guest] = await Promise.all([
    openPerson(browsers[0], deployment, 'Ada Host'),
    openPerson(browsers[1], deployment, 'Bo Guest'),
  ])
  const link = await host.createRoom(settings)
  await host.join()
  await guest.openLink(link)
  await guest.join()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  return {
    link,
    watchers: [await watch(host, guest.name), await watch(guest, host.name)],
    async end() {
      await Promise.all(browsers.map((browser) => browser.close()))
      await camera.remove()
    },
  }
}
