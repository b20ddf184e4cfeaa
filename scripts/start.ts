/** `npm start` and `npm run dev`: builds the page, runs the signalling worker and a relay, says where they are and ends it all. */
import './node-version.ts'
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildClient, watchDemo } from './build.ts'
import { choosePort } from './start/free-port.ts'
import { lanAddresses } from './start/lan-addresses.ts'
import { parseStartOptions, startHelp, type StartOptions } from './start/options.ts'
import { parentsWatch } from './start/parents.ts'
import { redisSettingOf } from './start/redis-setting.ts'
import { newRelayKey, relayAddresses, runRelay, type RunningRelay } from './start/relay.ts'
import { runWorker, type RunningWorker } from './start/worker.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const usualPort = 8787
/** How often we look whether the one who started us is still there. */
const parentCheckMs = 500
/** Of a failed start; a compiler error with its source fits. */
const shownLines = 12

interface Start {
  readonly origin: string
  readonly port: number
  readonly creatorKey: string
  readonly logFile: string
  /** Where room info is kept: null in the worker itself. */
  readonly redis: string | null
  /** Why there is none, for people, or the relay. */
  readonly relay: RunningRelay | string
}

function relayLine({ relay }: Start): string {
  if (typeof relay === 'string') return relay
  const where = relay.addresses.map((address) => `${address}:${relay.udpPort}/udp`).join(', ')
  return `${where}, for rooms with route relay`
}

function greeting(options: StartOptions, start: Start): string {
  if (options.json) {
    const relay = typeof start.relay === 'string' ? null : { udpPort: start.relay.udpPort }
    return JSON.stringify({ url: start.origin, creatorKey: start.creatorKey, log: start.logFile, relay })
  }
  const lines = ['', `  video-room   ${start.origin}${options.lan ? `/#creator=${start.creatorKey}` : ''}`]
  if (options.lan) {
    for (const address of lanAddresses(networkInterfaces())) {
      lines.push(`  on a phone   https://${address}:${start.port}/#creator=${start.creatorKey}`)
    }
    lines.push(
      '',
      '  The certificate is made for this machine and signed by nobody: the browser warns once.',
      '  Choose “Advanced”, then “Proceed”; without HTTPS it would give no page the camera.',
    )
  }
  lines.push(
    `  creator key  ${start.creatorKey}   (this start only; the page finds it by itself)`,
    `  room info    ${start.redis === null ? 'in the worker itself (set REDIS_URL for Redis)' : `in Redis, ${start.redis}`}`,
    `  relay        ${relayLine(start)}`,
    '',
    '  Open the address, choose “Create room”, then open the shown link in a second browser.',
    `  Log: ${relative(process.cwd(), start.logFile)}   Ctrl-C ends everything.`,
    '',
  )
  return lines.join('\n')
}

/**
 * GET /development hands the key to whoever says it asks from this machine. In a network anyone may say so: there the
 * key travels in the printed address only.
 */
function creatorKeySetting(options: StartOptions, creatorKey: string): string {
  if (!options.lan) return `DEVELOPMENT_CREATOR_KEY:${creatorKey}`
  return `CREATOR_KEYS:sha256:${createHash('sha256').update(creatorKey).digest('hex')}`
}

/** Resolves when someone wants us to end: a signal, or the death of whoever started us. */
function askedToEnd(): Promise<void> {
  return new Promise((resolveAsked) => {
    const parentsLive = parentsWatch(process.env['npm_lifecycle_event'] !== undefined)
    setInterval(() => parentsLive() || resolveAsked(), parentCheckMs).unref()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolveAsked())
  })
}

interface Begun extends Start {
  readonly worker: RunningWorker
}

async function begin(options: StartOptions): Promise<Begun> {
  const redis = redisSettingOf(process.env)
  const host = options.lan ? '0.0.0.0' : '127.0.0.1'
  const port = await choosePort(options.port, usualPort, host)
  const inspectorPort = await choosePort(0, 0, '127.0.0.1')
  const creatorKey = randomBytes(24).toString('base64url')
  const logFile = join(root, '.wrangler/logs', `start-${port}.log`)
  const origin = `${options.lan ? 'https' : 'http'}://localhost:${port}`
  const relayKey = newRelayKey()
  // First, so that it has its own start behind it when the worker is there.
  const relay = options.relay ? await beginRelay(options, origin, relayKey.key, logFile) : 'none (--no-relay)'
  const worker = await runWorker({
    port,
    inspectorPort,
    lan: options.lan,
    liveReload: options.watch,
    stateDirectory: resolve(options.stateDirectory),
    vars: [creatorKeySetting(options, creatorKey), `RELAY_KEYS:${relayKey.entry}`, ...options.vars],
    secrets: redis === null ? {} : { REDIS_URL: redis.url },
    logFile,
  })
  return { origin, port, creatorKey, logFile, redis: redis?.shown ?? null, relay, worker }
}

/** A machine that lets nobody listen on UDP still has meshes. */
async function beginRelay(
  options: StartOptions,
  origin: string,
  key: string,
  logFile: string,
): Promise<RunningRelay | string> {
  try {
    const addresses = relayAddresses(options.lan, networkInterfaces())
    return await runRelay({ key, origin, addresses, logFile: logFile.replace(/\.log$/, '-relay.log') })
  } catch (error) {
    return `none: ${error instanceof Error ? error.message : 'it could not start'}`
  }
}

/** The relay once the worker knows it; or why rooms go without. */
async function settledRelay(relay: RunningRelay | string): Promise<RunningRelay | string> {
  if (typeof relay === 'string') return relay
  const problem = await relay.ready()
  return problem === null ? relay : `none: ${problem}`
}

/** What the worker complained about first, else what it said last: dying, its helpers print long traces. */
async function reasonIn(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).split('\n').filter((line) => line.trim() !== '')
  const firstError = lines.findIndex((line) => line.includes('[ERROR]'))
  const shown = firstError < 0 ? lines.slice(-shownLines) : lines.slice(firstError, firstError + shownLines)
  return shown.map((line) => `  | ${line}`).join('\n')
}

async function main(): Promise<number> {
  const options = parseStartOptions(process.argv.slice(2))
  if (options.help) {
    console.log(startHelp)
    return 0
  }
  const ending = askedToEnd()
  const say = (line: string): void => {
    if (!options.json) console.log(line)
  }
  say('building the page …')
  if ((await buildClient()) === 'fresh') say('the page is built already')
  say('starting the worker …')
  const begun = await begin(options)
  const { worker } = begun
  let isEnding = false
  try {
    const outcome = await Promise.race([worker.ready(begun.origin), ending.then(() => 'asked' as const)])
    if (outcome === 'asked') return 0
    if (options.watch) await watchDemo()
    const relay = await Promise.race([settledRelay(begun.relay), ending.then(() => 'asked' as const)])
    if (relay === 'asked') return 0
    console.log(greeting(options, { ...begun, relay }))
    if (typeof relay !== 'string') {
      void relay.ended.then(
        (code) => isEnding || console.error(`the relay ended by itself with code ${code}`),
      )
    }
    const how = await Promise.race([worker.ended, ending.then(() => 'asked' as const)])
    if (how === 'asked') return 0
    throw new Error(`the worker ended by itself with code ${how}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(await reasonIn(begun.logFile))
    console.error(`whole log: ${relative(process.cwd(), begun.logFile)}`)
    return 1
  } finally {
    isEnding = true
    await Promise.all([worker.end(), typeof begun.relay === 'string' ? null : begun.relay.end()])
  }
}

try {
  process.exit(await main())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
