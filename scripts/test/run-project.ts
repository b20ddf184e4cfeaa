/** Runs one vitest project in a process group of its own and reads what it counted. */
import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from './projects.ts'
import { tallyOf, type Tally } from './tally.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The slowest project takes half of this on a machine that is busy otherwise; one that hangs must not take the whole build with it. */
const patienceMs = 15 * 60_000

async function readReport(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}

function runVitest(
  project: TestProject,
  reportFile: string,
  env: NodeJS.ProcessEnv,
  hold: ((text: string) => void) | null,
): Promise<number | null> {
  const words = ['run', '--config', join(root, project.config), '--root', join(root, dirname(project.config))]
  words.push('--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`)
  return new Promise((resolve) => {
    const child = spawn(join(root, 'node_modules/.bin/vitest'), words, {
      cwd: root,
      env,
      // All on standard output, so that the total stays the last line whoever joins the two.
      stdio: hold === null ? ['ignore', 'inherit', 1] : ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    for (const output of [child.stdout, child.stderr]) {
      output?.setEncoding('utf8').on('data', (text: string) => hold?.(text))
    }
    const endGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // The group is gone already, which is what we want.
      }
    }
    const late = setTimeout(() => {
      console.log(`${project.name}: not done after ${patienceMs / 60_000} minutes, ended`)
      endGroup()
    }, patienceMs)
    const onSignal = (): void => process.exit(130)
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
    // Several may run: whichever signal handler comes first, every group ends.
    process.on('exit', endGroup)
    child.on('error', (error) => console.log(`${project.name}: ${error.message}`))
    child.on('close', (code) => {
      clearTimeout(late)
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('exit', endGroup)
      // A browser or a workerd that outlived its runner would disturb the next one.
      endGroup()
      resolve(code)
    })
  })
}

/** `hold` takes the output; null: it goes straight to ours. */
export async function runProject(
  project: TestProject,
  reportFile: string,
  env: NodeJS.ProcessEnv,
  hold: ((text: string) => void) | null,
): Promise<Tally> {
  await rm(reportFile, { force: true })
  const exitCode = await runVitest(project, reportFile, env, hold)
  return tallyOf(await readReport(reportFile), exitCode)
}
