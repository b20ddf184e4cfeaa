/**
 * One person in front of Firefox, which playwright cannot drive: what room-page.ts is for Chromium, as far as the tests of moves
 * need it. Controls are found by their place, through shadow roots.
 */
import type { RoomSession } from '@video-room/client/room-session.ts'
import type { LinkSample, SessionView } from '@video-room/client/core/view.ts'
import { words } from '@video-room/client/components/words.ts'
import type { Page } from 'puppeteer-core'
import { installProbe } from './probe.ts'
import { installSenses } from './senses.ts'
import { installSmallCamera } from './small-camera.ts'
import { installPerception } from './perception.ts'
import { eventually, patienceMs } from './wait.ts'

type VideoRoom = HTMLElement & { readonly session: RoomSession | null }

/** Run in the page before its own. */
const scripts = [installSmallCamera, installProbe, installSenses, installPerception]

export class FirefoxPage {
  readonly name: string
  /** Console errors and uncaught exceptions so far. */
  readonly complaints: string[] = []
  readonly page: Page

  private constructor(page: Page, name: string) {
    this.page = page
    this.name = name
    page.setDefaultTimeout(patienceMs)
    page.on('pageerror', (error) => this.complaints.push(`${name}: uncaught: ${String(error)}`))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`${name}: ${message.text()}`)
    })
  }

  static async open(page: Page, name: string): Promise<FirefoxPage> {
    for (const script of scripts) await page.evaluateOnNewDocument(script)
    return new FirefoxPage(page, name)
  }

  /** Opens a shared link, and stands in the room. */
  async join(link: string): Promise<void> {
    await this.page.goto(link)
    await this.page.locator('>>> input[name=display-name]').fill(this.name)
    await eventually('the preview moves', () =>
      this.page.evaluate(
        (label) =>
          window.senses
            .all(`[role=group][aria-label="${label}"] video`)
            .some((video) => video instanceof HTMLVideoElement && video.videoWidth > 2),
        words.preview,
      ),
    )
    await this.page.locator('>>> .lobby button[type=submit]').click()
    await eventually(`${this.name} is in the room`, async () => (await this.view())?.status === 'in-room')
  }

  /** What the session shows, or null before there is one. */
  view(): Promise<SessionView | null> {
    return this.page.evaluate(() => {
      const view = document.querySelector<VideoRoom>('video-room')?.session?.view
      return view === undefined ? null : JSON.parse(JSON.stringify(view))
    })
  }

  samples(): Promise<readonly LinkSample[]> {
    return this.page.evaluate(
      async () => (await document.querySelector<VideoRoom>('video-room')?.session?.samples()) ?? [],
    )
  }

  /** Waits until the badge says this of the way of media. */
  async badgeSays(way: string): Promise<void> {
    await eventually(`${this.name} reads ${way}`, () =>
      this.page.evaluate(
        (wanted) => window.senses.all('button[part=route]')[0]?.textContent?.trim() === wanted,
        way,
      ),
    )
  }

  async toggle(source: 'microphone' | 'camera'): Promise<void> {
    await this.page.locator(`>>> [role=toolbar] button[aria-label="${words[source]}"]`).click()
  }
}
