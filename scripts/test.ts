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
  if (needs.has('chromium') || needs.has('browsers')) env['CHROMIUM'] = ensureChromium()
  if (needs.has('browsers')) env['FIREFOX'] = ensureFirefox()
  if (needs.has('redis') || picked.some((project) => project.name === 'e2e')) ensureRedis()
  if (picked.some((project) => project.name === 'e2e')) await buildClient()
  return env
}

async function runAll(picked: readonly TestProject[]): Promise<readonly Tally[]> {
  const env = await prepare(picked)
  const reports = await mkdtemp(join(tmpdir(), 'video-room-test-'))
  const tallies: Tally[] = []
  const lines: string[] = []
  for (const project of picked) {
    console.log(`\n── ${project.name} ${'─'.repeat(Math.max(0, 70 - project.name.length))}`)
    const startedMs = performance.now()
    const tally = await runProject(project, join(reports, `${project.name}.json`), env)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    const { name } = project
    lines.push(
      `${name.padEnd(24)}${String(tally.passed).padStart(5)} passed ${String(tally.failed).padStart(4)} failed ${seconds.padStart(7)} s`,
    )
    lines.push(...tally.notes.map((note) => `    ${note}`))
    tallies.push(tally)
  }
  await rm(reports, { recursive: true, force: true })
  console.log(`\n${lines.join('\n')}\n`)
  return tallies
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
