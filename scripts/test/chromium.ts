/** The Chromium of the tests. */
import { ensureBrowser } from './browser.ts'

/** The path of an executable Chromium. Throws one line that says what to do when there is none. */
export const ensureChromium = (): string =>
  ensureBrowser({
    name: 'Chromium',
    variable: 'CHROMIUM',
    debianPackage: 'chromium',
    debianPath: '/usr/bin/chromium',
  })
