/**
 * Decides: when a story has come to rest: for a while nothing has changed, and nothing is waited for.
 * Does not decide: how long that is waited for at most, nor what must hold then (story.ts, world.ts).
 * Invariants: whatever a core has a deadline for keeps a story from its rest, but for what goes on for ever: looks at links and
 * for a better tree, sweeps, trunks that are measured, a relay that is looked for where there is none.
 */
import { entriesOf } from '@video-room/shared/lang.ts'
import { sessionDeadline } from '@video-room/client/core/reduce.ts'
import type { LinkState, SessionState } from '@video-room/client/core/state.ts'
import { relayRoomDeadline } from '@video-room/relay-sfu/control/relay-room.ts'
import type { RelayRoomState } from '@video-room/relay-sfu/control/room-state.ts'
import { roomDeadline } from '@video-room/signal-worker/room/deadline.ts'
import type { RoomState } from '@video-room/signal-worker/room/state.ts'
import type { SimRelay } from './sim-relay.ts'
import type { World } from './world.ts'

/** Longer than what a page or a relay notices by itself, and than a relay that drains is left running. */
const restMs = 45_000

/** What the first look after a change measured may have been measured before it. */
const looksMin = 2

/** No room of a story lives that long. */
const neverMs = Number.MAX_SAFE_INTEGER

export class Rest {
  #movedAtMs = 0
  /** For a better tree, since then. */
  #looks = 0
  readonly #relays = new Map<SimRelay, RelayRoomState | null>()

  tookRoom(state: RoomState, previous: RoomState, nowMs: number): void {
    const isMoved =
      differs(state, previous, ['sweepAtMs', 'chain', 'routing', 'relay']) ||
      differs(state.chain, previous.chain, ['lookAtMs', 'look', 'quietLooks', 'probes']) ||
      differs(state.routing, previous.routing, ['reports']) ||
      differs(state.relay, previous.relay, ['search', 'failures', 'shunned'])
    if (isMoved) this.#moved(nowMs)
    else if (state.chain.quietLooks > previous.chain.quietLooks) this.#looks += 1
  }

  tookPage(state: SessionState, previous: SessionState, nowMs: number): void {
    const isMoved =
      differs(state, previous, ['links', 'nextSampleAtMs', 'reported', 'uplink']) ||
      areMoved(state.links, previous.links)
    if (isMoved) this.#moved(nowMs)
  }

  tookRelay(relay: SimRelay, nowMs: number): void {
    const [state, previous] = [relay.state, this.#relays.get(relay) ?? null]
    this.#relays.set(relay, state)
    const isMoved =
      state === null || previous === null ? state !== previous : differs(state, previous, ['trunks'])
    if (isMoved) this.#moved(nowMs)
  }

  #moved(nowMs: number): void {
    this.#movedAtMs = nowMs
    this.#looks = 0
  }

  isReached({ calmMs, clock, openPages, relays, room }: World): boolean {
    if (Math.min(calmMs, clock.nowMs - this.#movedAtMs) < restMs) return false
    const { running } = relays
    const isLooking = room.state.chain.lookAtMs !== null
    return (
      (!isLooking || this.#looks >= looksMin) &&
      isRoomAtRest(room.state, running.length > 0) &&
      openPages.every(({ state }) => sessionDeadline({ ...state, nextSampleAtMs: null }) === null) &&
      running.every(({ state }) => state === null || isRelayAtRest(state))
    )
  }
}

function isRoomAtRest(state: RoomState, hasRelays: boolean): boolean {
  const { candidate, wanted, restUntilMs } = state.chain
  if (candidate !== null || wanted !== null || restUntilMs !== null) return false
  const waiting: RoomState = {
    ...state,
    expiresAtMs: neverMs,
    sweepAtMs: null,
    chain: { ...state.chain, look: null, lookAtMs: null },
    relay: hasRelays ? state.relay : { ...state.relay, search: null },
  }
  return state.status !== 'open' || roomDeadline(waiting) === neverMs
}

function isRelayAtRest(state: RelayRoomState): boolean {
  const trunks = state.trunks.map((trunk) => ({ ...trunk, measureAtMs: null }))
  return relayRoomDeadline({ ...state, trunks }) === null
}

function areMoved(links: SessionState['links'], previous: SessionState['links']): boolean {
  if (links === previous) return false
  const entries = entriesOf(links)
  return (
    entries.length !== Object.keys(previous).length ||
    entries.some(([id, link]) => {
      const before = previous[id]
      return before === undefined || isMoved(link, before)
    })
  )
}

/** That it was looked at once more is nothing. */
const isMoved = (link: LinkState, before: LinkState): boolean =>
  link !== before &&
  (differs(link, before, ['health', 'path']) ||
    differs(link.health, before.health, ['heardAtMs', 'sampledAtMs', 'receivedBytes']))

function differs<State extends object>(
  state: State,
  previous: State,
  except: readonly (keyof State)[],
): boolean {
  if (state === previous) return false
  for (const key of Object.keys(state) as (keyof State)[]) {
    if (state[key] !== previous[key] && !except.includes(key)) return true
  }
  return false
}
