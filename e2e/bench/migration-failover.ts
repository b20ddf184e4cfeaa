/** A relay is killed in the middle of a call: how long until each end displays a new picture, by another relay or directly. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Deployment } from '../src/harness/deployment.ts'
import { displayedGaps, looksWithin } from '../src/harness/gaps.ts'
import { measuredCall, type MeasuredCall } from '../src/harness/measured-call.ts'
import { startRelay, type RelayKey, type RelayProcess } from '../src/harness/relay.ts'
import { regionsOf } from '../src/harness/routes.ts'
import { roomIdIn, sitRaw } from '../src/harness/signalling.ts'
import { eventually } from '../src/harness/wait.ts'
import { told } from './told.ts'

export interface Failover {
  readonly name: string
  /** Of each end and round. */
  readonly backAfterMs: readonly number[]
  /** Why there are fewer than there should be. */
  readonly problem: string | null
}

/** Who has not come back by then will not. */
const backWithinMs = 30_000
/** A call runs this long before its relay is killed, and is looked at this long after it is back. */
const calmMs = 2_000

/** Kills, waits until both have left the relay's region and see pictures; then tells how long each saw none. */
async function killAndWait(call: MeasuredCall, relay: RelayProcess): Promise<readonly number[]> {
  await pause(calmMs)
  const killedAtMs = performance.timeOrigin + performance.now()
  await relay.kill()
  for (const { person } of call.watchers) {
    const hasLeft = async (): Promise<boolean> => {
      const [region] = await regionsOf(person)
      return region !== undefined && region !== relay.region
    }
    await eventually(`${person.name} has left ${relay.region}`, hasLeft, backWithinMs)
    await person.seesMoving(1, backWithinMs)
  }
  await pause(calmMs)
  const backAfter = async ({ refresh }: MeasuredCall['watchers'][number]): Promise<number> => {
    const { looks } = await refresh()
    return displayedGaps(looksWithin(looks, killedAtMs, Number.POSITIVE_INFINITY)).endedAtMs - killedAtMs
  }
  return Promise.all(call.watchers.map(backAfter))
}

/** `round` until there are enough or one fails. */
async function rounds(
  name: string,
  count: number,
  round: () => Promise<readonly number[]>,
): Promise<Failover> {
  const backAfterMs: number[] = []
  for (let done = 0; done < count; done += 1) {
    try {
      backAfterMs.push(...(await round()))
    } catch (error) {
      return { name, backAfterMs, problem: told(error) }
    }
    process.stderr.write(`\r${name}: ${done + 1} of ${count}`)
  }
  process.stderr.write('\n')
  return { name, backAfterMs, problem: null }
}

const regions = ['Singapore', 'Ho Chi Minh City']

/** Two relays; whichever carries the call is killed, and comes back for the next round. */
export async function relayToRelay(deployment: Deployment, key: RelayKey, count: number): Promise<Failover> {
  const relays = new Map<string, RelayProcess>()
  const start = async (region: string): Promise<void> => {
    relays.set(region, await startRelay(deployment.origin, key, region))
  }
  for (const region of regions) await start(region)
  const call = await measuredCall(deployment, { route: 'relay' })
  try {
    return await rounds('relay → other relay', count, async () => {
      const [region = ''] = await regionsOf(call.watchers[0].person)
      for (const other of regions) if (!relays.has(other)) await start(other)
      const relay = relays.get(region)
      if (relay === undefined) throw new Error(`the call goes via ${region}`)
      relays.delete(region)
      return killAndWait(call, relay)
    })
  } finally {
    await call.end()
    for (const relay of relays.values()) await relay.end()
  }
}

/** So many that a mesh is too small for them (RP1), and not one more. */
const crowd = 3

/** People without media, who say that they are ready for whatever route is prepared (MG3), so that nobody waits for them. */
async function sitCrowd(deployment: Deployment, roomId: string): Promise<() => void> {
  const sitting = await Promise.all(Array.from({ length: crowd }, () => sitRaw(deployment.origin, roomId)))
  const said = new Set<unknown>()
  const vote = setInterval(() => {
    for (const { received, send } of sitting) {
      for (const message of received) {
        if (message.type !== 'room-changed' || said.has(message)) continue
        said.add(message)
        const { migration } = message.patch
        if (migration !== undefined && migration !== null) {
          send({ type: 'route-ready', epoch: migration.epoch })
        }
      }
    }
  }, 20)
  return () => {
    clearInterval(vote)
    for (const { send } of sitting) send({ type: 'leave' })
  }
}

/** One relay and a room that may go direct: it is relayed for its crowd, the crowd goes, and the relay is killed. */
export async function relayToMesh(deployment: Deployment, key: RelayKey, count: number): Promise<Failover> {
  let relay: RelayProcess | null = await startRelay(deployment.origin, key, 'Singapore')
  const call = await measuredCall(deployment, { route: 'auto', maxParticipants: 1 + crowd })
  try {
    return await rounds('relay → mesh', count, async () => {
      relay ??= await startRelay(deployment.origin, key, 'Singapore')
      const doomed = relay
      const leave = await sitCrowd(deployment, roomIdIn(call.link))
      const isRelayed = async (): Promise<boolean> =>
        (await regionsOf(call.watchers[0].person))[0] === 'Singapore'
      await eventually('the crowded room is relayed', isRelayed, backWithinMs).finally(leave)
      relay = null
      return killAndWait(call, doomed)
    })
  } finally {
    await call.end()
    await relay?.end()
  }
}
