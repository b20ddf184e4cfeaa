/**
 * Decides: what becomes of the room's wish to know how far some relays are (CH5).
 * Does not decide: how that is measured (links/relay-probe.ts), nor what follows (the room).
 * Invariants: who saves data measures nothing; what was measured for an earlier socket is said to nobody.
 */
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { SessionEffect } from './effect.ts'
import type { SessionEvent } from './event.ts'
import { send } from './link-signals.ts'
import { isOpen, type SessionState } from './state.ts'

type SessionStep = Step<SessionState, SessionEffect>

export function takeProbes(
  state: SessionState,
  { relays }: Extract<ServerMessage, { type: 'probe-relays' }>,
): SessionStep {
  if (state.config.savesData || relays.length === 0) return step(state)
  const { attempt, seat } = state
  return step(state, { type: 'probe-relays', attempt, relays, iceServers: seat?.iceServers ?? [] })
}

export function relaysProbed(
  state: SessionState,
  { attempt, rtts }: Extract<SessionEvent, { type: 'relays-probed' }>,
): SessionStep {
  if (attempt !== state.attempt || !isOpen(state)) return step(state)
  return step(state, send(state, { type: 'relay-probes', rtts: [...rtts] }))
}
