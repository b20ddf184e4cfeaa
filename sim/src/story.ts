/**
 * Decides: what happens in a simulated story: people come, go, reload, mute, lose their network, open a second tab.
 * Does not decide: what follows from it (the cores do), nor what must hold (world.ts).
 * Invariants: the seed alone decides the story.
 */
import { defaultSettings, type RoomSettings } from '@video-room/shared/room-info.ts'
import type { Secret } from '@video-room/shared/ids.ts'
import { watchPeace } from './peace.ts'
import { hostOf, mutable, powers, wish } from './powers.ts'
import { treeTroubles, troubles } from './relay-troubles.ts'
import { pairOf } from './sim-links.ts'
import { SimPage } from './sim-page.ts'
import { checkEmpty } from './tree-invariants.ts'
import { World } from './world.ts'

const names = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn'] as const

/** Long enough for every grace, backoff and remake to be over; most stories are at rest much sooner. */
const settleMs = 150_000

/** How often it is looked whether they are. */
const restLookMs = 1_000

/** A move that just began is over by then, and what it left has given way. */
const moveMs = 20_000
const movesMax = 4

/** After the last one left: longer than a relay goes on without its room. */
const emptyMs = 30_000

export interface StoryOptions {
  readonly seed: number
  /** How many things people do. */
  readonly actions: number
  /** Waits on where a story has come to rest, as long as anything could take. */
  readonly isPatient?: boolean
  readonly trace?: (line: string) => void
}

/** Plays one story to its quiet end; throws at the first invariant that breaks, with the seed in the message. */
export function playStory(options: StoryOptions): World {
  const { seed, actions, trace } = options
  const isWide = isWideStory(seed)
  const world = new World({ seed, isWide, settings: settingsOf(seed), ...(trace ? { trace } : {}) })
  try {
    if (hasRelays(seed)) for (let count = 0; count < relayCount(seed); count += 1) world.relays.start()
    if (isWide) {
      watchPeace(world)
      gather(world)
    }
    for (let done = 0; done < actions; done += 1) {
      act(world, seed)
      run(world, world.clock.nowMs + world.random.between(0, 4_000))
    }
    comeToRest(world, options)
    world.checkQuiet()
    if (hasRelays(seed)) goHome(world)
    return world
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`seed ${seed} at ${world.clock.nowMs} ms: ${reason}`, { cause: error })
  }
}

/** A few who talk, far from each other. */
function gather(world: World): void {
  open(world, 'Ada', world.room.hostToken, { resumeToken: null })
  for (const name of names.slice(1, 1 + world.random.between(1, 3))) {
    open(world, name, null, { resumeToken: null })
  }
  lasts(world)
}

function comeToRest(world: World, { seed, isPatient = false }: StoryOptions): void {
  world.tell('everyone', 'is left in peace')
  world.links.blocked.clear()
  world.links.lossy.clear()
  world.relays.unblock()
  if (hasRelays(seed)) world.relays.start()
  for (const page of world.openPages) wakeUp(world, page)
  const untilMs = world.clock.nowMs + settleMs
  const isOver = (): boolean => world.clock.nowMs >= untilMs || (!isPatient && world.rest.isReached(world))
  while (!isOver()) run(world, Math.min(world.clock.nowMs + restLookMs, untilMs))
  // What was decided just after a move waits for its dwell time (RP4); a room that moves for ever is found moving.
  for (let moves = 0; moves < movesMax && world.isMoving; moves += 1) run(world, world.clock.nowMs + moveMs)
}

function goHome(world: World): void {
  world.tell('everyone', 'goes home')
  for (const page of world.openPages) leave(world, page)
  run(world, world.clock.nowMs + emptyMs)
  checkEmpty(world)
}

/** Every other room may be relayed; half of those begin so, the others move when they have a reason. */
const hasRelays = (seed: number): boolean => seed % 2 === 0

/** In a third of those, people and relays are far apart; over nine of them every rule of a room meets every other one. */
export const isWideStory = (seed: number): boolean => hasRelays(seed) && [1, 5, 6].includes((seed / 2) % 9)

const relayCount = (seed: number): number =>
  isWideStory(seed) ? (seed % 4 === 2 ? 4 : 2 + (seed % 3)) : 1 + (seed % 2)

/** Every rule of a room meets every other one over a few hundred seeds. */
const settingsOf = (seed: number): RoomSettings => ({
  ...defaultSettings,
  // Every eighth room outgrows a mesh, and comes back to it (RP1, RP2).
  maxParticipants: seed % 8 === 0 ? 5 : isWideStory(seed) ? 3 + (seed % 3) : 1 + (seed % 4),
  admission: seed % 3 === 0 && !isWideStory(seed) ? 'knock' : 'open',
  mayUnmute: seed % 5 !== 0,
  onHostLeave: (['wait', 'promote', 'end'] as const)[Math.floor(seed / 2) % 3] ?? 'wait',
  hostGraceMs: seed % 2 === 0 ? 20_000 : 300_000,
  route: hasRelays(seed) && seed % 4 !== 0 ? 'relay' : 'auto',
})

