/** The second browser: the relay meets a stack that is not libwebrtc. */
import { ensureBrowser } from './browser.ts'

/** The path of an executable Firefox. Throws one line that says what to do when there is none. */
export const ensureFirefox = (): string =>
  ensureBrowser({
    name: 'Firefox',
    variable: 'FIREFOX',
    debianPackage: 'firefox-esr',
    debianPath: '/usr/bin/firefox-esr',
  })
