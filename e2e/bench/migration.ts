/**
 * `npm run bench -- migration [standing|cold] [--quick] [--out FILE]`: what two people see, hear and send while their room moves from
 * mesh to relay and back, each move beside the steady time before it, and how long they see nothing when a relay is killed.
 * `standing`: under `auto`, where what the room moves to stands by, and it goes to the relay by a fact. `cold`: the host sets the route,
 * direct and relay, and nothing stands by. Writes FILE, and a figure beside it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDeployment } from '../src/harness/deployment.ts'
import { intervalsOf } from '../src/harness/gaps.ts'
import { measuredCall } from '../src/harness/measured-call.ts'
import { cold, measureMove, standing, untilStanding, type Move } from '../src/harness/measured-move.ts'
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
const [way = 'standing'] = positionals
if (way !== 'standing' && way !== 'cold') throw new Error(`${way}: expected standing or cold`)
const movesEachWay = values.quick ? 5 : 20
const failovers = values.quick ? { relay: 2, mesh: 1 } : { relay: 8, mesh: 5 }
/** The first move of a call warms caches of both browsers and the relay; it is not counted. */
const warmUps = 1

interface Moved {
  readonly moves: readonly Move[]
  readonly traces: readonly Trace[]
}

async function moveBackAndForth(by: MigrationResult['way'], count: number): Promise<Moved> {
  const key = newRelayKey()
  const deployment = await startDeployment({ RELAY_KEYS: key.entry })
  const relay = await startRelay(deployment.origin, key, 'Singapore')
  const call = await measuredCall(deployment, { route: by === 'standing' ? 'auto' : 'direct' })
  try {
    const moves: Move[] = []
    if (by === 'standing') await untilStanding(call)
    for (let round = 0; round < count + warmUps; round += 1) {
      for (const cause of by === 'standing' ? standing : cold) {
        const move = await measureMove(call, cause)
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
