/**
 * Decides: the relay's way to a room: socket, backoff, resume, and when a room that cannot be reached is given up (RG4).
 * Does not decide: what the room's messages mean (relay-room.ts).
 * Invariants: one socket at a time, named by `attempt`; media goes on while the way is sought anew; a final close is never
 * retried; after the end nothing is under way and no link is left.
 */
import { closeReasonOf } from '@video-room/shared/errors.ts'
import type { RelayId, Secret } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { relayLimits } from '../limits.ts'
import type { RelayRoomEffect, RoomEnd } from './room-event.ts'
import { isAdmitted, type RelayRoomState } from './room-state.ts'

type RoomStep = Step<RelayRoomState, RelayRoomEffect>

export interface Chance {
  readonly atMs: number
  readonly random: number
}

/** RFC 6455 section 7.4.1: said goodbye on purpose. */
const normalClosure = 1000

/** Before its first socket. `summoned` gets it going. */
export const initialRelayRoom = (relayId: RelayId, secret: Secret, atMs: number): RelayRoomState => ({
  relayId,
  token: secret,
  attempt: 0,
  connection: { kind: 'waiting', deadlineMs: atMs },
  failures: 0,
  lostAtMs: atMs,
  isLeaving: false,
  leaveToldOn: null,
  snapshot: null,
  links: [],
  trunks: [],
  trunkFailures: {},
  told: {},
  toldTrunks: {},
  loud: [],
  dominant: null,
  former: null,
  speakersToldAtMs: Number.NEGATIVE_INFINITY,
})

const hasSocket = ({ connection }: RelayRoomState): boolean =>
  connection.kind === 'opening' || connection.kind === 'open'

const hangUp = (state: RelayRoomState): readonly RelayRoomEffect[] =>
  hasSocket(state) ? [{ type: 'close-socket', attempt: state.attempt }] : []

function openSocket(state: RelayRoomState, atMs: number): RoomStep {
  const attempt = state.attempt + 1
  const deadlineMs = atMs + relayLimits.roomSocketOpenMs
  return step(
    { ...state, attempt, connection: { kind: 'opening', deadlineMs } },
    { type: 'open-socket', attempt, token: state.token },
  )
}

/** Links and their orders go with the next `settle`; this is the last event that changes anything. */
export function endRoom(state: RelayRoomState, why: RoomEnd): RoomStep {
  if (state.connection.kind === 'ended') return step(state)
  const ended: RelayRoomState = {
    ...state,
    connection: { kind: 'ended', why },
    lostAtMs: null,
    snapshot: null,
    links: [],
    trunks: [],
  }
  return step(ended, ...hangUp(state))
}

/** A first summon, or another one: the room lost us, and only the new secret opens a socket. */
export function takeSummon(state: RelayRoomState, secret: Secret, atMs: number): RoomStep {
  const summoned = { ...state, token: secret, failures: 0, lostAtMs: state.lostAtMs ?? atMs }
  const opened = openSocket(summoned, atMs)
  return step(opened.state, ...hangUp(state), ...opened.effects)
}

export function loseSocket(state: RelayRoomState, code: number, chance: Chance): RoomStep {
  const reason = closeReasonOf(code)
  const settled: RelayRoomState = { ...state, connection: { kind: 'waiting', deadlineMs: chance.atMs } }
  const why: RoomEnd = state.isLeaving ? 'left' : 'ended'
  if (code === normalClosure || reason === 'unauthorised') return linger(settled, why, chance.atMs)
  if (reason !== null && reason !== 'internal') return endRoom(settled, why)
  const bounds = { firstMs: limits.reconnectFirstMs, maxMs: limits.reconnectMaxMs }
  const deadlineMs = chance.atMs + backoffMs(state.failures, chance.random, bounds)
  return step({
    ...settled,
    failures: state.failures + 1,
    lostAtMs: state.lostAtMs ?? chance.atMs,
    connection: { kind: 'waiting', deadlineMs },
  })
}

/**
 * The room has another route now, or took us for lost. Occupants keep the link they have until the next one stands, so what is
 * admitted is served on for that long; of mutes nobody tells us any more, but those who receive obey them (MD2).
 */
function linger(state: RelayRoomState, why: RoomEnd, atMs: number): RoomStep {
  const deadlineMs = atMs + relayLimits.roomLingerMs
  const links = state.links.filter((link) => isAdmitted(state, link))
  return step({ ...state, links, lostAtMs: null, connection: { kind: 'lingering', deadlineMs, why } })
}

/** Ends the present socket by our own will and seeks a new one, whose welcome holds everything (SN2). */
export function startOver(state: RelayRoomState, chance: Chance): RoomStep {
  const abnormalClosure = 1006
  const lost = loseSocket(state, abnormalClosure, chance)
  return step(lost.state, ...hangUp(state), ...lost.effects)
}

/** When a room that cannot be reached is given up. */
export const giveUpAtMs = ({ lostAtMs }: RelayRoomState): number | null =>
  lostAtMs === null ? null : lostAtMs + relayLimits.roomLostMs

export function connectionTimer(state: RelayRoomState, chance: Chance): RoomStep {
  const lateMs = giveUpAtMs(state)
  if (lateMs !== null && chance.atMs >= lateMs) return endRoom(state, 'unreachable')
  const { connection } = state
  if (!('deadlineMs' in connection) || chance.atMs < connection.deadlineMs) return step(state)
  if (connection.kind === 'lingering') return endRoom(state, connection.why)
  return connection.kind === 'waiting' ? openSocket(state, chance.atMs) : startOver(state, chance)
}
