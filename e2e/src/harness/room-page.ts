/** One person in front of one page: what they do and what they see, by the words on it. */
import type { ConsoleMessage, Locator, Page } from 'playwright-core'
import type { RoomSession } from '@video-room/client/room-session.ts'
import type { LinkSample, SessionView } from '@video-room/client/core/view.ts'
import { words } from '@video-room/client/components/words.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import { eventually, patienceMs } from './wait.ts'

type VideoRoom = HTMLElement & { readonly session: RoomSession | null }

export interface Sent {
  readonly audioBytes: number
  readonly videoBytes: number
}

export class RoomPage {
  readonly page: Page
  readonly name: string
  readonly origin: string
  /** Console errors and uncaught exceptions so far, but for the expected ones. */
  readonly complaints: string[] = []
  readonly #expected: RegExp[] = []

  constructor(page: Page, name: string, origin: string) {
    this.page = page
    this.name = name
    this.origin = origin
    page.setDefaultTimeout(patienceMs)
    page.on('pageerror', (error) => this.#complain(`uncaught: ${error.message}`))
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error') this.#complain(`${message.text()} (${message.location().url})`)
    })
  }

  #complain(text: string): void {
    if (!this.#expected.some((pattern) => pattern.test(text))) this.complaints.push(`${this.name}: ${text}`)
  }

  /** The browser itself writes failed requests to the console; a test that causes some says so. */
  expectsComplaint(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' })
  }

  /**
   * Opens the landing page, makes a room there, and stands in its lobby. Returns the link to share. Settings that the
   * landing page does not offer are written into what it sends.
   */
  async createRoom({ maxParticipants = 1, ...others }: Partial<RoomSettings> = {}): Promise<string> {
    await this.page.goto(this.origin)
    if (maxParticipants !== 1) {
      await this.page.getByLabel('Guests at most').selectOption(String(maxParticipants))
    }
    if (Object.keys(others).length > 0) {
      await this.page.route('**/room/create', async (route) => {
        const wish: unknown = route.request().postDataJSON()
        await route.continue({ postData: { ...(wish as object), ...others } })
      })
    }
    await this.button('Create room').click()
    await this.lobby()
    return this.page.url()
  }

  /** Opens a shared link (by this person's own way to the deployment) and stands in the lobby. */
  async openLink(link: string): Promise<void> {
    await this.page.goto(`${this.origin}/${new URL(link).hash}`)
    await this.lobby()
  }

  async lobby(): Promise<void> {
    await this.page.getByLabel(words.yourName).waitFor()
    await this.page.getByLabel(words.yourName).fill(this.name)
  }

  /** The camera is granted and its preview moves: devices are ready. */
  async previews(): Promise<void> {
    const video = this.page.getByRole('group', { name: words.preview }).locator('video')
    await video.waitFor()
    await eventually('the preview moves', () =>
      video.evaluate((element: HTMLVideoElement) => element.videoWidth > 2 && element.currentTime > 0),
    )
  }

  /** Join, and whatever the room says to it. */
  async askToJoin(button: string = words.join): Promise<void> {
    await this.button(button).click()
  }

  /** A page that knows its seat was opened again: back through the lobby. */
  async returns(): Promise<void> {
    await this.lobby()
    await this.join()
  }

  /** Join, and stand in the room; or, where it says otherwise, before its door. */
  async join(until: SessionView['status'] = 'in-room'): Promise<SessionView> {
    await this.previews()
    await this.askToJoin()
    return this.untilStatus(until)
  }

  async leave(): Promise<void> {
    await this.button(words.leave).click()
    await this.untilStatus('ended')
  }

  /** What the session shows, or null before there is one. */
  view(): Promise<SessionView | null> {
    return this.page.evaluate(() => {
      const view = document.querySelector<VideoRoom>('video-room')?.session?.view
      // Tracks are handles, not data: through JSON only the data crosses to the test.
      return view === undefined ? null : JSON.parse(JSON.stringify(view))
    })
  }

  async untilStatus(status: SessionView['status'], deadlineMs = patienceMs): Promise<SessionView> {
    return this.untilView(`${this.name} is ${status}`, (view) => view.status === status, deadlineMs)
  }

  /** Waits until the session shows something that `is` likes. */
  async untilView(
    what: string,
    is: (view: SessionView) => boolean,
    deadlineMs = patienceMs,
  ): Promise<SessionView> {
    return eventually(
      what,
      async () => {
        const view = await this.view()
        return view !== null && is(view) && view
      },
      deadlineMs,
    )
  }

  async occupantId(): Promise<string> {
    return eventually('a seat', async () => (await this.view())?.occupantId ?? null)
  }

  samples(): Promise<readonly LinkSample[]> {
    return this.page.evaluate(
      async () => (await document.querySelector<VideoRoom>('video-room')?.session?.samples()) ?? [],
    )
  }

  /** Those of the links that carry media; others stand by (MG6). */
  async carrying(): Promise<readonly LinkSample[]> {
    return (await this.samples()).filter(({ isStandby }) => !isStandby)
  }

  tile(name: string): Locator {
    return this.page.getByRole('group', { name, exact: true })
  }

  /** Waits until this person's tile carries this mark (a badge, the avatar), or no longer does. */
  async sees(name: string, mark: string, count = 1): Promise<void> {
    const marks = this.tile(name).getByRole('img', { name: mark, exact: true })
    await eventually(`${this.name} sees ${count} of ${mark} on ${name}`, async () => {
      return (await marks.count()) === count
    })
  }

  /** The moment, in milliseconds since the epoch, at which this person's tile first carries this mark. */
  whenTileSays(name: string, mark: string): Promise<number> {
    return this.page.evaluate(
      (wanted) =>
        window.senses.whenSeen(() =>
          window.senses
            .all(`[role=group][aria-label="${wanted.name}"]`)
            .some((tile) => tile.querySelector(`[role=img][aria-label="${wanted.mark}"]`) !== null),
        ),
      { name, mark },
    )
  }

  control(source: 'microphone' | 'camera'): Locator {
    return this.page.getByRole('toolbar').getByRole('button', { name: words[source], exact: true })
  }

  async toggle(source: 'microphone' | 'camera'): Promise<void> {
    await this.control(source).click()
  }

  async isOn(source: 'microphone' | 'camera'): Promise<boolean> {
    return (await this.control(source).getAttribute('aria-pressed')) === 'true'
  }

  /** So many clicks, one every so many milliseconds, by the page's own clock. */
  async toggleQuickly(source: 'microphone' | 'camera', clicks: number, gapMs: number): Promise<void> {
    await this.control(source).evaluate(
      (button: HTMLElement, pace) =>
        new Promise<void>((resolve) => {
          let left = pace.clicks
          const clicking = setInterval(() => {
            button.click()
            left -= 1
            if (left > 0) return
            clearInterval(clicking)
            resolve()
          }, pace.gapMs)
        }),
      { clicks, gapMs },
    )
  }

  async openPeople(): Promise<void> {
    await this.page.getByRole('toolbar').getByRole('button', { name: words.people, exact: true }).click()
  }

  /** Answers the question whether something that cannot be undone shall be done. */
  async confirm(button: string): Promise<void> {
    await this.page.getByRole('alertdialog').getByRole('button', { name: button, exact: true }).click()
  }

  /** Waits until exactly this many of the others' videos are on screen and all of them move. */
  async seesMoving(count = 1, deadlineMs = patienceMs): Promise<void> {
    const before = new Map<string, number>()
    await eventually(
      `${this.name} sees ${count} moving`,
      async () => {
        const videos = await this.page.evaluate(() => window.senses.remoteVideos())
        const moving = videos.filter(({ trackId, frames, width }) => {
          const first = before.get(trackId) ?? frames
          before.set(trackId, Math.min(first, frames))
          return frames >= first + 3 && width > 2
        })
        return videos.length === count && moving.length === count
      },
      deadlineMs,
    )
  }

  /** Waits until sound of others reaches this person: some element may play it, and energy arrives. */
  async hears(): Promise<void> {
    await eventually(`${this.name} may hear`, () => this.page.evaluate(() => window.senses.mayHear()))
    const first = await this.#audioEnergy()
    await eventually(`${this.name} hears`, async () => (await this.#audioEnergy()) > first)
  }

  /** RTP audio energy received so far (W3C webrtc-stats, totalAudioEnergy). */
  #audioEnergy(): Promise<number> {
    return this.page.evaluate(async () => {
      let energy = 0
      for (const connection of window.probe.connections) {
        for (const [, entry] of await connection.getStats()) {
          if (entry.type === 'inbound-rtp' && entry.kind === 'audio') energy += entry.totalAudioEnergy ?? 0
        }
      }
      return energy
    })
  }

  /** What has gone out on all links so far. */
  sent(): Promise<Sent> {
    return this.page.evaluate(async () => {
      const bytes = { audioBytes: 0, videoBytes: 0 }
      for (const connection of window.probe.connections) {
        for (const [, entry] of await connection.getStats()) {
          if (entry.type !== 'outbound-rtp') continue
          bytes[entry.kind === 'audio' ? 'audioBytes' : 'videoBytes'] += entry.bytesSent
        }
      }
      return bytes
    })
  }

  /** Live capture tracks of this kind, over all that the page ever asked for. */
  liveCaptures(kind: 'audio' | 'video'): Promise<number> {
    return this.page.evaluate(
      (wanted) =>
        window.probe.captured.filter((track) => track.kind === wanted && track.readyState === 'live').length,
      kind,
    )
  }

  /** Negotiations so far: the events that ask for one, and descriptions made. */
  negotiations(): Promise<{ readonly asked: number; readonly described: number }> {
    return this.page.evaluate(() => ({
      asked: window.probe.negotiations,
      described: window.probe.descriptions,
    }))
  }

  lastClickAtMs(): Promise<number> {
    return this.page.evaluate(() => window.senses.clicksAtMs.at(-1) ?? Number.NaN)
  }

  /** Everything secret that the page keeps: 43 characters of base64url are a token. */
  async secrets(): Promise<string[]> {
    const stored = await this.page
      .evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))
      .catch(() => '')
    return stored.match(/(?<![\w-])[\w-]{43}(?![\w-])/g) ?? []
  }
}
