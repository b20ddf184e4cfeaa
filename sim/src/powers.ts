/**
 * Decides: what a host, or the room's creator from outside, does in a simulated story.
 * Does not decide: when (story.ts), nor what follows from it (the cores do).
 * Invariants: a host acts by what its own page shows; the seed alone decides.
 */
import type { SessionEvent } from '@video-room/client/core/event.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { SimPage } from './sim-page.ts'
import type { World } from './world.ts'

export const mutable: readonly Source[] = ['microphone', 'camera']

type HostMessage = Extract<SessionEvent, { type: 'host-wished' }>['message']

export const wish = (world: World, host: SimPage, message: HostMessage): void =>
  host.dispatch({ type: 'host-wished', atMs: world.clock.nowMs, message })

/** The page of whoever is host now, as the room sees it. */
export function hostOf(world: World): SimPage | undefined {
  const seat = world.room.state.seats.find(({ isHost, presence }) => isHost && presence.kind === 'present')
  return world.openPages.find((page) => page.id !== null && page.id === seat?.occupantId)
}

function hostMutes(world: World, page: SimPage): void {
  const host = hostOf(world)
  if (host === undefined || page.id === null) return
  const source = world.random.pick(mutable) ?? 'microphone'
  world.tell(host.name, `mutes the ${source} of ${page.name}`)
  wish(world, host, { type: 'mute-occupant', occupantId: page.id, source })
}

function hostMutesAll(world: World): void {
  const host = hostOf(world)
  if (host === undefined) return
  world.tell(host.name, 'mutes all')
  wish(world, host, { type: 'mute-all', source: 'microphone' })
}

function hostRemoves(world: World, page: SimPage): void {
  const host = hostOf(world)
  if (host === undefined || page.id === null || page === host || world.random.chance(0.6)) return
  world.tell(host.name, `removes ${page.name}`)
  wish(world, host, { type: 'remove-occupant', occupantId: page.id })
}

/** The host looks at the door, as it shows it, and answers some who stand there. */
function answersDoor(world: World): void {
  const host = hostOf(world)
  for (const knock of host?.view.knocks ?? []) {
    if (host === undefined || world.random.chance(0.3)) continue
    const type = world.random.chance(0.8) ? 'admit' : 'deny'
    world.tell(host.name, `${type === 'admit' ? 'admits' : 'denies'} ${knock.displayName}`)
    wish(world, host, { type, occupantId: knock.occupantId })
  }
}

function locks(world: World): void {
  const host = hostOf(world)
  if (host === undefined) return
  const isLocked = !world.room.state.settings.isLocked && world.random.chance(0.5)
  world.tell(host.name, isLocked ? 'locks the room' : 'unlocks the room')
  wish(world, host, { type: 'change-settings', settings: { isLocked } })
}

function opensDoor(world: World): void {
  const host = hostOf(world)
  if (host === undefined || world.random.chance(0.5)) return
  const admission = world.random.chance(0.5) ? 'open' : 'knock'
  world.tell(host.name, admission === 'open' ? 'opens the door' : 'asks people to knock')
  wish(world, host, { type: 'change-settings', settings: { admission } })
}

function handsOver(world: World, page: SimPage): void {
  const host = hostOf(world)
  if (host === undefined || page.id === null || page === host) return
  world.tell(host.name, `hands over to ${page.name}`)
  wish(world, host, { type: 'hand-over', occupantId: page.id })
}

/** Whoever is asked says yes, no, or nothing. */
function asksUnmute(world: World, page: SimPage): void {
  const host = hostOf(world)
  if (host === undefined || page.id === null || page === host) return
  const source = world.random.pick(mutable) ?? 'microphone'
  world.tell(host.name, `asks ${page.name} to un-mute the ${source}`)
  wish(world, host, { type: 'ask-unmute', occupantId: page.id, source })
  if (world.random.chance(0.2)) return
  const yes = world.random.chance(0.7)
  world.clock.after(world.random.between(500, 4_000), () => {
    if (!page.view.unmuteAsked.includes(source)) return
    world.tell(page.name, yes ? 'agrees' : 'declines')
    page.dispatch({ type: 'unmute-answered', atMs: world.clock.nowMs, source, yes })
  })
}

/** The creator's backend, from outside. */
function controls(world: World, page: SimPage): void {
  const { random, room } = world
  const action = random.pick(['lock', 'unlock', 'unlock', 'remove'] as const) ?? 'unlock'
  if (random.chance(0.6)) return
  world.tell('creator', `orders ${action}`)
  if (action !== 'remove') return room.control({ action })
  if (page.id !== null) room.control({ action, occupantId: page.id })
}

export const powers: readonly ((world: World, page: SimPage) => void)[] = [
  hostMutes,
  hostMutesAll,
  hostRemoves,
  answersDoor,
  answersDoor,
  locks,
  opensDoor,
  handsOver,
  asksUnmute,
  controls,
]
