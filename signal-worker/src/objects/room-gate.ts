/**
 * The room's way to the gate, which may be near or across a network: every question has a deadline, every failure is a
 * value, and a gate that was out of reach is told everything once it is back. Running calls do not wait for it.
 */
import { assertNever, fail, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { log, logBug } from '../log.ts'
import { seatUntilMs } from '../room/deadline.ts'
import type { RecordEffect } from '../room/effect.ts'
import type { GateOutcome } from '../room/event.ts'
import { freeSeats } from '../room/knocking.ts'
import { joinHoldsUntilMs } from '../room/place.ts'
import { knockOf, type RoomState } from '../room/state.ts'
import type { LiveRecord, RoomInfoStore, StoreDown } from '../store/room-info-store.ts'
import type { RoomLoop } from './room-desk.ts'
import type { Turns } from './turns.ts'

export interface GatePorts {
  readonly store: RoomInfoStore
  readonly turns: Turns
  /** What a log line may say of this room. */
  readonly who: { readonly room: string }
  readonly open: () => RoomLoop | null
}

export class RoomGate {
  readonly #ports: GatePorts

  constructor(ports: GatePorts) {
    this.#ports = ports
  }

  /** One question to the store. An answer that does not come in time is no answer, whatever it says later. */
  async ask<Value, Code extends string>(
    question: (store: RoomInfoStore) => Promise<Result<Value, Code>>,
  ): Promise<Result<Value, Code | StoreDown>> {
    let timer: ReturnType<typeof setTimeout> | null = null
    const late = new Promise<Result<never, StoreDown>>((resolve) => {
      timer = setTimeout(() => resolve(fail('room_store_unavailable')), limits.gateAnswerMs)
    })
    try {
      return await Promise.race([question(this.#ports.store), late])
    } finally {
      if (timer !== null) clearTimeout(timer)
    }
  }

  /** Is the gate there, and does it know everything? One that has just failed is not bothered again at once. */
  async isUpToDate(loop: RoomLoop): Promise<boolean> {
    const { unrecorded } = loop.state
    if (unrecorded === null) return true
    if (Date.now() - unrecorded.failedAtMs < limits.gateRestMs) return false
    return this.#tellAll(loop)
  }

  /** Notes that the gate is out of reach; the room tries again by its timer. */
  failed(loop: RoomLoop): void {
    log('warn', 'gate-failed', this.#ports.who)
    loop.dispatch({ type: 'gate-failed', atMs: Date.now(), random: Math.random() })
  }

  /** One change for the store. While it is behind nothing is sent: it learns everything later. */
  async record(effect: RecordEffect): Promise<void> {
    await this.#inTurn('record', async (loop) => {
      if (loop.state.unrecorded !== null) return
      const written = await this.ask((store) => write(store, effect))
      if (!written.ok) this.failed(loop)
    })
  }

  async recordAll(): Promise<void> {
    await this.#inTurn('record-all', async (loop) => {
      if (loop.state.unrecorded !== null) await this.#tellAll(loop)
    })
  }

  /** A seat for someone at the door; the room hears what became of it, whatever happens. */
  async seatKnock(occupantId: KnockId): Promise<void> {
    await this.#inTurn('ask-gate', async (loop) => {
      let outcome: GateOutcome = 'room_store_unavailable'
      try {
        outcome = await this.#outcomeFor(loop, occupantId)
      } finally {
        loop.dispatch({ type: 'gate-answered', atMs: Date.now(), occupantId, outcome })
      }
    })
  }

  async #outcomeFor(loop: RoomLoop, occupantId: KnockId): Promise<GateOutcome> {
    const knock = knockOf(loop.state, occupantId)
    if (knock === undefined || !(await this.isUpToDate(loop))) return 'room_store_unavailable'
    const atMs = Date.now()
    const { tokenHash } = knock
    const hold = { occupantId, isHost: false, tokenHash, atMs, graceEndsAtMs: joinHoldsUntilMs(atMs) }
    const granted = await this.ask((store) => store.admit(hold))
    if (granted.ok && freeSeats(loop.state) > 0) return 'admitted'
    if (granted.ok) {
      // It has lost seats that are taken.
      this.failed(loop)
      return 'room_full'
    }
    if (granted.code === 'room_full' || granted.code === 'room_locked') return granted.code
    // Whatever else it says, the gate does not know what the room knows.
    this.failed(loop)
    return 'room_store_unavailable'
  }

  /** Tells the store the whole truth, and again what became true meanwhile. */
  async #tellAll(loop: RoomLoop): Promise<boolean> {
    for (let tries = 0; tries < 3; tries += 1) {
      const facts = await this.#factsOf(loop.state)
      const live = facts === null ? null : liveRecordOf(loop.state, facts)
      if (live === null || !(await this.ask((store) => store.reassert(live))).ok) break
      if (JSON.stringify(live) !== JSON.stringify(liveRecordOf(loop.state, live))) continue
      loop.dispatch({ type: 'gate-told', atMs: Date.now() })
      log('info', 'gate-told', this.#ports.who)
      return true
    }
    this.failed(loop)
    return false
  }

  /** Rooms of the first version do not know what their store does. */
  async #factsOf(state: RoomState): Promise<GateFacts | null> {
    if (state.gate !== null) return state.gate
    const found = await this.ask((store) => store.read())
    return found.ok ? found.value : null
  }

  async #inTurn(where: string, task: (loop: RoomLoop) => Promise<void>): Promise<void> {
    try {
      await this.#ports.turns.take(async () => {
        const loop = this.#ports.open()
        if (loop !== null) await task(loop)
      })
    } catch (error) {
      logBug(where, error)
    }
  }
}

type KnockId = Parameters<typeof knockOf>[1]
type GateFacts = NonNullable<RoomState['gate']>

const liveRecordOf = (state: RoomState, { hostTokenHash, lifetimeMs }: GateFacts): LiveRecord => ({
  settings: state.settings,
  status: state.status === 'open' ? 'open' : 'ended',
  expiresAtMs: state.expiresAtMs,
  endedAtMs: state.endedAtMs,
  lifetimeMs,
  hostTokenHash,
  creatorId: state.creatorId,
  seats: Object.fromEntries(
    state.seats.map((seat) => [
      seat.occupantId,
      {
        isHost: seat.isHost,
        isPresent: seat.presence.kind === 'present',
        graceEndsAtMs: seatUntilMs(seat),
      },
    ]),
  ),
})

function write(store: RoomInfoStore, effect: RecordEffect): Promise<Result<null, StoreDown>> {
  switch (effect.type) {
    case 'record-presence':
      return store.setPresence(effect)
    case 'record-left':
      return store.leave(effect.occupantId)
    case 'record-barred':
      return store.bar(effect)
    case 'record-settings':
      return store.setSettings(effect.settings)
    case 'record-hand-over':
      return store.handOver(effect)
    case 'record-promotion':
      return store.promote(effect.occupantId)
    case 'record-ended':
      return store.end(effect.endedAtMs)
    default:
      return assertNever(effect)
  }
}
