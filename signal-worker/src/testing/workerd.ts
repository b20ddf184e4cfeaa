/**
 * The worker in workerd itself, bundled as it is deployed and without wrangler between: for tests that need a real network
 * and a real sleep, and for benchmarks. Nothing here goes into the worker.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import * as v from 'valibot'
import { freePort } from './free-port.ts'

const root = join(import.meta.dirname, '../../..')
const compatibilityDate = '2026-10-01'
/** Bundling takes 2 s and starting 0.2 s on a quiet machine. */
const bundleWithinMs = 60_000
const startWithinMs = 20_000

/** As wrangler.toml declares them. */
const objects = [
  'ROOM:Room',
  'CREATOR_LEDGER:CreatorLedger',
  'ROOM_INFO_GATEWAY:RoomInfoGateway',
  'RELAY_REGISTRY:RelayRegistry',
  'ROUTE_TALLY:RouteTally',
].map((pair) => {
  const [binding = '', className = ''] = pair.split(':')
  return { binding, className }
})

export interface BundledWorker {
  readonly script: string
  remove(): Promise<void>
}

/** What `wrangler deploy` would upload for this entry. Throws with what wrangler said. */
export async function bundleWorker(entry: string): Promise<BundledWorker> {
  const directory = await mkdtemp(join(tmpdir(), 'video-room-bundle-'))
  const config = join(directory, 'wrangler.toml')
  const lines = [
    `name = "bundle"`,
    `main = ${JSON.stringify(entry)}`,
    `compatibility_date = "${compatibilityDate}"`,
  ]
  await writeFile(config, lines.join('\n'))
  const out = join(directory, 'out')
  const words = ['deploy', '--config', config, '--dry-run', '--outdir', out]
  const child = spawn(join(root, 'node_modules/.bin/wrangler'), words, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(bundleWithinMs),
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_LOG_PATH: join(directory, 'log'),
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      DO_NOT_TRACK: '1',
    },
  })
  const said: string[] = []
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => said.push(String(chunk)))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`wrangler could not bundle ${entry}:\n${said.join('')}`)
  const scripts = (await readdir(out)).filter((file) => file.endsWith('.js'))
  if (scripts.length !== 1) throw new Error(`expected one script of ${entry}, got ${scripts.join(', ')}`)
  return {
    script: join(out, scripts[0] ?? ''),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

export interface ServedWorker {
  readonly origin: string
  readonly pid: number
  /** Everything it has logged so far. */
  log(): string
  end(): Promise<void>
}

/** Serves a bundle on a free port of the loopback address. `trustedCertificate` is PEM, for servers the worker calls. */
export async function serveWorker(worker: {
  readonly script: string
  readonly vars: Readonly<Record<string, string>>
  readonly trustedCertificate?: string
  /** Under which the objects keep their SQLite; the system's for temporary files unless named. */
  readonly storage?: string
}): Promise<ServedWorker> {
  const directory = await mkdtemp(join(worker.storage ?? tmpdir(), 'video-room-workerd-'))
  await mkdir(join(directory, 'objects'))
  // A configuration embeds only what lies beside it.
  await copyFile(worker.script, join(directory, 'worker.js'))
  const port = await freePort()
  const config = join(directory, 'config.capnp')
  await writeFile(config, configOf({ ...worker, port, objectsDirectory: join(directory, 'objects') }))
  const child = spawn(workerdPath(), ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => said.push(String(chunk)))
  let hasEnded = false
  const ended = once(child, 'close').then(() => {
    hasEnded = true
  })
  const log = (): string => said.join('')
  const end = async (): Promise<void> => {
    // SIGTERM would wait for every open socket.
    child.kill('SIGKILL')
    await ended
    await rm(directory, { recursive: true, force: true })
  }
  const origin = `http://127.0.0.1:${port}`
  const deadlineMs = performance.now() + startWithinMs
  while (!(await isServed(origin))) {
    if (hasEnded || performance.now() > deadlineMs) {
      await end()
      throw new Error(`workerd did not start:\n${log()}`)
    }
    await wait(20)
  }
  return { origin, pid: child.pid ?? 0, log, end }
}

async function isServed(origin: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(2_000) })
    return ok
  } catch {
    return false
  }
}

/** The binary that wrangler brings along. */
function workerdPath(): string {
  const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))
  return v.parse(v.object({ default: v.string() }), ofWrangler('workerd')).default
}

/** https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
function configOf(worker: {
  readonly port: number
  readonly vars: Readonly<Record<string, string>>
  readonly objectsDirectory: string
  readonly trustedCertificate?: string
}): string {
  const text = (value: string): string => JSON.stringify(value)
  const certificates =
    worker.trustedCertificate === undefined
      ? ''
      : `, trustedCertificates = [${text(worker.trustedCertificate)}]`
  const bindings = [
    ...Object.entries(worker.vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...objects.map(
      ({ binding, className }) => `(name = "${binding}", durableObjectNamespace = "${className}")`,
    ),
  ]
  const namespaces = objects.map(
    ({ className }) => `(className = "${className}", uniqueKey = "${className}", enableSql = true)`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "objects", disk = (path = ${text(worker.objectsDirectory)}, writable = true)),
    (name = "internet", network = (
      allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true${certificates})
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${worker.port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "${compatibilityDate}",
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [${bindings.join(', ')}],
);
`
}
