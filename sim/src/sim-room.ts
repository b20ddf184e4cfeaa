/**
 * Decides: nothing of its own: the shell of the real room core, with simulated sockets in place of the platform's.
 * Does not decide: anything about rooms (signal-worker/src/room does).
 * Invariants: state is plain JSON after every event, as hibernation needs; a message goes only to a socket of the room.
 */
import { closeCodes } from '@video-room/shared/errors.ts'
import type { OccupantId, Secret, SecretHash } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import { decodeClientMessage, encodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import type { JoinRequest } from '@video-room/shared/protocol/http.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import { admissionOf, chooseSeat } from '@video-room/signal-worker/room/admission.ts'
import { roomDeadline } from '@video-room/signal-worker/room/deadline.ts'
import type { RoomEffect } from '@video-room/signal-worker/room/effect.ts'
import type { RoomEvent } from '@video-room/signal-worker/room/event.ts'
import { reduceRoom } from '@video-room/signal-worker/room/reduce.ts'
import { initialRoom, type ConnectionId, type RoomState } from '@video-room/signal-worker/room/state.ts'
import type { JoinAnswer } from '@video-room/client/core/event.ts'
import type { Clock } from './clock.ts'
import type { SimSocket } from './network.ts'
import type { Random } from './random.ts'

/** A stand-in for SHA-256 that is as good as one here: nobody in the simulation can invert a string by hand. */
const hashOf = (secret: Secret): SecretHash => Array.from(secret).toReversed().join('') as SecretHash

export class SimRoom {
  readonly hostToken: Secret
  readonly #settings: RoomSettings
  readonly #clock: Clock
  readonly #random: Random
  readonly #sockets = new Map<ConnectionId, SimSocket>()
  readonly #loop: Loop<RoomState, RoomEvent, RoomEffect>
  #disarm: () => void = () => undefined

  constructor(
    clock: Clock,
    random: Random,
    settings: RoomSettings,
    onStep: (state: RoomState, previous: RoomState) => void,
  ) {
    this.#clock = clock
    this.#random = random
    this.#settings = settings
    this.hostToken = random.text(43) as Secret
    this.#loop = new Loop(initialRoom({ settings, expiresAtMs: 12 * 3_600_000 }), {
      reduce: reduceRoom,
      deadlineOf: roomDeadline,
      keep: (state, previous) => {
        // Hibernation takes the memory away between any two events: what cannot be written cannot be kept.
        assert(JSON.stringify(JSON.parse(JSON.stringify(state))) === JSON.stringify(state), 'state is JSON')
        onStep(state, previous)
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
    const { state } = this
    const refused = (code: Extract<JoinAnswer, { ok: false }>['code']): JoinAnswer => ({
      ok: false,
      code,
      retryAfterMs: code === 'room_full' ? 5_000 : null,
    })
    if (state.status !== 'open') return refused('room_ended')
    const choice = chooseSeat(state, {
      isHost: request.hostToken === this.hostToken,
      resumeTokenHash: request.resumeToken === undefined ? null : hashOf(request.resumeToken),
      freshOccupantId: `o_${this.#random.text(16)}` as OccupantId,
    })
    if (!choice.ok) return refused(choice.code)
    const { occupantId, isHost } = choice.value
    const isListed = state.seats.some((seat) => seat.occupantId === occupantId)
    const participants = state.seats.filter((seat) => !seat.isHost).length
    if (!isListed && !isHost && participants >= this.#settings.maxParticipants) return refused('room_full')
    const resumeToken = this.#random.text(43) as Secret
    this.#dispatch({
      type: 'occupant-joined',
      atMs: this.#clock.nowMs,
      occupantId,
      isHost,
      displayName: request.displayName,
      resumeTokenHash: hashOf(resumeToken),
    })
    return {
      ok: true,
      response: {
        occupantId,
        isHost,
        resumeToken,
        iceServers: [],
        settings: this.#settings,
        admission: admissionOf(this.state, isHost),
      },
    }
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
        const isOfTheRoom = state.seats.some(
          ({ presence }) => presence.kind === 'present' && presence.connectionId === effect.connectionId,
        )
        assert(isOfTheRoom, 'invariant 2: a message goes only to someone in the room')
        this.#sockets.get(effect.connectionId)?.sendToOccupant(encodeServerMessage(effect.message))
        return
      }
      case 'close': {
        const { reason } = effect
        const code = reason === 'left' ? 1_000 : reason === 'silent' ? 1_001 : closeCodes[reason]
        this.#sockets.get(effect.connectionId)?.closeByRoom(code)
        return
      }
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
