import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tryPort } from './free-port.ts'
import { udpPortIsFree } from './udp-port.ts'

const startScript = fileURLToPath(new URL('../start.ts', import.meta.url))

interface StartFacts {
  readonly url: string
  readonly creatorKey: string
  readonly log: string
  readonly operatorKey: string
  readonly relays: readonly { readonly region: string; readonly udpPort: number }[]
}

/** A cold start takes 2 s on a quiet machine and 14 s with a load of five on each core. */
const patienceMs = 90_000

describe('npm start', () => {
  let state: string
  let started: ChildProcess | null = null
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'video-room-start-'))
  })
  afterEach(async () => {
    started?.kill('SIGKILL')
    await rm(state, { recursive: true, force: true })
  })

  async function start(...words: string[]) {
    const child = spawn(
      process.execPath,
      [startScript, '--json', '--port', '0', '--state', state, ...words],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    started = child
    for await (const line of createInterface({ input: child.stdout })) {
      const facts: unknown = JSON.parse(line)
      return { child, facts: facts as StartFacts }
    }
    throw new Error('start ended without a word')
  }

  async function portIsFree(url: string): Promise<boolean> {
    return (await tryPort(Number(new URL(url).port), '127.0.0.1')) !== null
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'serves page, modules and worker on one port, with a relay, and %s ends all of it',
    { timeout: patienceMs },
    async (signal) => {
      const { child, facts } = await start()
      const statusOf = async (path: string) => (await fetch(facts.url + path)).status
      expect(await Promise.all(['/', '/video-room.js', '/headless.js', '/health'].map(statusOf))).toEqual([
        200, 200, 200, 200,
      ])
      const development = await (await fetch(`${facts.url}/development`)).json()
      expect(development).toEqual({ creatorKey: facts.creatorKey })
      const udpPort = facts.relays[0]?.udpPort ?? 0
      expect(await udpPortIsFree(udpPort)).toBe(false)

      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
      await expect.poll(() => portIsFree(facts.url), { timeout: 10_000 }).toBe(true)
      await expect.poll(() => udpPortIsFree(udpPort), { timeout: 10_000 }).toBe(true)
    },
  )

  it('--relays runs several, and an operator finds them', { timeout: patienceMs }, async () => {
    const { child, facts } = await start('--relays', '2')
    expect(facts.relays.map(({ region }) => region)).toEqual(['one', 'two'])
    const headers = { Authorization: `Bearer ${facts.operatorKey}` }
    const answer = (await (await fetch(`${facts.url}/relays`, { headers })).json()) as {
      readonly relays: readonly { readonly region: string }[]
    }
    expect(answer.relays.map(({ region }) => region).toSorted()).toEqual(['one', 'two'])
    child.kill('SIGTERM')
    await once(child, 'exit')
    const areFree = () => Promise.all(facts.relays.map(({ udpPort }) => udpPortIsFree(udpPort)))
    await expect.poll(areFree, { timeout: 10_000 }).toEqual([true, true])
  })

  it('--no-relay runs none', { timeout: patienceMs }, async () => {
    const { child, facts } = await start('--no-relay')
    expect(facts.relays).toEqual([])
    child.kill('SIGTERM')
    await once(child, 'exit')
  })

  it(
    'ends at once with code 1 and a reason when the worker cannot start',
    { timeout: patienceMs },
    async () => {
      const words = [startScript, '--json', '--port', '0', '--state', state, '--var', 'ICE_SERVERS:not json']
      const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
      started = child
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      expect(await once(child, 'close')).toEqual([1, null])
      expect(said).toContain('ICE_SERVERS')
      expect(said).toContain('whole log: ')
    },
  )
})
