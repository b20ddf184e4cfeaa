/**
 * Decides: the relay's way to the registry: socket, hello, load, backoff, and that it drains (RG1, RG2).
 * Does not decide: what a summons leads to, nor how busy the relay is (the shell counts).
 * Invariants: one socket at a time, named by `attempt`; a lost registry is sought for ever, whatever the reason: rooms that
 * are served go on without it.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { RoomId, Secret } from '@video-room/shared/ids.ts'
import type { RegistryToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { relayLimits } from '../limits.ts'

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
}

export type RegistryEvent = { readonly atMs: number; readonly random: number } & (
  | { readonly type: 'timer' }
  | { readonly type: 'socket-opened'; readonly attempt: number }
  | { readonly type: 'message-received'; readonly attempt: number; readonly message: RegistryToRelay }
  | { readonly type: 'message-unreadable'; readonly attempt: number }
  | { readonly type: 'socket-lost'; readonly attempt: number }
  | { readonly type: 'drain' }
)

export type RegistryEffect =
  | { readonly type: 'open-socket'; readonly attempt: number }
  | { readonly type: 'close-socket'; readonly attempt: number }
  | { readonly type: 'say-hello' }
  | { readonly type: 'say-load' }
  | { readonly type: 'say-draining' }
  | { readonly type: 'serve-room'; readonly roomId: RoomId; readonly secret: Secret }

type RegistryStep = Step<RegistryState, RegistryEffect>

export const initialRegistry = (atMs: number): RegistryState => ({
  attempt: 0,
  connection: { kind: 'waiting', deadlineMs: atMs },
  failures: 0,
  wasRegistered: false,
  isDraining: false,
})

export function registryDeadline({ connection }: RegistryState): number {
  return 'deadlineMs' in connection ? connection.deadlineMs : connection.loadAtMs
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
      return takeMessage(state, event.message, event.atMs)
    case 'message-unreadable':
      return hangUp(state, event)
    case 'socket-lost':
      return waitForNextTry(state, event)
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
    if (atMs < connection.loadAtMs) return step(state)
    return step(
      { ...state, connection: { kind: 'registered', loadAtMs: atMs + limits.relayLoadMs } },
      { type: 'say-load' },
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

function takeMessage(state: RegistryState, message: RegistryToRelay, atMs: number): RegistryStep {
  if (message.type === 'summon') {
    const { roomId, secret } = message
    // Sent before it heard that this relay drains: the room asks for another one soon.
    return state.isDraining ? step(state) : step(state, { type: 'serve-room', roomId, secret })
  }
  if (message.type !== 'registered') return step(state)
  const registered: RegistryState = {
    ...state,
    failures: 0,
    wasRegistered: true,
    connection: { kind: 'registered', loadAtMs: atMs + limits.relayLoadMs },
  }
  return step(registered, ...(state.isDraining ? ([{ type: 'say-draining' }] as const) : []), {
    type: 'say-load',
  })
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
