/**
 * Decides: which relays a room may have, and what the registry says of all of them.
 * Does not decide: which one is asked for, nor what follows from distances (the room does).
 * Invariants: one that died is named until its silence tells (RG2), and never comes.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { ChainRelay } from '@video-room/signal-worker/room/chain-state.ts'
import type { Clock } from './clock.ts'
import type { Places } from './places.ts'
import type { Random } from './random.ts'
import type { SimRelay } from './sim-relay.ts'
import type { SimRelays } from './sim-relays.ts'

export class SimRegistry {
  readonly #clock: Clock
  readonly #random: Random
  readonly #places: Places
  readonly #relays: SimRelays

  constructor(clock: Clock, random: Random, places: Places, relays: SimRelays) {
    this.#clock = clock
    this.#random = random
    this.#places = places
    this.#relays = relays
  }

  /** One that lives and takes rooms (RG3). One that is asked for by name may have died just now. */
  pick(exclude: readonly RelayId[], only?: RelayId): SimRelay | undefined {
    const asked = only === undefined ? this.#relays.running : this.known([only])
    return this.#random.pick(
      asked.filter(({ isDraining, relayId }) => !isDraining && !exclude.includes(relayId)),
    )
  }

  known(ids: readonly RelayId[]): readonly SimRelay[] {
    return this.#listed.filter(({ relayId }) => ids.includes(relayId))
  }

  survey(): readonly ChainRelay[] {
    const listed = this.#listed
    return listed.map((relay) => ({
      relayId: relay.relayId,
      region: 'somewhere',
      isFull: relay.isDraining,
      load: 0,
      rtts: listed.flatMap((other) =>
        other === relay
          ? []
          : { relayId: other.relayId, rttMs: this.#rttMs(relay, other), asked: 80, answered: 80 },
      ),
    }))
  }

  /** What is measured now and then goes on being told while the way is blocked for a moment. */
  #rttMs(relay: SimRelay, other: SimRelay): number | null {
    if (relay.isDead || other.isDead) return null
    return this.#places.betweenRelays(relay.relayId, other.relayId)
  }

  get #listed(): readonly SimRelay[] {
    return this.#relays.all.filter(
      ({ diedAtMs }) => diedAtMs === null || this.#clock.nowMs - diedAtMs < limits.relaySilentMs,
    )
  }
}