function run(world: World, untilMs: number): void {
  let steps = 0
  while (world.clock.step(untilMs)) {
    steps += 1
    if (steps > 200_000) throw new Error('the story never comes to rest')
  }
}

function act(world: World, seed: number): void {
  const { random } = world
  const page = random.pick(world.openPages)
  if (random.chance(isWideStory(seed) ? 0.2 : 0)) return lasts(world)
  if (page === undefined || (world.openPages.length < names.length && random.chance(0.15))) {
    return comeIn(world)
  }
  const kinds = [toggle, toggle, toggle, crossMutes, ...powers, reload, leave, lose, block, secondTab, wakeUp]
  if (hasRelays(seed)) kinds.push(...troubles)
  // A tree takes half a minute of peace to come about, and then it is to suffer.
  const isOfTree = isWideStory(seed) && random.chance(0.6)
  random.pick(isOfTree ? treeTroubles : kinds)?.(world, page)
}

function comeIn(world: World): void {
  const { random, room } = world
  const isHost = !world.openPages.some((page) => page.isHostPage) && random.chance(0.6)
  const taken = new Set(world.openPages.map((page) => page.name))
  const name = names.find((candidate) => !taken.has(candidate)) ?? 'Guest'
  open(world, name, isHost ? room.hostToken : null, { resumeToken: null })
}

function open(world: World, name: string, hostToken: Secret | null, storage: SimPage['storage']): void {
  const page = new SimPage(world, name, hostToken, storage)
  world.pages.push(page)
  world.tell(name, hostToken === null ? 'opens the page' : 'opens the page as host')
  for (const source of mutable) if (world.random.chance(0.8)) page.capture(source, 'live')
  page.join()
}

/** As long as a tree takes to come about. */
function lasts(world: World): void {
  world.tell('everyone', 'goes on talking')
  run(world, world.clock.nowMs + world.random.between(5_000, 35_000))
}

function reload(world: World, page: SimPage): void {
  world.tell(page.name, 'reloads')
  world.disturb(0)
  page.close()
  open(world, page.name, page.isHostPage ? world.room.hostToken : null, page.storage)
}

/** A duplicated tab starts with a copy of the storage (J7). */
function secondTab(world: World, page: SimPage): void {
  world.tell(page.name, 'duplicates the tab')
  world.disturb(0)
  if (page.isClosed) return
  open(world, page.name, page.isHostPage ? world.room.hostToken : null, { ...page.storage })
}

function leave(world: World, page: SimPage): void {
  world.tell(page.name, 'leaves')
  page.dispatch({ type: 'leave', atMs: world.clock.nowMs })
  page.close()
}

function toggle(world: World, page: SimPage): void {
  const source = world.random.pick(mutable) ?? 'microphone'
  const status = page.statusOf(source) === 'live' ? 'muted' : 'live'
  world.tell(page.name, `switches the ${source} ${status === 'live' ? 'on' : 'off'}`)
  page.capture(source, status)
}

/** The owner un-mutes and the host mutes at the same moment: the two messages cross (MD4). */
function crossMutes(world: World, page: SimPage): void {
  if (page.statusOf('microphone') === 'live') page.capture('microphone', 'muted')
  run(world, world.clock.nowMs + world.random.between(50, 400))
  const host = hostOf(world)
  if (host === undefined || page.id === null || page.isClosed) return
  world.tell(page.name, `un-mutes while ${host.name} mutes`)
  const message = { type: 'mute-occupant', occupantId: page.id, source: 'microphone' } as const
  world.clock.after(world.random.between(0, 60), () => page.capture('microphone', 'live'))
  world.clock.after(world.random.between(0, 60), () => wish(world, host, message))
}

function lose(world: World, page: SimPage): void {
  const durationMs = world.random.between(100, 40_000)
  world.tell(page.name, `is offline for ${(durationMs / 1_000).toFixed(1)} s`)
  world.goOffline(page, durationMs)
}

function block(world: World, page: SimPage): void {
  const other = world.random.pick(world.openPages)
  if (page.id === null || other === undefined || other.id === null || other.id === page.id) return
  const pair = pairOf(page.id, other.id)
  world.tell(page.name, `and ${other.name} cannot reach each other for a while`)
  world.links.blocked.add(pair)
  const durationMs = world.random.between(500, 20_000)
  world.disturb(durationMs)
  world.clock.after(durationMs, () => world.links.blocked.delete(pair))
}

function wakeUp(world: World, page: SimPage): void {
  page.dispatch({ type: 'online', atMs: world.clock.nowMs })
}
