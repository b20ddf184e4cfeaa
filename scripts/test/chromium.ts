/** Finds a real Chromium for the tests, installs one where that is safe, or says exactly what to install. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const debianPath = '/usr/bin/chromium'

function run(command: string, words: readonly string[]): void {
  console.log(`$ ${command} ${words.join(' ')}`)
  const { status } = spawnSync(command, words, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${status ?? 'a signal'}`)
}

/** The path of an executable Chromium. Throws one line that says what to do when there is none. */
export function ensureChromium(): string {
  const named = process.env['CHROMIUM']
  if (named !== undefined) {
    if (existsSync(named)) return named
    throw new Error(`CHROMIUM=${named} does not exist`)
  }
  if (existsSync(debianPath)) return debianPath
  const mayInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!mayInstall) {
    throw new Error(
      'the tests need Chromium: install it (Debian, Ubuntu: sudo apt-get install chromium) ' +
        'or set CHROMIUM to the path of a Chromium or Chrome',
    )
  }
  console.log('Chromium is missing; installing it, once')
  run('apt-get', ['update', '-q'])
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'])
  if (!existsSync(debianPath)) throw new Error(`apt-get installed chromium, but ${debianPath} does not exist`)
  return debianPath
}
