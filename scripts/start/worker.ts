/** Runs the signalling worker in wrangler's local runtime, offline, and ends it without leaving processes behind. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runGuarded, type Guarded } from './guarded.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Measured cold start: 2 s quiet, 14 s with a load of five on each core. Real problems are told before that. */
const readyWithinMs = 60_000
/** With these wrangler makes no connection to anyone (measured). */
const offline = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  DO_NOT_TRACK: '1',
}

export interface WorkerSettings {
  readonly port: number
  readonly inspectorPort: number
  readonly lan: boolean
  readonly liveReload: boolean
  readonly stateDirectory: string
  readonly vars: readonly string[]
  /** Like `vars`, but not for the list of processes that everyone on this machine may read. */
  readonly secrets: Readonly<Record<string, string>>
  readonly logFile: string
}

export interface RunningWorker extends Guarded {
  /** Resolves when `origin` serves the page and the worker; rejects when the worker ended or took too long. */
  ready(origin: string): Promise<void>
}

function wranglerWords(settings: WorkerSettings): string[] {
  const words = [
    'dev',
    '--local',
    '--port',
    String(settings.port),
    '--ip',
    settings.lan ? '0.0.0.0' : '127.0.0.1',
  ]
  words.push('--inspector-port', String(settings.inspectorPort), '--show-interactive-dev-session=false')
  words.push('--persist-to', settings.stateDirectory, '--log-level', 'info')
  if (settings.lan) words.push('--local-protocol', 'https')
  if (settings.liveReload) words.push('--live-reload')
  for (const pair of settings.vars) words.push('--var', pair)
  if (Object.keys(settings.secrets).length > 0) words.push('--env-file', secretsFileOf(settings))
  return words
}

const secretsFileOf = (settings: WorkerSettings): string => `${settings.logFile}.env`

/** For this start only, and for the eyes of whoever started it. */
async function writeSecrets(settings: WorkerSettings): Promise<void> {
  const lines = Object.entries(settings.secrets).map(([name, value]) => `${name}='${value}'`)
  if (lines.length > 0) await writeFile(secretsFileOf(settings), `${lines.join('\n')}\n`, { mode: 0o600 })
}

/** The status of a GET, or 0. --lan makes a self-signed certificate, so it is not checked here: it is our own. */
async function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const options = { timeout: 2_000, agent: false as const }
    const asked = url.startsWith('https:')
      ? httpsRequest(url, { ...options, rejectUnauthorized: false })
      : httpRequest(url, options)
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('timeout', () => asked.destroy(new Error('timeout')))
    asked.on('error', () => resolve(0))
    asked.end()
  })
}

async function untilServed(origin: string, problem: () => string | null): Promise<void> {
  const deadlineMs = performance.now() + readyWithinMs
  for (const path of ['/health', '/']) {
    let status = await statusOf(origin + path)
    while (status !== 200) {
      const why = problem()
      if (why !== null) throw new Error(why)
      if (performance.now() > deadlineMs) {
        const seen = status === 0 ? 'no answer' : `status ${status}`
        throw new Error(`${origin}${path} is not served after ${readyWithinMs / 1000} s (${seen})`)
      }
      await wait(50)
      status = await statusOf(origin + path)
    }
  }
}

export async function runWorker(settings: WorkerSettings): Promise<RunningWorker> {
  await mkdir(dirname(settings.logFile), { recursive: true })
  await writeSecrets(settings)
  // wrangler itself would wait for a better source for ever; whoever starts it wants to know now.
  let problem: string | null = null
  let served = false
  const guarded = await runGuarded({
    name: 'the worker',
    command: join(root, 'node_modules/.bin/wrangler'),
    words: wranglerWords(settings),
    env: { ...offline, WRANGLER_LOG_PATH: join(dirname(settings.logFile), 'wrangler') },
    logFile: settings.logFile,
    onLine: (line) => {
      if (line.includes('Build failed')) problem ??= 'the worker does not compile'
      if (served && line.includes('[ERROR]')) console.error(line)
    },
  })
  void guarded.ended.then(() => (problem ??= 'the worker ended while starting'))
  return {
    async ready(origin) {
      await untilServed(origin, () => problem)
      served = true
    },
    ended: guarded.ended,
    async end() {
      await rm(secretsFileOf(settings), { force: true })
      await guarded.end()
    },
  }
}
