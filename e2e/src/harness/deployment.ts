/** The real thing, started as anyone would start it: `npm start`, with rooms of its own in a temporary folder. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstJsonLine, startChild } from './child.ts'
import { startDoor, type Door } from './door.ts'

const startScript = fileURLToPath(new URL('../../../scripts/start.ts', import.meta.url))

export interface Deployment {
  readonly origin: string
  readonly creatorKey: string
  /** The same deployment through a door that can be slammed. */
  readonly door: Door
  readonly doorOrigin: string
  /** Everything it has logged so far: what the worker wrote, and what was said on the terminal. */
  log(): Promise<string>
  end(): Promise<void>
}

/** `variables` are settings of the worker (signal-worker/src/config.ts). */
export async function startDeployment(variables: Readonly<Record<string, string>> = {}): Promise<Deployment> {
  const state = await mkdtemp(join(tmpdir(), 'video-room-e2e-'))
  const settings = Object.entries(variables).flatMap(([key, value]) => ['--var', `${key}:${value}`])
  const child = startChild(process.execPath, [
    startScript,
    '--json',
    '--port=0',
    `--state=${state}`,
    ...settings,
  ])
  const ready = await firstJsonLine(child, 'the worker is ready')
  const origin = String(ready['url'])
  const door = await startDoor(Number(new URL(origin).port))
  return {
    origin,
    creatorKey: String(ready['creatorKey']),
    door,
    doorOrigin: `http://localhost:${door.port}`,
    log: async () => {
      // The line that tells us the creator key is meant for us alone; it stands on the terminal, not in the log.
      const terminal = child.output().replace(String(ready['creatorKey']), '')
      return `${await readFile(String(ready['log']), 'utf8')}\n${terminal}`
    },
    async end() {
      await door.close()
      await child.end()
      await rm(state, { recursive: true, force: true })
    },
  }
}
