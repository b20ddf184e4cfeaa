/**
 * Decides: what relays do and suffer in a simulated story, and how a room changes its route.
 * Does not decide: when (story.ts), nor what follows from it (the cores do).
 * Invariants: the seed alone decides; who starts a relay after a loss is an operator who takes a while.
 */
import { pairOf } from './sim-links.ts'
import type { SimRelay } from './sim-relay.ts'
import type { SimPage } from './sim-page.ts'
import type { World } from './world.ts'

const restartMs = [500, 20_000] as const

/** An operator waits for so long until a relay that drains is stopped. */
const drainMs = 30_000

/** Until both ends of a socket that broke have noticed. */
const roomLostMs = 10_000

function comesBack(world: World): number {
  const durationMs = world.random.between(...restartMs)
  world.clock.after(durationMs, () => void world.relays.start())
  return durationMs
}

function relayDies(world: World, relay = world.random.pick(world.relays.running)): void {
  if (relay === undefined) return
  relay.die()
  world.disturb(comesBack(world))
}

function relayDrains(
  world: World,
  relay = world.random.pick(world.relays.running.filter((one) => !one.isDraining)),
): void {
  if (relay === undefined) return
  relay.drain()
  comesBack(world)
  world.clock.after(drainMs, () => {
    if (relay.isDead) return
    // A room that found no other relay loses this one; all others have left it without a break.
    if (relay.state !== null) world.disturb(0)
    relay.die()
  })
}

function relayLosesRoom(world: World): void {
  world.disturb(roomLostMs)
  world.random.pick(world.relays.running.filter((one) => one.state !== null))?.loseRoom()
}

function pathBreaks(world: World, page: SimPage): void {
  const relay = world.random.pick(world.relays.running)
  if (relay === undefined || page.id === null) return
  const durationMs = world.random.between(500, 30_000)
  world.tell(page.name, `and a relay cannot reach each other for ${(durationMs / 1_000).toFixed(1)} s`)
  world.disturb(durationMs)
  world.relays.block(page.id, relay, durationMs)
}

/** Between two who talk directly; through a relay nothing is lost (RP1). */
function pathLoses(world: World, page: SimPage): void {
  const other = world.random.pick(world.openPages)
  if (page.id === null || other === undefined || other.id === null || other === page) return
  const pair = pairOf(page.id, other.id)
  world.tell(page.name, `and ${other.name} lose packets for a while`)
  world.links.lossy.add(pair)
  const durationMs = world.random.between(2_000, 60_000)
  world.disturb(durationMs)
  world.clock.after(durationMs, () => world.links.lossy.delete(pair))
}

function speaks(world: World): void {
  const relay = world.random.pick(world.relays.running.filter((one) => one.state !== null))
  if (relay === undefined) return
  const own = [...relay.links.keys()].map((linkId) => ({ linkId }))
  const far = [...relay.trunks].flatMap(([linkId, { incoming }]) =>
    incoming.flatMap(({ mid, source }) => (source === 'microphone' ? { linkId, mid } : [])),
  )
  relay.speakers([...own, ...far].filter(() => world.random.chance(0.5)))
}

/** The middle of the tree as it stands, or one of its branches. */
function relayOfTree(world: World, part: 'middle' | 'branch'): SimRelay | undefined {
  const { route } = world.room.state
  const [middle, ...branches] = route.kind === 'relayed' ? route.relays : []
  const named = part === 'middle' ? middle : world.random.pick(branches)
  return world.relays.running.find(({ relayId }) => relayId === named?.relayId)
}

function partOfTree(world: World): SimRelay | undefined {
  return relayOfTree(world, world.random.chance(0.5) ? 'middle' : 'branch')
}

function treeLoses(world: World): void {
  const relay = partOfTree(world)
  if (relay !== undefined) relayDies(world, relay)
}

function treeDrains(world: World): void {
  const relay = partOfTree(world)
  if (relay !== undefined && !relay.isDraining) relayDrains(world, relay)
}

/** Between the middle and a branch; the ways to people are open. */
function trunkBreaks(world: World): void {
  const [middle, branch] = [relayOfTree(world, 'middle'), relayOfTree(world, 'branch')]
  if (middle === undefined || branch === undefined) return
  const durationMs = world.random.between(2_000, 20_000)
  world.tell('a trunk', `carries nothing for ${(durationMs / 1_000).toFixed(1)} s`)
  world.disturb(durationMs)
  world.relays.trunks.block(middle, branch, durationMs)
}

function hibernates(world: World): void {
  world.tell('the room', 'hibernates')
  world.room.hibernate()
}

function routeChanges(world: World): void {
  const route = world.random.pick(['auto', 'direct', 'relay', 'relay'] as const) ?? 'relay'
  world.tell('creator', `sets the route to ${route}`)
  world.room.control({ action: 'change-settings', settings: { route } })
}

type Trouble = (world: World, page: SimPage) => void

export const troubles: readonly Trouble[] = [
  (world) => relayDies(world),
  (world) => relayDrains(world),
  relayLosesRoom,
  pathBreaks,
  pathLoses,
  speaks,
  speaks,
  routeChanges,
]

/** … of which those of a tree come about only where relays are far apart. */
export const treeTroubles: readonly Trouble[] = [treeLoses, treeDrains, trunkBreaks, trunkBreaks, hibernates]
