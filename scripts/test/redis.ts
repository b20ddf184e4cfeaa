/** Sees to it that there is a redis-server for the tests; each test starts its own, on a free port. */
import { spawnSync } from 'node:child_process'
import { installPackage } from './system-package.ts'

/** Null: there is none. */
function versionOf(): string | null {
  const { status, stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  return status === 0 ? (/v=(\d+\.\d+)/.exec(stdout)?.[1] ?? null) : null
}

/** Throws one line that says what to do when there is no Redis 7.0 or later. */
export function ensureRedis(): void {
  const needed =
    'the tests need redis-server 7.0 or later in the PATH: install it (Debian, Ubuntu: sudo apt-get install redis-server)'
  if (versionOf() === null) installPackage('redis-server', needed)
  const version = versionOf()
  if (version === null || Number(version.split('.')[0]) < 7)
    throw new Error(`${needed}; found ${version ?? 'none'}`)
}
