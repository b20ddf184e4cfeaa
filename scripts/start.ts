/** `npm start` and `npm run dev`: builds the page, runs the signalling worker and relays, says where they are and ends it all. */
import './node-version.ts'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildClient, watchDemo } from './build.ts'
import { askedToEnd } from './start/asked-to-end.ts'
import { choosePort } from './start/free-port.ts'
import { entryOf, newKey } from './start/key.ts'
import { lanAddresses } from './start/lan-addresses.ts'
import { parseStartOptions, startHelp, type StartOptions } from './start/options.ts'
import { redisSettingOf } from './start/redis-setting.ts'
import { placesOf } from './start/regions.ts'
import { relayAddresses, runRelays, type RunningRelay } from './start/relay.ts'
import { keepStarted } from './start/started.ts'
import { runWorker, type RunningWorker } from './start/worker.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const usualPort = 8787
/** Of a failed start; a compiler error with its source fits. */
const shownLines = 12

interface Start {
  readonly origin: string
  readonly port: number
  readonly creatorKey: string
  readonly operatorKey: string
  readonly logFile: string
  /** Where room info is kept: null in the worker itself. */
  readonly redis: string | null
  readonly relays: readonly RunningRelay[]
  /** Why there is none, or not all that were asked for; for people. */
  readonly relayProblem: string | null
}

function relayLine({ relays, relayProblem }: Start): string {
  if (relayProblem !== null) return relayProblem
  const [first] = relays
  if (first === undefined) return 'none (--no-relay)'
  if (relays.length > 1) return relays.map(({ region, udpPort }) => `${region} ${udpPort}/udp`).join(', ')
  const where = first.addresses.map((address) => `${address}:${first.udpPort}/udp`).join(', ')
  return `${where}, for rooms with route relay`
}

function greeting(options: StartOptions, start: Start): string {
  if (options.json) {
    const { origin: url, creatorKey, operatorKey, logFile: log } = start
    const relays = start.relays.map(({ region, udpPort }) => ({ region, udpPort }))
    return JSON.stringify({ url, creatorKey, operatorKey, log, relays })
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
    `  operator key ${start.operatorKey}   (for ${start.origin}/relays)`,
    `  room info    ${start.redis === null ? 'in the worker itself (set REDIS_URL for Redis)' : `in Redis, ${start.redis}`}`,
    `  ${start.relays.length > 1 ? 'relays' : 'relay '}       ${relayLine(start)}`,
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
  return `CREATOR_KEYS:${entryOf(creatorKey)}`
}

interface Begun extends Start {
  readonly worker: RunningWorker
  /** Nobody shall find this start any more. */
  readonly forget: () => Promise<void>
}

async function begin(options: StartOptions): Promise<Begun> {
  const redis = redisSettingOf(process.env)
  const host = options.lan ? '0.0.0.0' : '127.0.0.1'
  const port = await choosePort(options.port, usualPort, host)
  const inspectorPort = await choosePort(0, 0, '127.0.0.1')
  const creatorKey = randomBytes(24).toString('base64url')
  const logFile = join(root, '.wrangler/logs', `start-${port}.log`)
  const origin = `${options.lan ? 'https' : 'http'}://localhost:${port}`
  const [relayKey, operatorKey] = [newKey(), newKey()]
  // First, so that they have their own start behind them when the worker is there.
  const relaying = await beginRelays(options, origin, relayKey.key, logFile)
  const keySettings = [`RELAY_KEYS:${relayKey.entry}`, `OPERATOR_KEYS:${operatorKey.entry}`]
  const worker = await runWorker({
    port,
    inspectorPort,
    lan: options.lan,
    liveReload: options.watch,
    stateDirectory: resolve(options.stateDirectory),
    vars: [creatorKeySetting(options, creatorKey), ...keySettings, ...options.vars],
    secrets: redis === null ? {} : { REDIS_URL: redis.url },
    logFile,
  })
  const forget = await keepStarted({ origin, relayKey: relayKey.key })
  const shown = {
    origin,
    port,
    creatorKey,
    operatorKey: operatorKey.key,
    logFile,
    redis: redis?.shown ?? null,
  }
  return { ...shown, ...relaying, worker, forget }
}

type Relaying = Pick<Start, 'relays' | 'relayProblem'>

/** A machine that lets nobody listen on UDP still has meshes. */
async function beginRelays(
  options: StartOptions,
  origin: string,
  key: string,
  logFile: string,
): Promise<Relaying> {
  try {
    const relays = await runRelays(placesOf(options.relays), {
      key,
      origin,
      addresses: relayAddresses(options.lan, networkInterfaces()),
      isSelfSigned: options.lan,
      drainSeconds: 0,
      logFileOf: (at) => logFile.replace(/\.log$/, at === 0 ? '-relay.log' : `-relay-${at + 1}.log`),
    })
    return { relays, relayProblem: null }
  } catch (error) {
    return {
      relays: [],
      relayProblem: `none: ${error instanceof Error ? error.message : 'it could not start'}`,
    }
  }
}

/** The relays once the worker knows them; or why rooms go without. */
async function settledRelays({ relays, relayProblem }: Relaying): Promise<Relaying> {
  const problems = await Promise.all(relays.map((relay) => relay.ready()))
  const ready = relays.filter((_relay, at) => problems[at] === null)
  const problem = problems.find((one) => one !== null)
  if (problem === undefined) return { relays, relayProblem }
  const there = ready.length === 0 ? 'none' : `${ready.length} of ${relays.length}`
  return { relays: ready, relayProblem: `${there}: ${problem}` }
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
    const outcome = await Promise.race([worker.ready(begun.origin), ending])
    if (outcome === 'asked') return 0
    if (options.watch) await watchDemo()
    const relaying = await Promise.race([settledRelays(begun), ending])
    if (relaying === 'asked') return 0
    console.log(greeting(options, { ...begun, ...relaying }))
    for (const { ended } of relaying.relays) {
      void ended.then((code) => isEnding || console.error(`the relay ended by itself with code ${code}`))
    }
    const how = await Promise.race([worker.ended, ending])
    if (how === 'asked') return 0
    throw new Error(`the worker ended by itself with code ${how}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(await reasonIn(begun.logFile))
    console.error(`whole log: ${relative(process.cwd(), begun.logFile)}`)
    return 1
  } finally {
    isEnding = true
    await Promise.all([begun.forget(), worker.end(), ...begun.relays.map((relay) => relay.end())])
  }
}

try {
  process.exit(await main())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
