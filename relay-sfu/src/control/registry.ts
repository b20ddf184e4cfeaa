/**
 * Decides: the relay's way to the registry: socket, hello, load, backoff, that it drains (RG1, RG2, RG7), and when other
 * relays are asked how far they are (RG6).
 * Does not decide: what a summons leads to, how busy the relay is (the shell counts), nor how another relay is asked.
 * Invariants: one socket at a time, named by `attempt`; a lost registry is sought for ever, whatever the reason: rooms that
 * are served go on without it.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import { earliest, step, type Step } from '@video-room/shared/machine/step.ts'
import type { RelayId, RoomId, Secret } from '@video-room/shared/ids.ts'
import type { RelayRtt } from '@video-room/shared/protocol/path-report.ts'
import type { RegistryToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { relayLimits } from '../limits.ts'
import {
  distancesToTell,
  noDistances,
  withAnswer,
  withOthers,
  type Measured,
  type OtherRelay,
  type RelayDistances,
} from './relay-distances.ts'

/** greeting: the socket is open, the registry has not answered the hello · registered: it may send rooms. */
export type RegistryConnection =
  | { readonly kind: 'waiting'; readonly deadlineMs: number }
  | { readonly kind: 'opening'; readonly deadlineMs: number }
  | { readonly kind: 'greeting'; readonly deadlineMs: number }
  | { readonly kind: 'registered'; readonly loadAtMs: number }

export interface RegistryState {
  readonly attempt: number
  readonly connection: RegistryConnection
  /** Tries in a row that did not lead to `registered`. */
  readonly failures: number
  readonly wasRegistered: boolean
  readonly isDraining: boolean
  readonly distances: RelayDistances
  /** When all others are asked again; null: there are none. It waits while the registry is away. */
  readonly probeAtMs: number | null
}

export type RegistryEvent = { readonly atMs: number; readonly random: number } & (
  | { readonly type: 'timer' }
  | { readonly type: 'socket-opened'; readonly attempt: number }
  | { readonly type: 'message-received'; readonly attempt: number; readonly message: RegistryToRelay }
  | { readonly type: 'message-unreadable'; readonly attempt: number }
  | { readonly type: 'socket-lost'; readonly attempt: number }
  /** Another relay answered, or did not (null). */
  | { readonly type: 'relay-probed'; readonly relayId: RelayId; readonly measured: Measured }
  | { readonly type: 'drain' }
)

export type RegistryEffect =
  | { readonly type: 'open-socket'; readonly attempt: number }
  | { readonly type: 'close-socket'; readonly attempt: number }
  | { readonly type: 'say-hello' }
  | { readonly type: 'say-load'; readonly rtts: readonly RelayRtt[] }
  | { readonly type: 'say-draining' }
  | { readonly type: 'probe-relays'; readonly relays: readonly OtherRelay[] }
  /** The registry wants this relay empty. */
  | { readonly type: 'begin-draining' }
  | { readonly type: 'serve-room'; readonly roomId: RoomId; readonly secret: Secret }

type RegistryStep = Step<RegistryState, RegistryEffect>

export const initialRegistry = (atMs: number): RegistryState => ({
  attempt: 0,
  connection: { kind: 'waiting', deadlineMs: atMs },
  failures: 0,
  wasRegistered: false,
  isDraining: false,
  distances: noDistances,
  probeAtMs: null,
})

export function registryDeadline({ connection, probeAtMs }: RegistryState): number {
  if (connection.kind !== 'registered') return connection.deadlineMs
  return earliest(connection.loadAtMs, probeAtMs) ?? connection.loadAtMs
}

export function reduceRegistry(state: RegistryState, event: RegistryEvent): RegistryStep {
  if ('attempt' in event && event.attempt !== state.attempt) return step(state)
  switch (event.type) {
    case 'timer':
      return takeTimer(state, event)
    case 'socket-opened':
      return step(
        {
          ...state,
          connection: { kind: 'greeting', deadlineMs: event.atMs + limits.socketOpenTimeoutMs },
        },
        { type: 'say-hello' },
      )
    case 'message-received':
      return takeMessage(state, event.message, event)
    case 'message-unreadable':
      return hangUp(state, event)
    case 'socket-lost':
      return waitForNextTry(state, event)
    case 'relay-probed':
      return step({ ...state, distances: withAnswer(state.distances, event.relayId, event.measured) })
    case 'drain':
      return drain(state)
    default:
      return assertNever(event)
  }
}

