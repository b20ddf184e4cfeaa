/**
 * `npm run bench -- migration [direct|auto] [--quick] [--out FILE]`: what two people see, hear and send while their room moves from
 * mesh to relay and back, each move beside the steady time before it, and how long they see nothing when a relay is killed.
 * `direct`: the room's setting goes from direct to relay and back; nothing stands by. `auto`: from auto to relay and back; the
 * way back is measured for 20 s first (RP2), so that a move takes half a minute. Writes FILE, and a figure beside it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDeployment } from '../src/harness/deployment.ts'
import { intervalsOf } from '../src/harness/gaps.ts'
import { measuredCall } from '../src/harness/measured-call.ts'
import { measureMove, type Move } from '../src/harness/measured-move.ts'
import { newRelayKey, startRelay } from '../src/harness/relay.ts'
import { relayToMesh, relayToRelay } from './migration-failover.ts'
import { migrationFigure, type Trace } from './migration-figure.ts'
import { migrationReport, type MigrationResult } from './migration-report.ts'

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: join(import.meta.dirname, '../reports/migration.json') },
  },
  allowPositionals: true,
})
const [way = 'direct'] = positionals
if (way !== 'direct' && way !== 'auto') throw new Error(`${way}: expected direct or auto`)
const movesEachWay = values.quick ? 5 : 20
const failovers = values.quick ? { relay: 2, mesh: 1 } : { relay: 8, mesh: 5 }
/** Under `auto` direct has to be better for 20 s, 30 s after the move before. */
const moveWithinMs = 90_000

/** The first move of a call warms caches of both browsers and the relay; it is not counted. */
const warmUps = 1

interface Moved {
  readonly moves: readonly Move[]
  readonly traces: readonly Trace[]
}

async function moveBackAndForth(origin: MigrationResult['way'], count: number): Promise<Moved> {
  const key = newRelayKey()
  const deployment = await startDeployment({ RELAY_KEYS: key.entry })
  const relay = await startRelay(deployment.origin, key, 'Singapore')
  const call = await measuredCall(deployment, { route: origin })
  try {
    const moves: Move[] = []
    for (let round = 0; round < count + warmUps; round += 1) {
      for (const wish of ['relay', origin] as const) {
        const move = await measureMove(call, wish, moveWithinMs)
        if (round >= warmUps) moves.push(move)
      }
      process.stderr.write(`\rthere and back: ${round + 1} of ${count + warmUps}`)
    }
    process.stderr.write('\n')
    const traces = await Promise.all(
      call.watchers.map(async ({ person, refresh }) => ({
        name: person.name,
        intervals: intervalsOf((await refresh()).looks),
      })),
    )
    return { moves, traces }
  } finally {
    await call.end()
    await relay.end()
    await deployment.end()
  }
}

async function killRelays(): Promise<MigrationResult['failovers']> {
  const key = newRelayKey()
  const deployment = await startDeployment({ RELAY_KEYS: key.entry })
  try {
    return [
      await relayToRelay(deployment, key, failovers.relay),
      await relayToMesh(deployment, key, failovers.mesh),
    ]
  } finally {
    await deployment.end()
  }
}

const loadNow = (): number => loadavg()[0] ?? Number.NaN

const loadBefore = loadNow()
const { moves, traces } = await moveBackAndForth(way, movesEachWay)
const result = { way, moves, failovers: await killRelays(), cores: availableParallelism() } as const
const report = migrationReport({ ...result, load: [loadBefore, loadNow()] })
console.log(report.text)
await mkdir(dirname(values.out), { recursive: true })
await writeFile(values.out, `${JSON.stringify(report.data, null, 2)}\n`)
const figure = `${values.out.replace(/\.json$/, '')}.svg`
await writeFile(figure, migrationFigure(traces, moves))
console.log(`\n${values.out}\n${figure}`)
