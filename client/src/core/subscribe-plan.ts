/**
 * Decides: what a relay is asked to send here, how wide it is shown, and for how much of it there must be room (RL7, RL8).
 * Does not decide: which layer or slot carries it (the relay), nor what may be played (track-table.ts).
 * Invariants: every sound of the others is wanted, and no picture that nobody looks at (M8); slots only ever grow; what is wanted
 * anew is said at once, what is wanted otherwise or no more at most once per `limits.wantsIntervalMs`: two lists in that time,
 * since nothing is new again before the relay has heard that it went; and the newest list in the end.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { earliest, step, type Step } from '@video-room/shared/machine/step.ts'
import type { Want } from '@video-room/shared/protocol/relay-signal.ts'
import { isSameData } from '@video-room/shared/same.ts'
import type { Publication } from '@video-room/shared/snapshot.ts'
import { kindOf, type Source } from '@video-room/shared/source.ts'
import type { SessionEffect } from './effect.ts'
import { canSignal, withRelaySide } from './link-signals.ts'
import { sourceKey } from './path-memory.ts'
import type { LinkState, RelaySide, SessionState, SlotCounts } from './state.ts'

/** A picture is shown so wide now; 0 = nobody looks at it. What is remembered of people who left goes. */
export function withShown(
  state: SessionState,
  id: OccupantId,
  source: Source,
  widthPx: number,
): SessionState {
  const key = sourceKey(id, source)
  if (state.shown[key] === widthPx) return state
  const isHere = (other: string): boolean =>
    state.snapshot?.occupants.some(({ occupantId }) => other.startsWith(occupantId)) === true
  const known = Object.entries(state.shown).filter(([other]) => isHere(other))
  return { ...state, shown: { ...Object.fromEntries(known), [key]: widthPx } }
}

/** Does anyone here want to perceive it? Every sound, and every picture that someone looks at. */
export const isWatched = ({ shown }: SessionState, id: OccupantId, source: Source): boolean =>
  kindOf[source] === 'audio' || shown[sourceKey(id, source)] !== 0

/** Muted publications too: they are heard and seen without another word when they are live again. */
export function wantsOf({ snapshot, seat, shown }: SessionState): readonly Want[] {
  const others = snapshot?.occupants.filter(({ occupantId }) => occupantId !== seat?.occupantId) ?? []
  return others.flatMap(({ occupantId, publications }) =>
    publications.flatMap(({ source }): Want[] => {
      if (kindOf[source] === 'audio') return [{ occupantId, source, widthPx: 0 }]
      const widthPx = shown[sourceKey(occupantId, source)] ?? limits.shownWidthDefaultPx
      return widthPx === 0 ? [] : [{ occupantId, source, widthPx }]
    }),
  )
}

/**
 * A pair of slots, for picture and sound, for every person and every screen among the others, so that each is played in time
 * (RL7), and one more, so that whoever comes is seen without waiting for a negotiation; in twos, so that there are half as many.
 */
export function slotsFor({ snapshot, seat }: SessionState): SlotCounts {
  const others = snapshot?.occupants.filter(({ occupantId }) => occupantId !== seat?.occupantId) ?? []
  const pairs = others.reduce((sum, { publications }) => {
    const isScreen = ({ source }: Publication): boolean => source === 'screen' || source === 'screen-audio'
    const shares = publications.some(isScreen) ? 1 : 0
    return sum + shares + (publications.every(isScreen) ? 0 : 1)
  }, 1)
  const count = Math.min(Math.max(pairs + (pairs % 2), limits.slotsMin), limits.slotsMax)
  return { audio: count, video: count }
}

/** After every event: brings the wanted relay links up to what is wanted of them; of one that stands by, nothing (RL8, MG6). */
export function settleSubscriptions(state: SessionState, atMs: number): Step<SessionState, SessionEffect> {
  let next = state
  let dueAtMs: number | null = null
  const effects: SessionEffect[] = []
  for (const { relayId } of state.assignedRelays) {
    const link = next.links[relayId]
    if (!link?.relay || next.snapshot === null) continue
    const settled = settleRelay(next, relayId, link, link.relay, atMs)
    next = settled.relay === link.relay ? next : withRelaySide(next, relayId, link, settled.relay)
    dueAtMs = earliest(dueAtMs, settled.dueAtMs)
    effects.push(...settled.effects)
  }
  return step(withDeadline(next, dueAtMs), ...effects)
}

interface SettledRelay {
  readonly relay: RelaySide
  readonly effects: readonly SessionEffect[]
  /** When it may hear what is still to be said. */
  readonly dueAtMs: number | null
}

function settleRelay(
  state: SessionState,
  relayId: RelayId,
  { generation, carries }: LinkState,
  relay: RelaySide,
  atMs: number,
): SettledRelay {
  const slots = carries ? larger(relay.slots, slotsFor(state)) : relay.slots
  const wants = carries ? wantsOf(state) : []
  const isNews = canSignal(state, relayId) && !isSameData(wants, relay.told?.wants)
  const dueAtMs =
    relay.told === null || hasMore(wants, relay.told.wants) ? atMs : relay.told.atMs + limits.wantsIntervalMs
  const told = isNews && atMs >= dueAtMs ? { wants, atMs } : relay.told
  const effects: SessionEffect[] = []
  if (!isSameData(slots, relay.slots)) effects.push({ type: 'ensure-slots', relayId, generation, slots })
  if (told !== relay.told) effects.push({ type: 'want', relayId, generation, wants })
  return {
    relay: effects.length === 0 ? relay : { ...relay, slots, told },
    effects,
    dueAtMs: isNews && told === relay.told ? dueAtMs : null,
  }
}

/** Whoever waits for something to appear waits for no timer. */
const hasMore = (wants: readonly Want[], told: readonly Want[]): boolean =>
  !wants.every(({ occupantId, source }) =>
    told.some((one) => one.occupantId === occupantId && one.source === source),
  )

const larger = (a: SlotCounts, b: SlotCounts): SlotCounts => ({
  audio: Math.max(a.audio, b.audio),
  video: Math.max(a.video, b.video),
})

const withDeadline = (state: SessionState, nextWantsAtMs: number | null): SessionState =>
  state.nextWantsAtMs === nextWantsAtMs ? state : { ...state, nextWantsAtMs }

/** A new socket: what was told on the old one may be lost. */
export function forgetWants(state: SessionState): SessionState {
  let next = state
  for (const [id, link] of entriesOf(state.links)) {
    if (link.relay !== null) next = withRelaySide(next, id, link, { ...link.relay, told: null })
  }
  return next
}
