/** Finds a real Chromium for the tests, installs one where that is safe, or says exactly what to install. */
import { existsSync } from 'node:fs'
import { installPackage } from './system-package.ts'

const debianPath = '/usr/bin/chromium'

/** The path of an executable Chromium. Throws one line that says what to do when there is none. */
export function ensureChromium(): string {
  const named = process.env['CHROMIUM']
  if (named !== undefined) {
    if (existsSync(named)) return named
    throw new Error(`CHROMIUM=${named} does not exist`)
  }
  if (existsSync(debianPath)) return debianPath
  installPackage(
    'chromium',
    'the tests need Chromium: install it (Debian, Ubuntu: sudo apt-get install chromium) ' +
      'or set CHROMIUM to the path of a Chromium or Chrome',
  )
  if (!existsSync(debianPath)) throw new Error(`apt-get installed chromium, but ${debianPath} does not exist`)
  return debianPath
}
