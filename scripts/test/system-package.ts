/** Installs what a test needs from the system's packages, where that is safe: Debian, as root. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

function run(command: string, words: readonly string[]): void {
  console.log(`$ ${command} ${words.join(' ')}`)
  const { status } = spawnSync(command, words, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${status ?? 'a signal'}`)
}

/** Throws `otherwise`, one line that says what to do, where it may not install. */
export function installPackage(name: string, otherwise: string): void {
  const mayInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!mayInstall) throw new Error(otherwise)
  console.log(`${name} is missing; installing it, once`)
  run('apt-get', ['update', '-q'])
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', name])
}
