/** The shell around the relay's way to the registry (control/registry.ts): one socket, one timer. */
import { closeCodes } from '@video-room/shared/errors.ts'
import type { RoomId, Secret } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import { decodeRegistryToRelay, encodeRelayToRegistry } from '@video-room/shared/protocol/relay-codec.ts'
import type { RelayToRegistry } from '@video-room/shared/protocol/relay-messages.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import {
  initialRegistry,
  reduceRegistry,
  registryDeadline,
  type RegistryEffect,
  type RegistryEvent,
  type RegistryState,
} from './control/registry.ts'
import type { Measured, OtherRelay } from './control/relay-distances.ts'
import { DeadlineTimer, monotonicMs } from './deadline-timer.ts'
import { SignalSocket } from './io/signal-socket.ts'
import { logBug, type Log } from './log.ts'

type Untimed<Event> = Event extends unknown ? Omit<Event, 'atMs' | 'random'> : never
type Message<Type> = Extract<RelayToRegistry, { type: Type }>

export interface RegistryDriverOptions {
  /** With ws or wss. */
  readonly signalUrl: string
  readonly relayKey: string
  readonly hello: Message<'relay-hello'>
  readonly load: () => Omit<Message<'relay-load'>, 'type' | 'rtts'>
  readonly onSummons: (roomId: RoomId, secret: Secret) => void
  /** How far the relay at these addresses is. Absent: nobody is asked. */
  readonly probe?: (candidates: readonly RelayCandidate[]) => Promise<Measured>
  /** An operator wants this relay empty; the registry has been told already that it drains (RG7). */
  readonly onDrain: () => void
  readonly log: Log
}

export class RegistryDriver {
  readonly #options: RegistryDriverOptions
  readonly #loop: Loop<RegistryState, RegistryEvent, RegistryEffect>
  readonly #timer = new DeadlineTimer(() => this.#timeIsUp())
  #socket: SignalSocket | null = null
  #isStopped = false

  /** Goes to the registry at once. */
  constructor(options: RegistryDriverOptions) {
    this.#options = options
    this.#loop = new Loop<RegistryState, RegistryEvent, RegistryEffect>(initialRegistry(monotonicMs()), {
      reduce: reduceRegistry,
      deadlineOf: registryDeadline,
      keep: (state, previous) => this.#logChange(state, previous),
      run: (effect) => this.#run(effect),
      arm: (deadlineMs) => this.#timer.arm(deadlineMs),
    })
    this.#take({ type: 'timer' })
  }

  get isRegistered(): boolean {
    return this.#loop.state.connection.kind === 'registered'
  }

  drain(): void {
    this.#take({ type: 'drain' })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer.arm(null)
    this.#socket?.close()
  }

  #take(news: Untimed<RegistryEvent>): void {
    if (this.#isStopped) return
    this.#loop.dispatch({ ...news, atMs: monotonicMs(), random: Math.random() })
  }

  #timeIsUp(): void {
    this.#loop.disarmed()
    this.#take({ type: 'timer' })
  }

  #run(effect: RegistryEffect): void {
    switch (effect.type) {
      case 'open-socket':
        return this.#openSocket(effect.attempt)
      case 'close-socket':
        return this.#socket?.close()
      case 'say-hello':
        return this.#say(this.#options.hello)
      case 'say-load':
        return this.#say({ type: 'relay-load', ...this.#options.load(), rtts: [...effect.rtts] })
      case 'say-draining':
        return this.#say({ type: 'relay-draining' })
      case 'probe-relays':
        for (const relay of effect.relays) void this.#probe(relay)
        return
      case 'serve-room':
        return this.#options.onSummons(effect.roomId, effect.secret)
      case 'begin-draining':
        return this.#options.onDrain()
      default:
        return assertNever(effect)
    }
  }

  #say(message: RelayToRegistry): void {
    this.#socket?.send(encodeRelayToRegistry(message))
  }

  async #probe({ relayId, candidates }: OtherRelay): Promise<void> {
    const { probe, log } = this.#options
    if (probe === undefined) return
    try {
      this.#take({ type: 'relay-probed', relayId, measured: await probe(candidates) })
    } catch (error) {
      logBug(log, 'relay-probe', error)
    }
  }

  #openSocket(attempt: number): void {
    const { signalUrl, relayKey, log } = this.#options
    this.#socket = new SignalSocket(`${signalUrl}/relay/socket`, relayKey, {
      onOpen: () => this.#take({ type: 'socket-opened', attempt }),
      onText: (text) => {
        const decoded = decodeRegistryToRelay(text)
        if (decoded.ok) return this.#take({ type: 'message-received', attempt, message: decoded.value })
        log('warn', 'registry-unreadable', { code: decoded.code })
        this.#take({ type: 'message-unreadable', attempt })
      },
      onLost: (code) => {
        // 4401: this relay's key is not on the worker's list; only an operator can help (RG1).
        log(code === closeCodes.unauthorised ? 'error' : 'debug', 'registry-closed', { code })
        this.#take({ type: 'socket-lost', attempt })
      },
    })
  }

  #logChange(state: RegistryState, previous: RegistryState): void {
    const [isNow, wasBefore] = [state, previous].map(({ connection }) => connection.kind === 'registered')
    if (isNow && !wasBefore) this.#options.log('info', 'registered', { attempt: state.attempt })
    if (!isNow && wasBefore) this.#options.log('warn', 'registry-lost')
  }
}
