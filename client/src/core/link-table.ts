/**
 * Decides: what the events of links, the `start` list and the snapshot do to the table of links.
 * Does not decide: which links are wanted (link-plan.ts) or whether one lives (link-health.ts).
 * Invariants: an event of another generation than the present one changes nothing; a failed link is reported
 * with its own generation only, and stays listed until the room names a new one (LK5).
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import type { LinkAssignment } from '@video-room/shared/protocol/messages.ts'
import { occupantOf } from '@video-room/shared/snapshot.ts'
import type { SessionEffect } from './effect.ts'
import type { LinkReading } from './event.ts'
import { connectedHealth, judge, newHealth, type LinkHealth } from './link-health.ts'
import { planLinks, wantedLinks } from './link-plan.ts'
import { isOpen, type LinkState, type SessionState } from './state.ts'

type SessionStep = Step<SessionState, SessionEffect>

const withLink = (state: SessionState, id: OccupantId, link: LinkState): SessionState => ({
  ...state,
  links: { ...state.links, [id]: link },
})

const send = (
  state: SessionState,
  message: Extract<SessionEffect, { type: 'send' }>['message'],
): SessionEffect => ({ type: 'send', attempt: state.attempt, message })

/** Both ends have a socket: a signal would arrive. */
const canSignal = (state: SessionState, id: OccupantId): boolean =>
  isOpen(state) && state.snapshot !== null && occupantOf(state.snapshot, id)?.isPresent === true

/** Closes the difference between the links there are and those wanted (design, rule 4). */
export function settleLinks(state: SessionState, atMs: number): SessionStep {
  const present = entriesOf(state.links).map(([occupantId, { generation }]) => ({ occupantId, generation }))
  const wanted = wantedLinks(state.assigned, state.snapshot, state.seat?.occupantId ?? null)
  const plan = planLinks(present, wanted)
  if (plan.open.length + plan.close.length === 0) return step(state)
  const iceServers = state.seat?.iceServers ?? []
  const links: Record<OccupantId, LinkState> = { ...state.links }
  for (const { occupantId } of plan.close) delete links[occupantId]
  for (const { occupantId, generation, initiator } of plan.open) {
    const old = state.links[occupantId]
    const remade = old !== undefined && (old.remade || old.health.connected)
    links[occupantId] = { generation, initiator, iceServers, health: newHealth(atMs), remade, held: [] }
  }
  return step(
    { ...state, links },
    ...plan.open.map((link): SessionEffect => ({
      type: 'open-link',
      occupantId: link.occupantId,
      generation: link.generation,
      initiator: link.initiator,
      iceServers,
    })),
    ...plan.close.map((link): SessionEffect => ({ type: 'close-link', ...link })),
  )
}

/** The room's list of links arrived (ST1). Signals that overtook it are delivered now. */
export function takeStart(
  state: SessionState,
  assigned: readonly LinkAssignment[],
  atMs: number,
): SessionStep {
  return andThen(settleLinks({ ...state, assigned }, atMs), (settled) => {
    const early = settled.early.filter(({ from, generation }) => {
      const link = settled.links[from]
      return link !== undefined && link.generation === generation
    })
    const delivered = early.map(({ from, generation, payload }): SessionEffect => ({
      type: 'link-signal',
      occupantId: from,
      generation,
      payload,
    }))
    return andThen(step({ ...settled, early: [] }, ...delivered), reportFailedLinks)
  })
}

/** A report that went down with the old socket is repeated on the new one. */
function reportFailedLinks(state: SessionState): SessionStep {
  const failed = entriesOf(state.links).filter(([, link]) => link.health.failed)
  return step(state, ...failed.map(([id, link]) => failureOf(state, id, link)))
}

const failureOf = (state: SessionState, to: OccupantId, { generation }: LinkState): SessionEffect =>
  send(state, { type: 'link-failed', to, generation })

/** A signal from the far end: for the present link, for one that `start` will name, or of one that is gone. */
export function takeSignal(
  state: SessionState,
  signal: { readonly from: OccupantId; readonly generation: number; readonly payload: string },
): SessionStep {
  const { from, generation, payload } = signal
  const known = state.links[from]?.generation ?? 0
  if (generation === known) return step(state, { type: 'link-signal', occupantId: from, generation, payload })
  if (generation < known || state.early.length >= limits.heldSignalsMax) return step(state)
  return step({ ...state, early: [...state.early, { from, generation, payload }] })
}

/** A signal for the far end; it waits while nobody could bring or hear it. */
export function sendSignal(
  state: SessionState,
  id: OccupantId,
  generation: number,
  payload: string,
): SessionStep {
  const link = state.links[id]
  if (link === undefined || link.generation !== generation) return step(state)
  if (canSignal(state, id)) return step(state, send(state, { type: 'signal', to: id, generation, payload }))
  if (link.held.length >= limits.heldSignalsMax) return step(state)
  return step(withLink(state, id, { ...link, held: [...link.held, payload] }))
}

/** Sends what waited, in order, to everyone who can hear it again. */
export function releaseHeldSignals(state: SessionState): SessionStep {
  let result: SessionStep = step(state)
  for (const [id, link] of entriesOf(state.links)) {
    if (link.held.length === 0 || !canSignal(state, id)) continue
    result = andThen(result, (next) =>
      step(
        withLink(next, id, { ...link, held: [] }),
        ...link.held.map((payload) =>
          send(next, { type: 'signal', to: id, generation: link.generation, payload }),
        ),
      ),
    )
  }
  return result
}

function changeHealth(
  state: SessionState,
  id: OccupantId,
  generation: number,
  change: (health: LinkHealth) => LinkHealth,
): SessionStep {
  const link = state.links[id]
  if (link === undefined || link.generation !== generation) return step(state)
  return step(withLink(state, id, { ...link, health: change(link.health) }))
}

export const linkConnected = (
  state: SessionState,
  id: OccupantId,
  generation: number,
  atMs: number,
): SessionStep => changeHealth(state, id, generation, (health) => connectedHealth(health, atMs))

/** Judged with the next samples: when the other has left, the room says so first and nothing is reported. */
export const linkClosed = (state: SessionState, id: OccupantId, generation: number): SessionStep =>
  changeHealth(state, id, generation, (health) => ({ ...health, closed: true }))

/** Judges every link by one look at all of them (LK3). */
export function judgeLinks(state: SessionState, readings: readonly LinkReading[], atMs: number): SessionStep {
  let result: SessionStep = step(state)
  for (const [id, link] of entriesOf(state.links)) {
    const reading = readings.find(
      ({ occupantId, generation }) => occupantId === id && generation === link.generation,
    )
    if (reading === undefined && !link.health.closed) continue
    const { health, verdict } = judge(link.health, {
      atMs,
      receivedBytes: reading?.receivedBytes ?? null,
      canSignal: canSignal(state, id),
    })
    result = andThen(result, (next) => {
      const judged = withLink(next, id, { ...link, health })
      if (verdict === 'restart') {
        return step(judged, { type: 'restart-link', occupantId: id, generation: link.generation })
      }
      return verdict === 'failed' ? step(judged, failureOf(judged, id, link)) : step(judged)
    })
  }
  return result
}