function takeTimer(state: RegistryState, event: RegistryEvent): RegistryStep {
  const { connection } = state
  const { atMs } = event
  if (connection.kind === 'registered') {
    const probing = probeAgain(state, event)
    if (atMs < connection.loadAtMs) return probing
    return step(
      { ...probing.state, connection: { kind: 'registered', loadAtMs: atMs + limits.relayLoadMs } },
      loadOf(state),
      ...probing.effects,
    )
  }
  if (atMs < connection.deadlineMs) return step(state)
  if (connection.kind !== 'waiting') return hangUp(state, event)
  const attempt = state.attempt + 1
  const deadlineMs = atMs + limits.socketOpenTimeoutMs
  return step(
    { ...state, attempt, connection: { kind: 'opening', deadlineMs } },
    { type: 'open-socket', attempt },
  )
}

const loadOf = ({ distances }: RegistryState): RegistryEffect => ({
  type: 'say-load',
  rtts: distancesToTell(distances),
})

const nextProbeMs = ({ atMs, random }: RegistryEvent): number =>
  atMs + Math.round(relayLimits.relayProbeMs * (1 + relayLimits.relayProbeSpread * (2 * random - 1)))

function probeAgain(state: RegistryState, event: RegistryEvent): RegistryStep {
  if (state.probeAtMs === null || event.atMs < state.probeAtMs) return step(state)
  const relays = state.distances.others
  return step({ ...state, probeAtMs: nextProbeMs(event) }, { type: 'probe-relays', relays })
}

function takeMessage(state: RegistryState, message: RegistryToRelay, event: RegistryEvent): RegistryStep {
  switch (message.type) {
    case 'registered': {
      const connection = { kind: 'registered', loadAtMs: event.atMs + limits.relayLoadMs } as const
      const registered: RegistryState = { ...state, failures: 0, wasRegistered: true, connection }
      const words: readonly RegistryEffect[] = state.isDraining ? [{ type: 'say-draining' }] : []
      return step(registered, ...words, loadOf(state))
    }
    case 'summon': {
      const { roomId, secret } = message
      // Sent before it heard that this relay drains: the room asks for another one soon.
      return state.isDraining ? step(state) : step(state, { type: 'serve-room', roomId, secret })
    }
    case 'relays':
      return meet(state, message.relays, event)
    case 'drain': {
      if (state.isDraining) return step(state)
      const draining = drain(state)
      return step(draining.state, ...draining.effects, { type: 'begin-draining' })
    }
    default:
      return assertNever(message)
  }
}

/** Newcomers are asked at once, the others in their turn: a list that changes often asks nobody more often. */
function meet(state: RegistryState, others: readonly OtherRelay[], event: RegistryEvent): RegistryStep {
  const known = new Set(state.distances.others.map(({ relayId }) => relayId))
  const relays = others.filter(({ relayId }) => !known.has(relayId))
  const probeAtMs = others.length === 0 ? null : (state.probeAtMs ?? nextProbeMs(event))
  const met = { ...state, distances: withOthers(state.distances, others), probeAtMs }
  return relays.length === 0 ? step(met) : step(met, { type: 'probe-relays', relays })
}

/** Said at once to a registry that listens, else after the answer to the next hello. */
function drain(state: RegistryState): RegistryStep {
  if (state.isDraining) return step(state)
  const draining = { ...state, isDraining: true }
  return state.connection.kind === 'registered' ? step(draining, { type: 'say-draining' }) : step(draining)
}

function hangUp(state: RegistryState, event: RegistryEvent): RegistryStep {
  const waiting = waitForNextTry(state, event)
  return step(waiting.state, { type: 'close-socket', attempt: state.attempt }, ...waiting.effects)
}

function waitForNextTry(state: RegistryState, { atMs, random }: RegistryEvent): RegistryStep {
  const bounds = { firstMs: limits.reconnectFirstMs, maxMs: relayLimits.registryRetryMaxMs }
  const eagerTries = state.wasRegistered ? 0 : relayLimits.registryEagerTries
  const deadlineMs = atMs + backoffMs(Math.max(0, state.failures - eagerTries), random, bounds)
  return step({ ...state, failures: state.failures + 1, connection: { kind: 'waiting', deadlineMs } })
}
