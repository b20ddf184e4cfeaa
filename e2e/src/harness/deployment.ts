/** The real thing, started as anyone would start it: `npm start`, with rooms of its own in a temporary folder. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstJsonLine, startChild, type Child } from './child.ts'
import { startDoor, type Door } from './door.ts'

const startScript = fileURLToPath(new URL('../../../scripts/start.ts', import.meta.url))

export interface Deployment {
  readonly origin: string
  /** Another one after `restart`. */
  readonly creatorKey: string
  /** The same deployment through a door that can be slammed. */
  readonly door: Door
  readonly doorOrigin: string
  /** Everything it has logged so far: what the worker wrote, and what was said on the terminal. */
  log(): Promise<string>
  readonly facts: DeploymentFacts
  /** The operator's numbers, as `GET /metrics` has them. */
  metrics(): Promise<string>
  /** Ends the worker and starts it anew on the same port: what only stood in memory is gone. */
  restart(): Promise<void>
  end(): Promise<void>
}

/** What another process needs of a running one. */
export interface DeploymentFacts {
  readonly origin: string
  readonly creatorKey: string
  readonly operatorKey: string
  readonly logFile: string
}

/** Where programs run, when not beside the tests. */
export interface Place {
  /** The words that run what follows them there. */
  readonly words: readonly string[]
  /** Other machines reach it: with HTTPS, since browsers give a camera to nobody else. */
  readonly isForOthers: boolean
}

const beside: Place = { words: [], isForOthers: false }

interface Run extends DeploymentFacts {
  readonly child: Child
  log(): Promise<string>
}

async function startOnce(
  port: number,
  state: string,
  { REDIS_URL = '', ...others }: Readonly<Record<string, string>>,
  place: Place,
): Promise<Run> {
  const settings = Object.entries(others).flatMap(([key, value]) => ['--var', `${key}:${value}`])
  // Who names keys of relays brings the relays along.
  const relays = 'RELAY_KEYS' in others ? ['--no-relay'] : []
  const lan = place.isForOthers ? ['--lan'] : []
  const words = ['--json', `--port=${port}`, `--state=${state}`, ...lan, ...relays, ...settings]
  const [program = process.execPath, ...rest] = [...place.words, process.execPath, startScript, ...words]
  const child = startChild(program, rest, { REDIS_URL })
  const ready = await firstJsonLine(child, 'the worker is ready')
  const [creatorKey, operatorKey] = [String(ready['creatorKey']), String(ready['operatorKey'])]
  return {
    child,
    origin: String(ready['url']),
    creatorKey,
    operatorKey,
    logFile: String(ready['log']),
    log: async () => {
      // The line that tells us the keys is meant for us alone; it stands on the terminal, not in the log.
      const terminal = child.output().replace(creatorKey, '').replace(operatorKey, '')
      return `${await readFile(String(ready['log']), 'utf8')}\n${terminal}`
    },
  }
}

/**
 * `variables` are settings of the worker (signal-worker/src/config.ts); Redis is named as an operator does, by REDIS_URL. With
 * RELAY_KEYS there is no relay but those that the test starts.
 */
export async function startDeployment(
  variables: Readonly<Record<string, string>> = {},
  place: Place = beside,
): Promise<Deployment> {
  const state = await mkdtemp(join(tmpdir(), 'video-room-e2e-'))
  let run = await startOnce(0, state, variables, place)
  const { origin } = run
  const port = Number(new URL(origin).port)
  const door = await startDoor(port)
  let earlierLog = ''
  const log = async (): Promise<string> => `${earlierLog}${await run.log()}`
  return {
    origin,
    get creatorKey() {
      return run.creatorKey
    },
    get facts() {
      const { creatorKey, operatorKey, logFile } = run
      return { origin, creatorKey, operatorKey, logFile }
    },
    metrics: () => metricsOf(run),
    door,
    doorOrigin: `http://localhost:${door.port}`,
    log,
    async restart() {
      await run.child.end()
      earlierLog = await log()
      run = await startOnce(port, state, variables, place)
    },
    async end() {
      await door.close()
      await run.child.end()
      await rm(state, { recursive: true, force: true })
    },
  }
}

async function metricsOf({ origin, operatorKey }: DeploymentFacts): Promise<string> {
  const answer = await fetch(`${origin}/metrics`, { headers: { Authorization: `Bearer ${operatorKey}` } })
  if (!answer.ok) throw new Error(`no metrics but ${answer.status}`)
  return answer.text()
}

/** One that runs already, for as long as somebody else likes; with a door of its own. */
export async function joinDeployment(facts: DeploymentFacts): Promise<Deployment> {
  const { origin, creatorKey, logFile } = facts
  const door = await startDoor(Number(new URL(origin).port))
  return {
    origin,
    creatorKey,
    facts,
    metrics: () => metricsOf(facts),
    door,
    doorOrigin: `http://localhost:${door.port}`,
    log: () => readFile(logFile, 'utf8'),
    restart: () => Promise.reject(new Error('others use it: start one of your own')),
    end: () => door.close(),
  }
}
