/**
 * `npm run bench -- gate [--rounds 5] [--out FILE]`: what it costs to make a room and to join one, with the embedded store and
 * with Redis through the gateways, beside the floors under both: workerd that only says it is well, and Redis itself. All
 * run in turns in workerd as deployed, so that whatever else the machine does falls on each.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { limits } from '@video-room/shared/limits.ts'
import { startRedis } from '@video-room/signal-worker/testing/redis-server.ts'
import { bundleWorker, serveWorker, type ServedWorker } from '@video-room/signal-worker/testing/workerd.ts'
import {
  eachAtOnce,
  redisContestant,
  timed,
  workerdContestant,
  type GateContestant,
  type GateSample,
} from './gate-contestants.ts'
import { roomsContestant } from './gate-rooms.ts'
import { gateReport } from './gate-report.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, out: { type: 'string' } },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds ${values.rounds}: expected a whole number`)

/** One after another, for how long a person waits; and many at once, for how much one machine carries. */
const joinsPerRound = 60
const roomsPerRound = 240
const roomsAtOnce = 32

const entry = join(import.meta.dirname, '../../signal-worker/src/index.ts')
const tokenSecret = 'a-secret-of-this-benchmark-and-of-nobody-else'

/** Memory, where the system has such a directory: how fast this machine's disk syncs is nobody's question. */
const inMemory = existsSync('/dev/shm') ? '/dev/shm' : null

const redis = await startRedis()
const bundle = await bundleWorker(entry)
const workers: ServedWorker[] = []
const serve = async (vars: Readonly<Record<string, string>>): Promise<ServedWorker> => {
  const all = { CREATOR_JWT_SECRETS: `bench:${tokenSecret}`, ALLOWED_ORIGINS: 'same-origin', ...vars }
  const worker = await serveWorker({
    script: bundle.script,
    vars: all,
    ...(inMemory === null ? {} : { storage: inMemory }),
  })
  workers.push(worker)
  return worker
}

async function measure(contestants: readonly GateContestant[]): Promise<Map<GateContestant, GateSample>> {
  const samples = new Map<GateContestant, GateSample>()
  for (const contestant of contestants) samples.set(contestant, { latenciesMs: [], perSecond: [] })
  // Round 0 warms caches and connections; it is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const turn = contestant.open()
      const latenciesMs: number[] = []
      for (let n = 0; n < joinsPerRound; n += 1) latenciesMs.push(await turn.latencyMs())
      const tookMs = await timed(() => eachAtOnce(roomsPerRound, roomsAtOnce, () => turn.once()))
      turn.close()
      if (round === 0) continue
      samples.get(contestant)?.latenciesMs.push(...latenciesMs)
      samples.get(contestant)?.perSecond.push((roomsPerRound * 1_000) / tookMs)
    }
    process.stderr.write(`\rround ${round} of ${rounds}`)
  }
  process.stderr.write('\n')
  return samples
}

async function redisConnections(): Promise<number> {
  const list = String(await redis.redis.client('LIST'))
  return list.split('\n').filter((line) => line.includes('name=video-room')).length
}

try {
  const embedded = await serve({})
  const gateway = await serve({ REDIS_URL: redis.url })
  const contestants = [
    workerdContestant(embedded.origin),
    redisContestant(redis.redis),
    roomsContestant('rooms, embedded store', embedded.origin, tokenSecret),
    roomsContestant('rooms, Redis through gateways', gateway.origin, tokenSecret),
  ]
  const samples = await measure(contestants)
  const report = gateReport({
    entries: [...samples].map(([{ name, single, bulk }, sample]) => ({ name, single, bulk, sample })),
    redis: {
      rooms: await redis.redis.dbsize(),
      connections: await redisConnections(),
      connectionsMax: limits.gateways + 1,
    },
  })
  console.log(report.text)
  console.log(
    `SQLite of the objects is kept ${inMemory === null ? 'on disk' : 'in memory'}; Redis saves nothing.`,
  )
  if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(report.data, null, 2)}\n`)
} finally {
  for (const worker of workers) await worker.end()
  await bundle.remove()
  await redis.end()
}
