import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { simplePeerParts } from './vite.config.ts'

/** Debian's browser unless the machine says otherwise; a download is never needed. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Fake devices without a prompt, host candidates by address (no mDNS in a sandbox), and no calls home. */
const args = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

/** Everything that needs a real browser: links, capture, elements. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  resolve: { alias: simplePeerParts },
  /** Found up front: a dependency found late would reload the page in the middle of a test. */
  optimizeDeps: {
    include: ['simple-peer', 'valibot', 'lit', 'lit/decorators.js', 'axe-core', 'jsqr'],
  },
  test: {
    name: 'client-browser',
    include: ['{src,demo}/**/*.browser.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      viewport: { width: 1280, height: 800 },
      provider: playwright({ launchOptions: { executablePath, args } }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
