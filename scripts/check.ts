/** `npm run check`: every `check:…` of package.json, two at a time, each output whole; then one line for each. */
import './node-version.ts'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from './check/sources.ts'

/** More at once than cores only makes each slower; the build machine has two. */
const atOnce = 2

interface Outcome {
  readonly name: string
  readonly passed: boolean
  readonly seconds: string
}

function scripts(): readonly (readonly [string, string])[] {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (typeof manifest !== 'object' || manifest === null || !('scripts' in manifest)) return []
  return Object.entries(manifest.scripts ?? {}).filter(
    (entry): entry is [string, string] => entry[0].startsWith('check:') && typeof entry[1] === 'string',
  )
}

function run(name: string, command: string): Promise<Outcome> {
  const startedMs = performance.now()
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`
  const child = spawn('sh', ['-c', `${command} 2>&1`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: path },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
      console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 70 - name.length))}\n${output.trimEnd()}`)
      resolve({ name, passed: code === 0, seconds })
    })
  })
}

const waiting = [...scripts()]
const outcomes: Outcome[] = []
if (waiting.length === 0) throw new Error('package.json names no check')

async function worker(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) outcomes.push(await run(...next))
}
await Promise.all(Array.from({ length: atOnce }, worker))

console.log('')
for (const { name, passed, seconds } of outcomes.toSorted((a, b) => a.name.localeCompare(b.name))) {
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${name.padEnd(20)} ${seconds.padStart(6)} s`)
}
process.exitCode = outcomes.every((outcome) => outcome.passed) ? 0 : 1
