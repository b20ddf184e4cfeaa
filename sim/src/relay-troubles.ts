/**
 * Decides: what relays do and suffer in a simulated story, and how a room changes its route.
 * Does not decide: when (story.ts), nor what follows from it (the cores do).
 * Invariants: the seed alone decides; who starts a relay after a loss is an operator who takes a while.
 */
import { pairOf } from './sim-links.ts'
import type { SimPage } from './sim-page.ts'
import type { World } from './world.ts'

const restartMs = [500, 20_000] as const

function comesBack(world: World): void {
  world.clock.after(world.random.between(...restartMs), () => void world.relays.start())
}

function relayDies(world: World): void {
  const relay = world.random.pick(world.relays.running)
  if (relay === undefined) return
  relay.die()
  comesBack(world)
}

function relayDrains(world: World): void {
  const relay = world.random.pick(world.relays.running.filter((one) => !one.isDraining))
  if (relay === undefined) return
  relay.drain()
  comesBack(world)
  world.clock.after(30_000, () => relay.isDead || relay.die())
}

function relayLosesRoom(world: World): void {
  world.random.pick(world.relays.running.filter((one) => one.state !== null))?.loseRoom()
}

function pathBreaks(world: World, page: SimPage): void {
  const relay = world.random.pick(world.relays.running)
  if (relay === undefined || page.id === null) return
  const durationMs = world.random.between(500, 30_000)
  world.tell(page.name, `and a relay cannot reach each other for ${(durationMs / 1_000).toFixed(1)} s`)
  world.relays.block(page.id, relay, durationMs)
}

/** Between two who talk directly; through a relay nothing is lost (RP1). */
function pathLoses(world: World, page: SimPage): void {
  const other = world.random.pick(world.openPages)
  if (page.id === null || other === undefined || other.id === null || other === page) return
  const pair = pairOf(page.id, other.id)
  world.tell(page.name, `and ${other.name} lose packets for a while`)
  world.links.lossy.add(pair)
  world.clock.after(world.random.between(2_000, 60_000), () => world.links.lossy.delete(pair))
}

function speaks(world: World): void {
  const relay = world.random.pick(world.relays.running.filter((one) => one.state !== null))
  relay?.speakers([...relay.links.keys()].filter(() => world.random.chance(0.5)))
}

function routeChanges(world: World): void {
  const route = world.random.pick(['auto', 'direct', 'relay', 'relay'] as const) ?? 'relay'
  world.tell('creator', `sets the route to ${route}`)
  world.room.control({ action: 'change-settings', settings: { route } })
}

export const troubles = [
  relayDies,
  relayDrains,
  relayLosesRoom,
  pathBreaks,
  pathLoses,
  speaks,
  speaks,
  routeChanges,
]
