/**
 * The shell around one room's core (control/relay-room.ts): its socket, its timer, its links at the transport. A bug in it ends
 * this room here and nothing else; the room finds another way.
 */
import { loggable, type LinkId, type RelayId, type RoomId, type Secret } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import { decodeRoomToRelay, encodeRelayToRoom } from '@video-room/shared/protocol/relay-codec.ts'
import { threadQuery } from '@video-room/shared/relay-threads.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { LinkCommand } from './control/link-command.ts'
import { reduceRelayRoom, relayRoomDeadline } from './control/relay-room.ts'
import { initialRelayRoom } from './control/room-connection.ts'
import type { RelayRoomEffect, RelayRoomEvent } from './control/room-event.ts'
import type { RelayRoomState } from './control/room-state.ts'
import { DeadlineTimer, monotonicMs } from './deadline-timer.ts'
import { SignalSocket } from './io/signal-socket.ts'
import type { LinkPlace, Transport } from './io/transport.ts'
import { logBug, loggableLink, type Log, type LogFields, type LogLevel } from './log.ts'

type Untimed<Event> = Event extends unknown ? Omit<Event, 'atMs' | 'random'> : never
/** What the relay tells a room; the driver adds time and chance. */
export type RoomNews = Untimed<RelayRoomEvent>

/** The links of one room at the transport, which serves all rooms. Which thread they are on is not the room's to say. */
export interface RoomTransport extends Pick<Transport, 'roundTripMs' | 'close' | 'command'> {
  open(linkId: LinkId, place?: Omit<LinkPlace, 'thread'>): void
  dial(linkId: LinkId, ticket: RelayTicket): void
}

export interface RoomDriverOptions {
  readonly relayId: RelayId
  readonly roomId: RoomId
  readonly secret: Secret
  /** With ws or wss. */
  readonly signalUrl: string
  readonly transport: RoomTransport
  /** The media thread that serves it, for as long as the relay does (RG8). */
  readonly thread: number
  readonly log: Log
  /** Once; nothing of the room is left. */
  readonly onForgotten: () => void
}

export class RoomDriver {
  readonly #options: RoomDriverOptions
  readonly #loop: Loop<RelayRoomState, RelayRoomEvent, RelayRoomEffect>
  readonly #timer = new DeadlineTimer(() => this.#timeIsUp())
  readonly #openLinks = new Set<LinkId>()
  #socket: SignalSocket | null = null
  #isForgotten = false

  constructor(options: RoomDriverOptions) {
    this.#options = options
    this.#loop = new Loop<RelayRoomState, RelayRoomEvent, RelayRoomEffect>(
      initialRelayRoom(options.relayId, options.secret, monotonicMs()),
      {
        reduce: reduceRelayRoom,
        deadlineOf: relayRoomDeadline,
        keep: (state, previous) => this.#logChange(state, previous),
        run: (effect) => this.#run(effect),
        arm: (deadlineMs) => this.#timer.arm(deadlineMs),
      },
    )
  }

  get thread(): number {
    return this.#options.thread
  }

  get links(): number {
    return this.#openLinks.size
  }

  /** Events of its links and of the relay. */
  take(news: RoomNews): void {
    if (this.#isForgotten) return
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Omit over a union forgets which parts belong together
    const event = { ...news, atMs: monotonicMs(), random: Math.random() } as RelayRoomEvent
    try {
      this.#loop.dispatch(event)
    } catch (error) {
      logBug(this.#options.log, `room ${news.type}`, error)
      this.#forget('bug')
    }
  }

  #timeIsUp(): void {
    this.#loop.disarmed()
    this.take({ type: 'timer' })
  }

  #run(effect: RelayRoomEffect): void {
    const { transport } = this.#options
    switch (effect.type) {
      case 'open-socket':
        return this.#openSocket(effect.attempt, effect.token)
      case 'close-socket':
        return this.#socket?.close()
      case 'send':
        return this.#socket?.send(encodeRelayToRoom(effect.message))
      case 'open-link':
        this.#openLinks.add(effect.linkId)
        return transport.open(effect.linkId, effect.isTrunk ? { isTrunk: true } : {})
      case 'dial-link':
        this.#openLinks.add(effect.linkId)
        this.#logLink('info', 'trunk-dialled', effect.linkId)
        return transport.dial(effect.linkId, effect.ticket)
      case 'measure-trunk': {
        const { linkId } = effect
        return this.take({ type: 'trunk-measured', linkId, rttMs: transport.roundTripMs(linkId) })
      }
      case 'close-link':
        this.#openLinks.delete(effect.linkId)
        this.#logLink('info', 'link-closed', effect.linkId)
        return transport.close(effect.linkId)
      case 'command-link':
        this.#logCommand(effect.linkId, effect.command)
        return transport.command(effect.linkId, effect.command)
      case 'forget-room':
        return this.#forget(effect.why)
      default:
        return assertNever(effect)
    }
  }

  #openSocket(attempt: number, token: Secret): void {
    const { signalUrl, roomId, thread } = this.#options
    const address = `${signalUrl}/room/${roomId}/relay${threadQuery(thread)}`
    this.#socket = new SignalSocket(address, token, {
      onOpen: () => undefined,
      onText: (text) => this.#heard(attempt, text),
      onLost: (code) => this.take({ type: 'socket-lost', attempt, code }),
    })
  }

  #heard(attempt: number, text: string): void {
    const decoded = decodeRoomToRelay(text)
    if (decoded.ok) return this.take({ type: 'message-received', attempt, message: decoded.value })
    this.#log('warn', 'room-unreadable', { code: decoded.code })
    this.take({ type: 'message-unreadable', attempt })
  }

  #forget(why: string): void {
    if (this.#isForgotten) return
    this.#isForgotten = true
    this.#timer.arm(null)
    this.#socket?.close()
    for (const linkId of this.#openLinks) this.#options.transport.close(linkId)
    this.#openLinks.clear()
    this.#log('info', 'room-forgotten', { why })
    this.#options.onForgotten()
  }

  #logChange(state: RelayRoomState, previous: RelayRoomState): void {
    for (const { linkId, failure } of state.links) {
      const before = previous.links.find((link) => link.linkId === linkId)
      if (failure !== null && failure !== before?.failure)
        this.#logLink('warn', 'link-failed', linkId, failure)
    }
    if (state.connection.kind === previous.connection.kind) return
    if (state.connection.kind === 'open') this.#log('info', 'room-served', { attempt: state.attempt })
    if (previous.connection.kind === 'open' && state.connection.kind === 'waiting')
      this.#log('warn', 'room-lost')
  }

  #logCommand(linkId: LinkId, command: LinkCommand): void {
    if (command.type !== 'set-admitted') return
    this.#logLink('info', command.isAdmitted ? 'link-admitted' : 'link-dismissed', linkId)
  }

  #logLink(level: LogLevel, event: string, linkId: LinkId, why?: string): void {
    this.#log(level, event, { link: loggableLink(linkId), ...(why === undefined ? {} : { why }) })
  }

  #log(level: LogLevel, event: string, fields: LogFields = {}): void {
    this.#options.log(level, event, { room: loggable(this.#options.roomId), ...fields })
  }
}
