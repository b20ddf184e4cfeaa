/**
 * What a running `npm start` leaves for programs beside it: where its worker is and the key of its relays, in a file that only
 * whoever started it may read. A start whose process is gone is not there.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Started {
  readonly origin: string
  readonly relayKey: string
}

const usualDirectory = fileURLToPath(new URL('../../.wrangler/starts', import.meta.url))

/** Answers what takes it away again. */
export async function keepStarted(
  started: Started,
  directory = usualDirectory,
): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, `${process.pid}.json`)
  await writeFile(file, JSON.stringify(started), { mode: 0o600 })
  return () => rm(file, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function readStarted(file: string): Promise<Started | null> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof kept !== 'object' || kept === null || !('origin' in kept) || !('relayKey' in kept)) return null
    return { origin: String(kept.origin), relayKey: String(kept.relayKey) }
  } catch {
    // It ended between our two looks, or writes just now.
    return null
  }
}

export async function allStarted(directory = usualDirectory): Promise<readonly Started[]> {
  const names = await readdir(directory).catch((): string[] => [])
  const found: Started[] = []
  for (const name of names) {
    const file = join(directory, name)
    if (!isAlive(Number(name.replace(/\.json$/, '')))) await rm(file, { force: true })
    const started = await readStarted(file)
    if (started !== null) found.push(started)
  }
  return found
}

export interface Worker extends Started {
  /** Started here: on the network, its certificate is signed by nobody. */
  readonly isOurs: boolean
}

const plain = (origin: string): string => origin.replace('//127.0.0.1', '//localhost')

/** The worker that is meant, with the key by which it knows relays. Throws one plain line when there is none, or too many. */
export function workerOf(
  url: string | null,
  started: readonly Started[],
  relayKey: string | undefined,
): Worker {
  if (url === null) {
    const [only, ...others] = started
    if (only === undefined)
      throw new Error(
        'nothing is started here: run npm start first, or name a worker with --url and RELAY_KEY',
      )
    if (others.length > 0)
      throw new Error(
        `several are started here (${started.map(({ origin }) => origin).join(', ')}): name one with --url`,
      )
    return { ...only, isOurs: true }
  }
  const here = started.find(({ origin }) => plain(origin) === plain(url))
  if (here !== undefined) return { ...here, isOurs: true }
  if (relayKey === undefined || relayKey === '')
    throw new Error(`no key for ${url}: nothing is started there from here, and RELAY_KEY is not set`)
  return { origin: url, relayKey, isOurs: false }
}
