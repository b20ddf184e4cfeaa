/** A relay and pages of one Chromium for a whole file of tests; each test finds the room empty. */
import { afterAll, afterEach, beforeAll } from 'vitest'
import { BrowserGuest } from './browser-guest.ts'
import { startChromium, type TestBrowser } from './browsers.ts'
import type { Color, PictureWish } from './page/page-protocol.ts'
import { PageServer } from './page-server.ts'
import type { LabOptions } from './lab-relay.ts'
import { RelayLab } from './relay-lab.ts'

export interface Stage {
  readonly lab: RelayLab
  /** As many as were asked for, with nobody in them. */
  readonly guests: readonly BrowserGuest[]
}

/** A machine that runs everybody's tests takes its time to start a browser. */
const startMs = 120_000

export function setStage(pages: number, options: LabOptions = {}): Stage {
  let lab: RelayLab | null = null
  let server: PageServer | null = null
  let browser: TestBrowser | null = null
  const guests: BrowserGuest[] = []
  beforeAll(async () => {
    ;[lab, server, browser] = await Promise.all([
      RelayLab.start(options),
      PageServer.start(),
      startChromium(),
    ])
    for (let page = 0; page < pages; page += 1) guests.push(await BrowserGuest.open(browser, server))
  }, startMs)
  afterEach(async () => {
    await Promise.all(guests.map((guest) => guest.leave()))
    lab?.room.leaveAll()
  })
  afterAll(async () => {
    await Promise.all([browser?.stop(), server?.stop(), lab?.stop()])
  }, startMs)
  return {
    get lab() {
      if (lab === null) throw new Error('the stage is not set yet')
      return lab
    },
    guests,
  }
}

/** One layer, cheap to encode. */
export const smallPicture = (color: Color): PictureWish => ({
  widthPx: 320,
  heightPx: 180,
  framesPerSecond: 15,
  color,
})

/** Three layers of 540p, at rates that a machine with two cores encodes beside everything else. */
export const layeredPicture = (color: Color): PictureWish => ({
  widthPx: 960,
  heightPx: 540,
  framesPerSecond: 12,
  color,
  layersBps: [700_000, 250_000, 100_000],
})
export const widths = { f: 960, h: 480, q: 240 } as const
