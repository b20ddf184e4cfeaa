/**
 * Decides: nothing of its own: the shell of the real room core, with simulated sockets in place of the platform's.
 * Does not decide: anything about rooms (signal-worker/src/room does).
 * Invariants: state is plain JSON after every event, as hibernation needs; a message goes only to a socket of the room.
 */
import { isDeepStrictEqual } from 'node:util'
import { closeCodes } from '@video-room/shared/errors.ts'
import type { OccupantId, Secret, SecretHash } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import { decodeClientMessage, encodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import type { ControlRequest, JoinRequest } from '@video-room/shared/protocol/http.ts'
import { decodeRelayToRoom, encodeRoomToRelay } from '@video-room/shared/protocol/relay-codec.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import { admissionOf, choosePlace, type PlaceChoice } from '@video-room/signal-worker/room/admission.ts'
import { roomDeadline } from '@video-room/signal-worker/room/deadline.ts'
import type { RoomEffect } from '@video-room/signal-worker/room/effect.ts'
import type { GateOutcome, RoomEvent } from '@video-room/signal-worker/room/event.ts'
import { reduceRoom } from '@video-room/signal-worker/room/reduce.ts'
import { isRelayToken } from '@video-room/signal-worker/room/relay-search.ts'
import { relayByConnection } from '@video-room/signal-worker/room/relay-state.ts'
import type { ConnectionId } from '@video-room/signal-worker/room/connection-id.ts'
import {
  initialRoom,
  isSeat,
  placeByConnection,
  roomStateVersion,
  seatOf,
  type RoomState,
} from '@video-room/signal-worker/room/state.ts'
import { readStoredState } from '@video-room/signal-worker/room/stored-state.ts'
import type { JoinAnswer } from '@video-room/client/core/event.ts'
import type { Clock } from './clock.ts'
import { delayMs, type SimSocket } from './network.ts'
import { PlainData } from './plain-data.ts'
import type { Random } from './random.ts'
import { completed, knownRelay, probing, withTrunkTickets } from './room-tickets.ts'
import type { SimRegistry } from './sim-registry.ts'

/** A stand-in for SHA-256 that is as good as one here: nobody in the simulation can invert a string by hand. */
const hashOf = (secret: Secret): SecretHash => Array.from(secret).toReversed().join('') as SecretHash

export class SimRoom {
  readonly hostToken: Secret
  readonly #clock: Clock
  readonly #random: Random
  readonly #registry: SimRegistry
  readonly #sockets = new Map<ConnectionId, SimSocket>()
  /** Of trunks: `relay link` for whatever a relay was ever told to have. */
  readonly namedTrunks = new Set<string>()
  readonly #onStep: (state: RoomState, previous: RoomState) => void
  readonly #plainData = new PlainData()
  #loop: Loop<RoomState, RoomEvent, RoomEffect>
  #disarm: () => void = () => undefined

  constructor(
    clock: Clock,
    random: Random,
    registry: SimRegistry,
    settings: RoomSettings,
    onStep: (state: RoomState, previous: RoomState) => void,
  ) {
    this.#clock = clock
    this.#random = random
    this.#registry = registry
    this.hostToken = random.text(43) as Secret
    this.#onStep = onStep
    this.#loop = this.#wake(
      initialRoom({ settings, expiresAtMs: 12 * 3_600_000, creatorId: null, gate: null }),
    )
  }

  #wake(initial: RoomState): Loop<RoomState, RoomEvent, RoomEffect> {
    return new Loop(initial, {
      reduce: reduceRoom,
      deadlineOf: roomDeadline,
      keep: (state, previous) => {
        // Hibernation takes the memory away between any two events: what cannot be written cannot be kept.
        this.#plainData.check(state)
        this.#onStep(state, previous)
      },
      run: (effect, state) => this.#run(effect, state),
      arm: (deadlineMs) => this.#arm(deadlineMs),
    })
  }

  get state(): RoomState {
    return this.#loop.state
  }

  /** `POST join`: the gate in its shortest form, then the core. */
  join(request: JoinRequest): JoinAnswer {
    const atMs = this.#clock.nowMs
    this.#dispatch({ type: 'timer', atMs })
    const { state } = this
    const refused = (code: Extract<JoinAnswer, { ok: false }>['code']): JoinAnswer => ({
      ok: false,
      code,
      retryAfterMs: code === 'room_full' ? 5_000 : null,
    })
    if (state.status !== 'open') return refused('room_ended')
    const wish = {
      isHost: request.hostToken === this.hostToken,
      takesOver: false,
      resumeTokenHash: request.resumeToken === undefined ? null : hashOf(request.resumeToken),
      freshOccupantId: `o_${this.#random.text(16)}` as OccupantId,
    }
    const place = choosePlace(state, wish, atMs)
    const isShut = place.ok && place.value.provedHost && this.#gateSays(place.value) !== 'admitted'
    const choice = isShut ? choosePlace(state, { ...wish, takesOver: true }, atMs) : place
    if (!choice.ok) return refused(choice.code)
    const { kind, occupantId, provedHost } = choice.value
    const gateSays = this.#gateSays(choice.value)
    if (gateSays !== 'admitted') return refused(gateSays)
    const resumeToken = this.#random.text(43) as Secret
    const { displayName } = request
    const resumeTokenHash = hashOf(resumeToken)
    if (kind === 'knock') {
      this.#dispatch({ type: 'knocked', atMs, occupantId, displayName, resumeTokenHash })
    } else {
      const seat = { occupantId, isHost: choice.value.isHost, provedHost }
      this.#dispatch({ type: 'occupant-joined', atMs, ...seat, displayName, resumeTokenHash })
    }
    const isHost = seatOf(this.state, occupantId)?.isHost ?? false
    const admission = kind === 'knock' ? 'knocking' : admissionOf(this.state, isHost)
    const { settings } = this.state
    return { ok: true, response: { occupantId, isHost, resumeToken, iceServers: [], settings, admission } }
  }

  #gateSays({ kind, occupantId, isHost }: PlaceChoice): GateOutcome {
    return kind === 'knock' ? 'admitted' : this.#takeSeat(occupantId, isHost)
  }

  /** The gate in its shortest form. */
  #takeSeat(occupantId: OccupantId, isHost: boolean): GateOutcome {
    const { seats, settings } = this.state
    if (isHost || seats.some((seat) => seat.occupantId === occupantId)) return 'admitted'
    if (settings.isLocked) return 'room_locked'
    const participants = seats.filter((seat) => !seat.isHost).length
    return participants >= settings.maxParticipants ? 'room_full' : 'admitted'
  }

  /** It is asked across a network here, and may be out of reach. */
  #askGate(occupantId: OccupantId): void {
    const isAway = this.#random.chance(0.1)
    this.#clock.after(this.#random.between(1, 600), () => {
      const outcome = isAway ? 'room_store_unavailable' : this.#takeSeat(occupantId, false)
      this.#dispatch({ type: 'gate-answered', atMs: this.#clock.nowMs, occupantId, outcome })
    })
  }

  control(request: ControlRequest): void {
    this.#dispatch({ type: 'controlled', atMs: this.#clock.nowMs, request })
  }

  /** A WebSocket reached the room with this token. Answers how its frames and its end are reported. */
  accept(socket: SimSocket, resumeToken: Secret): { text: (text: string) => void; closed: () => void } {
    const connectionId = `c_${this.#random.text(16)}` as ConnectionId
    this.#sockets.set(connectionId, socket)
    const atMs = this.#clock.nowMs
    this.#dispatch({ type: 'socket-opened', atMs, connectionId, tokenHash: hashOf(resumeToken) })
    return {
      text: (text) => this.#hear(connectionId, text),
      closed: () => {
        this.#sockets.delete(connectionId)
        this.#dispatch({ type: 'socket-closed', atMs: this.#clock.nowMs, connectionId })
      },
    }
  }

  /** A relay's socket: by the secret of its summon, or by what the last welcome gave (RG4). */
  acceptRelay(socket: SimSocket, token: Secret): { text: (text: string) => void; closed: () => void } | null {
    const atMs = this.#clock.nowMs
    this.#dispatch({ type: 'timer', atMs })
    if (!isRelayToken(this.state, hashOf(token))) {
      socket.closeByRoom(this.state.status === 'open' ? closeCodes.unauthorised : closeCodes.room_ended)
      return null
    }
    const connectionId = `c_${this.#random.text(16)}` as ConnectionId
    this.#sockets.set(connectionId, socket)
    const resumeToken = this.#random.text(43) as Secret
    const tokens = { tokenHash: hashOf(token), resumeToken, resumeTokenHash: hashOf(resumeToken) }
    this.#dispatch({ type: 'relay-connected', atMs, connectionId, ...tokens })
    return {
      text: (text) => {
        const decoded = decodeRelayToRoom(text)
        assert(decoded.ok, 'a relay speaks the protocol')
        const { value: message } = decoded
        this.#dispatch({ type: 'relay-message', atMs: this.#clock.nowMs, connectionId, message })
      },
      closed: () => {
        this.#sockets.delete(connectionId)
        this.#dispatch({ type: 'socket-closed', atMs: this.#clock.nowMs, connectionId })
      },
    }
  }

  /** The registry is a network away, and names a relay before that relay can come. */
  #summonRelay({ exclude, purpose, only }: Extract<RoomEffect, { type: 'summon-relay' }>): void {
    const answer = (): void => {
      const relay = this.#random.chance(0.05) ? undefined : this.#registry.pick(exclude, only)
      const atMs = this.#clock.nowMs
      if (relay === undefined) {
        return this.#dispatch({ type: 'relay-unavailable', purpose, atMs, random: this.#random.next() })
      }
      const secret = this.#random.text(43) as Secret
      this.#dispatch({
        type: 'relay-summoned',
        purpose,
        atMs,
        relay: knownRelay(relay, hashOf(secret), this.#random),
      })
      this.#clock.after(delayMs(this.#random), () => relay.summon(secret))
    }
    this.#clock.after(delayMs(this.#random), answer)
  }

  /** The registry may not answer at all. */
  #survey(): void {
    if (this.#random.chance(0.1)) return
    this.#clock.after(delayMs(this.#random) + delayMs(this.#random), () => {
      const relays = this.#registry.survey()
      this.#dispatch({ type: 'relays-surveyed', atMs: this.#clock.nowMs, relays })
    })
  }

  /** Its memory goes; sockets and the alarm stay, and what was stored is read again. */
  hibernate(): void {
    const stored = readStoredState(roomStateVersion, JSON.stringify(this.state))
    assert(stored !== null && isDeepStrictEqual(stored, this.state), 'state is stored whole')
    this.#loop = this.#wake(stored)
  }

  end(): void {
    this.#dispatch({ type: 'ended', atMs: this.#clock.nowMs })
  }

  #hear(connectionId: ConnectionId, text: string): void {
    const atMs = this.#clock.nowMs
    const decoded = decodeClientMessage(text)
    this.#dispatch(
      decoded.ok
        ? { type: 'message', atMs, connectionId, message: decoded.value }
        : { type: 'bad-message', atMs, connectionId, code: decoded.code },
    )
  }

  #dispatch(event: RoomEvent): void {
    this.#loop.dispatch(event)
  }

  #run(effect: RoomEffect, state: RoomState): void {
    switch (effect.type) {
      case 'send': {
        const place = placeByConnection(state, effect.connectionId)
        assert(place !== undefined, 'invariant 2: a message goes only to someone of the room')
        const isForDoor = effect.message.type === 'knocking' || effect.message.type === 'error'
        assert(isSeat(place) || isForDoor, 'KN1: nobody without a seat hears of the room')
        this.#sockets.get(effect.connectionId)?.sendToOccupant(encodeServerMessage(effect.message))
        return
      }
      case 'close': {
        const { reason } = effect
        const code = reason === 'left' ? 1_000 : reason === 'silent' ? 1_001 : closeCodes[reason]
        this.#sockets.get(effect.connectionId)?.closeByRoom(code)
        return
      }
      case 'send-relay':
        this.#sockets.get(effect.connectionId)?.sendToOccupant(encodeRoomToRelay(effect.message))
        return
      case 'send-ticketed': {
        const message = completed(state, effect.message, this.#random)
        this.#sockets.get(effect.connectionId)?.sendToOccupant(encodeServerMessage(message))
        return
      }
      case 'send-relay-links': {
        const { connectionId, trunks } = effect
        const relay = relayByConnection(state.relay, connectionId)
        for (const { linkId } of trunks) this.namedTrunks.add(`${relay?.relayId} ${linkId}`)
        const message = withTrunkTickets(state, effect, this.#random)
        this.#sockets.get(connectionId)?.sendToOccupant(encodeRoomToRelay(message))
        return
      }
      case 'survey-relays':
        return this.#survey()
      case 'probe-relays': {
        const message = probing(this.#registry.known(effect.relayIds), this.#random)
        this.#sockets.get(effect.connectionId)?.sendToOccupant(encodeServerMessage(message))
        return
      }
      case 'summon-relay':
        return this.#summonRelay(effect)
      case 'ask-gate':
        return this.#askGate(effect.occupantId)
      default:
        // Room info and the sweep of the platform's sockets have their own tests in real workerd.
        return
    }
  }

  #arm(deadlineMs: number | null): void {
    this.#disarm()
    if (deadlineMs === null) return
    this.#disarm = this.#clock.after(deadlineMs - this.#clock.nowMs, () => {
      this.#loop.disarmed()
      this.#dispatch({ type: 'timer', atMs: this.#clock.nowMs })
    })
  }
}
