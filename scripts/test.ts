/**
 * `npm test` runs every test project; `npm test -- client sim` those whose names start so.
 * The last line is `N passed, N failed` over all of them, and the exit code says the same.
 */
import './node-version.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildClient } from './build.ts'
import { ensureChromium } from './test/chromium.ts'
import { ensureFirefox } from './test/firefox.ts'
import { ensureNetworkTools, mayMakeNetworks } from './test/network-tools.ts'
import { ensureRedis } from './test/redis.ts'
import { pickProjects, type TestProject } from './test/projects.ts'
import { runProject } from './test/run-project.ts'
import { sum, type Tally } from './test/tally.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What the projects need before the first of them starts. Throws one line that says what is missing. */
async function prepare(picked: readonly TestProject[]): Promise<NodeJS.ProcessEnv> {
  // Children find Node 24 there too, whatever the system has.
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: path }
  const needs = new Set(picked.map((project) => project.needs))
  const hasEndToEnd = picked.some((project) => project.name.startsWith('e2e'))
  if (needs.has('chromium') || needs.has('browsers')) env['CHROMIUM'] = ensureChromium()
  if (needs.has('browsers')) env['FIREFOX'] = ensureFirefox()
  if (needs.has('redis') || hasEndToEnd) ensureRedis()
  if (hasEndToEnd && mayMakeNetworks()) ensureNetworkTools()
  else if (hasEndToEnd)
    console.log('left out: e2e/src/nat.e2e.test.ts, which makes networks: Linux as root alone may')
  if (hasEndToEnd) await buildClient()
  return env
}

async function runAll(picked: readonly TestProject[]): Promise<readonly Tally[]> {
  const env = await prepare(picked)
  const reports = await mkdtemp(join(tmpdir(), 'video-room-test-'))
  const outcomes = new Map<string, Outcome>()
  const runOne = async (project: TestProject, isBeside: boolean): Promise<void> => {
    const { name } = project
    const held: string[] = []
    const title = `\n── ${name} ${'─'.repeat(Math.max(0, 70 - name.length))}`
    if (!isBeside) console.log(title)
    const startedMs = performance.now()
    const hold = isBeside ? (text: string): void => void held.push(text) : null
    const tally = await runProject(project, join(reports, `${name}.json`), env, hold)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    outcomes.set(name, { tally, seconds, held: isBeside ? `${title}\n${held.join('')}` : '' })
  }
  const runRow = async (row: readonly TestProject[], isBeside: boolean): Promise<void> => {
    for (const project of row) await runOne(project, isBeside)
  }
  const patient = picked.filter((project) => project.isPatient)
  const busy = picked.filter((project) => !project.isPatient)
  await Promise.all([runRow(patient, busy.length > 0), runRow(busy, false)])
  await rm(reports, { recursive: true, force: true })
  return report(picked, outcomes)
}

interface Outcome {
  readonly tally: Tally
  readonly seconds: string
  /** What was not shown while it ran. */
  readonly held: string
}

/** A line for each, in the order of the table. */
function report(picked: readonly TestProject[], outcomes: ReadonlyMap<string, Outcome>): readonly Tally[] {
  const found = picked.flatMap(({ name }) => {
    const outcome = outcomes.get(name)
    return outcome === undefined ? [] : [{ name, ...outcome }]
  })
  for (const { held } of found) if (held !== '') console.log(held)
  const lines = found.flatMap(({ name, tally, seconds }) => [
    `${name.padEnd(24)}${String(tally.passed).padStart(5)} passed ${String(tally.failed).padStart(4)} failed ${seconds.padStart(7)} s`,
    ...tally.notes.map((note) => `    ${note}`),
  ])
  console.log(`\n${lines.join('\n')}\n`)
  return found.map(({ tally }) => tally)
}

async function main(): Promise<{ readonly passed: number; readonly failed: number }> {
  try {
    return sum(await runAll(pickProjects(process.argv.slice(2))))
  } catch (error) {
    console.log(error instanceof Error ? error.message : error)
    return { passed: 0, failed: 1 }
  }
}

const { passed, failed } = await main()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
