/** The system's Firefox, headless, with a fake camera and microphone: once for a test file, with fresh people for every test. */
import puppeteer, { type Browser, type BrowserContext } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { FirefoxPage } from './firefox-page.ts'

const preferences = {
  // Elements and what a page mixes may sound without a gesture.
  'media.autoplay.default': 0,
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  // Loopback has no mDNS responder: the host candidates would be names that nobody resolves.
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // Without a graphics card to draw costs more than to encode and decode; as many pictures come as before.
  'layout.frame_rate': 20,
}

const launchFirefox = (): Promise<Browser> =>
  puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: preferences,
    args: ['--width=640', '--height=480'],
    defaultViewport: { width: 640, height: 480 },
  })

export interface FirefoxStage {
  person(name: string): Promise<FirefoxPage>
}

export function setFirefoxStage(): FirefoxStage {
  let launched: Promise<Browser> | undefined
  const contexts: BrowserContext[] = []
  const people: FirefoxPage[] = []

  /** Nobody waits for it yet: meanwhile the other browser starts, and makes a room. */
  beforeAll(() => {
    launched = launchFirefox()
  })

  afterEach(async () => {
    const complaints = people.splice(0).flatMap((person) => person.complaints)
    for (const context of contexts.splice(0)) await context.close()
    expect(complaints, 'what Firefox’s console complained about').toEqual([])
  })

  afterAll(async () => (await launched)?.close())

  return {
    async person(name) {
      if (launched === undefined) throw new Error('no Firefox before the first test')
      const context = await (await launched).createBrowserContext()
      contexts.push(context)
      const person = await FirefoxPage.open(await context.newPage(), name)
      people.push(person)
      return person
    },
  }
}
