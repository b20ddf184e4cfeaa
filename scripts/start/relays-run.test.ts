import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { udpPortIsFree } from './udp-port.ts'

const script = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
/** As in start-run.test.ts, twice over. */
const patienceMs = 120_000

interface Standing {
  readonly region: string
  readonly isDraining: boolean
  readonly rttMs: Readonly<Record<string, number | null>>
}

describe('npm run relays', { timeout: patienceMs }, () => {
  let state: string
  const children: ChildProcess[] = []
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'video-room-relays-'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }
    await rm(state, { recursive: true, force: true })
  })

  function run(name: string, words: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    const child = spawn(process.execPath, [script(name), ...words], {
      stdio: [...stdio],
      env: { ...process.env, ...env },
    })
    children.push(child)
    const [said, complained]: [string[], string[]] = [[], []]
    createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
    createInterface({ input: child.stderr }).on('line', (line) => complained.push(line))
    return { child, said, complained }
  }

  async function startWorker(...settings: readonly string[]) {
    const { said } = run('start.ts', ['--json', '--port', '0', '--state', state, '--no-relay', ...settings])
    await expect.poll(() => said.length, { timeout: patienceMs }).toBe(1)
    return JSON.parse(said[0] ?? '') as { readonly url: string; readonly operatorKey: string }
  }

  async function standings(worker: { readonly url: string; readonly operatorKey: string }) {
    const headers = { Authorization: `Bearer ${worker.operatorKey}` }
    const response = await fetch(`${worker.url}/relays`, { headers })
    return ((await response.json()) as { readonly relays: readonly Standing[] }).relays
  }

  it('RG6 runs as many as asked for, which the worker knows, and Ctrl-C drains and ends them', async () => {
    const worker = await startWorker()
    const { child, said, complained } = run('relays.ts', ['--regions', 'East,West', '--url', worker.url])
    await expect.poll(() => said.length + complained.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(3)
    expect(complained).toEqual([])
    const lines = said.slice(0, 2).toSorted()
    expect(lines[0]).toMatch(/^relay East +r_.{4}… +port \d+\/udp$/)
    expect(lines[1]).toMatch(/^relay West +r_.{4}… +port \d+\/udp$/)
    const ports = lines.map((line) => Number(/port (\d+)/.exec(line)?.[1]))
    expect(new Set(ports).size).toBe(2)
    expect(await Promise.all(ports.map(udpPortIsFree))).toEqual([false, false])
    expect((await standings(worker)).map(({ region }) => region).toSorted()).toEqual(['East', 'West'])

    // Each asks the other when it hears of it, and says so with its next load.
    const distances = async () => (await standings(worker)).flatMap(({ rttMs }) => Object.values(rttMs))
    await expect.poll(distances, { timeout: 15_000 }).toEqual([expect.any(Number), expect.any(Number)])
    const exited = once(child, 'exit')
    child.kill('SIGINT')
    expect(await exited).toEqual([0, null])
    await expect.poll(() => standings(worker), { timeout: 10_000 }).toEqual([])
    expect(await Promise.all(ports.map(udpPortIsFree))).toEqual([true, true])
  })

  it.each<[string, readonly string[], string]>([
    ['a worker that nobody started', ['--url', 'http://localhost:9'], 'no key for http://localhost:9'],
    ['a number that is none', ['many'], 'npm run relays -- many: expected a number from 1 to 8'],
  ])('says in one line what is wrong: %s', async (_what, words, line) => {
    const { child, complained } = run('relays.ts', words, { RELAY_KEY: '' })
    expect(await once(child, 'close')).toEqual([1, null])
    expect(complained).toHaveLength(1)
    expect(complained[0]).toContain(line)
  })

  it('RG1 says so when the worker knows another key', async () => {
    const worker = await startWorker('--var', `RELAY_KEYS:sha256:${'0'.repeat(64)}`)
    const { child, complained } = run('relays.ts', ['1', '--url', worker.url])
    expect(await once(child, 'close')).toEqual([1, null])
    expect(complained).toEqual(['relay this machine: the worker does not take its key'])
  })
})
