/** Relays of a chain, and pages if there are any, for a whole file of tests; each test has rooms of its own. */
import { afterAll, afterEach, beforeAll } from 'vitest'
import { BrowserGuest } from './browser-guest.ts'
import { startChromium, startFirefox, type TestBrowser } from './browsers.ts'
import { ChainLab } from './chain-lab.ts'
import { DatachannelGuest } from './datachannel-guest.ts'
import type { Seat } from './lab-room.ts'
import { PageServer } from './page-server.ts'
import type { Settings } from './running-relay.ts'

export interface ChainStage {
  readonly lab: ChainLab
  /** A page of Chromium; the last one of Firefox, if it was asked for. */
  page(at: number): BrowserGuest
  /** libdatachannel at this seat; `sends` a voice and a picture. Gone after the test. */
  raw(seat: Seat, options?: { readonly sends?: boolean; readonly slots?: number }): Promise<DatachannelGuest>
  /** Everyone goes, and rooms are over: as after each test. */
  clear(): Promise<void>
}

interface Wish {
  readonly relays: number
  /** Of each relay, where they are not the usual ones. */
  readonly settings?: readonly Settings[]
  readonly pages?: number
  readonly hasFirefox?: boolean
}

/** A machine that runs everybody's tests takes its time to start browsers. */
const startMs = 120_000

export function setChain({ relays, settings = [], pages = 0, hasFirefox = false }: Wish): ChainStage {
  let lab: ChainLab | null = null
  let server: PageServer | null = null
  const browsers: TestBrowser[] = []
  const guests: BrowserGuest[] = []
  const raws: DatachannelGuest[] = []
  beforeAll(async () => {
    const [started, serving, ...found] = await Promise.all([
      ChainLab.start(relays, settings),
      PageServer.start(),
      ...(pages > 0 ? [startChromium()] : []),
      ...(hasFirefox ? [startFirefox()] : []),
    ])
    lab = started
    server = serving
    browsers.push(...found)
    for (const browser of browsers) {
      const count = browser.name === 'Chromium' ? pages : 1
      for (let page = 0; page < count; page += 1) guests.push(await BrowserGuest.open(browser, serving))
    }
  }, startMs)
  const clear = async (): Promise<void> => {
    for (const raw of raws.splice(0)) raw.close()
    await Promise.all(guests.map((guest) => guest.leave()))
    await lab?.clear()
  }
  afterEach(clear)
  afterAll(async () => {
    await Promise.all([...browsers.map((browser) => browser.stop()), server?.stop(), lab?.stop()])
  }, startMs)
  return {
    get lab() {
      if (lab === null) throw new Error('the stage is not set yet')
      return lab
    },
    clear,
    page: (at) => {
      const found = guests[at]
      if (!found) throw new Error('not so many pages')
      return found
    },
    raw: async (seat, { sends = false, slots = 2 } = {}) => {
      const guest = new DatachannelGuest()
      raws.push(guest)
      await guest.join(seat, slots)
      if (!sends) return guest
      guest.hum()
      guest.flicker()
      return guest
    },
  }
}
