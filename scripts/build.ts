/** `npm run build`: the client's two files and the demo page (client/vite.config.ts says what they are). */
import './node-version.ts'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contentMark } from './build/freshness.ts'
import { alone } from './build/alone.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'client/dist')
const sources = ['client/src', 'client/demo', 'client/vite.config.ts', 'shared/src', 'package-lock.json']
const markFile = join(dist, '.built-from')

const entryOf = {
  library: 'client/src/define.ts',
  headless: 'client/src/index.ts',
  demo: 'client/demo/index.html',
}
type Mode = keyof typeof entryOf
const modes: readonly Mode[] = ['library', 'headless', 'demo']

async function buildOne(mode: Mode, watch: boolean): Promise<void> {
  const { build } = await import('vite')
  await build({
    configFile: join(root, 'client/vite.config.ts'),
    mode,
    // A watched build leaves the folder's other files alone: the embed snippet's two modules are among them.
    ...(watch ? { build: { watch: {}, emptyOutDir: false } } : {}),
  })
}

/** The embed snippet of the demo page loads these from its own origin. */
async function copyIntoDemo(): Promise<void> {
  for (const name of ['video-room.js', 'video-room.js.map', 'headless.js', 'headless.js.map']) {
    await copyFile(join(dist, name), join(dist, 'demo', name))
  }
}

async function isFresh(mark: string): Promise<boolean> {
  if (!existsSync(markFile) || !existsSync(join(dist, 'demo/index.html'))) return false
  return (await readFile(markFile, 'utf8')) === mark
}

/** Builds everything unless it is built already from these very sources. */
export async function buildClient(): Promise<'built' | 'fresh'> {
  await mkdir(dist, { recursive: true })
  return alone(join(dist, '.building'), async () => {
    const mark = await contentMark(sources.map((path) => join(root, path)))
    if (await isFresh(mark)) return 'fresh'
    await rm(markFile, { force: true })
    await Promise.all(modes.map((mode) => buildOne(mode, false)))
    await copyIntoDemo()
    await writeFile(markFile, mark)
    return 'built'
  })
}

/** Keeps the demo page built while its sources change, until the process ends. */
export async function watchDemo(): Promise<void> {
  await rm(markFile, { force: true })
  await buildOne('demo', true)
}

if (import.meta.main) {
  const startedMs = performance.now()
  const outcome = await buildClient()
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(outcome === 'fresh' ? 'client: up to date' : `client: built in ${seconds} s → client/dist`)
}
