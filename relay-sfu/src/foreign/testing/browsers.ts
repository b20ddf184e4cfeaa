/** The system's browsers, headless, each started once for a file of tests. */
import { chromium } from 'playwright-core'
import puppeteer from 'puppeteer-core'

export interface TestBrowser {
  readonly name: 'Chromium' | 'Firefox'
  open(url: string): Promise<void>
  stop(): Promise<void>
}

const chromiumArgs = [
  '--no-sandbox',
  '--autoplay-policy=no-user-gesture-required',
  // This machine has no mDNS responder: host candidates would be names that nobody resolves.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-networking',
  '--disable-component-update',
  // Pages draw and decode although none of them is looked at.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
]

export async function startChromium(): Promise<TestBrowser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, headless: true, args: chromiumArgs })
  return {
    name: 'Chromium',
    open: async (url) => {
      const page = await browser.newPage()
      page.on('pageerror', (error) => console.log(`page: ${error.message}`))
      await page.goto(url)
    },
    stop: () => browser.close(),
  }
}

const firefoxPreferences = {
  'media.autoplay.default': 0,
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
}

export async function startFirefox(): Promise<TestBrowser> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: firefoxPreferences,
  })
  return {
    name: 'Firefox',
    open: async (url) => {
      const page = await browser.newPage()
      await page.goto(url)
    },
    stop: () => browser.close(),
  }
}
