/**
 * A room's way to its relay: it asks the registry for one, and knows whose socket a relay's is. A relay may be quicker than
 * the registry's answer, so its socket waits for that.
 */
import { loggable, secretSchema, type RoomId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { encodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import * as v from 'valibot'
import type { Env } from '../env.ts'
import { log, logBug } from '../log.ts'
import type { SurveyedRelay } from '../relays/relay-survey.ts'
import type { Whereabouts } from '../relays/whereabouts.ts'
import type { RoomEffect } from '../room/effect.ts'
import { isRelayToken } from '../room/relay-search.ts'
import { relayByConnection } from '../room/relay-state.ts'
import { isItsThread } from '../room/relay-thread.ts'
import { hashSecret, newConnectionId, newLinkId, newSecret } from '../secrets.ts'
import { registryOf } from './relay-registry.ts'
import { ticketOf } from './relay-tickets.ts'
import type { RoomLoop } from './room-desk.ts'
import { answerSocket, turnedAway, type SocketOffer } from './socket-door.ts'
import type { SocketDirectory } from './socket-directory.ts'

export interface RelayPorts {
  readonly env: Env
  readonly roomId: () => RoomId
  readonly sockets: SocketDirectory
  /** What a log line may say of this room. */
  readonly who: { readonly room: string }
  readonly open: () => RoomLoop | null
  readonly rejected: (reason: 'room_ended' | 'unauthorised' | 'no_such_thread', atMs: number) => void
}

type Summons = Extract<RoomEffect, { type: 'summon-relay' }>

/** A registry that is slow or broken counts as one without relays. */
async function inTime<Value>(answer: Promise<Value>): Promise<Value | null> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limits.relayAnswerMs)
  })
  try {
    return await Promise.race([answer, late])
  } catch (error) {
    logBug('relay-registry', error)
    return null
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}

export class RoomRelays {
  readonly #ports: RelayPorts
  /** What the registry said last: with the keys that tickets for probes are made of, which are kept nowhere else. */
  #surveyed: readonly SurveyedRelay[] = []
  /** Where the last ones came from, for the first choice of a relay. Of a room that slept it is forgotten: by then ways were measured. */
  #people: readonly Whereabouts[] = []
  /** The question that is under way, or the last one. */
  #asked: Promise<void> = Promise.resolve()

  constructor(ports: RelayPorts) {
    this.#ports = ports
  }

  joining(from: Whereabouts | null): void {
    if (from !== null) this.#people = [...this.#people, from].slice(-limits.whereaboutsKept)
  }

  /** The room hears what became of it. */
  async summon(order: Summons): Promise<void> {
    this.#asked = this.#asked.then(() => this.#ask(order))
    return this.#asked
  }

  async #ask({ purpose, exclude, only }: Summons): Promise<void> {
    try {
      const registry = registryOf(this.#ports.env)
      const named = only === undefined ? {} : { only }
      const order = { roomId: this.#ports.roomId(), exclude, people: this.#people, ...named }
      const summoned = await inTime(registry.summon(order))
      if (summoned === null) {
        const event = { type: 'relay-unavailable', purpose, random: Math.random() } as const
        return this.#ports.open()?.dispatch({ ...event, atMs: Date.now() })
      }
      const { secret, ...facts } = summoned
      const relay = { ...facts, tokenHash: await hashSecret(secret), linkBase: newLinkId() }
      this.#ports.open()?.dispatch({ type: 'relay-summoned', purpose, atMs: Date.now(), relay })
    } catch (error) {
      // The room does not wait for ever: it asks again by its own timer.
      logBug('summon-relay', error)
    }
  }

  /** A room that hears nothing looks again by its own timer. */
  async survey(): Promise<void> {
    const found = await inTime(registryOf(this.#ports.env).survey())
    if (found === null) return
    this.#surveyed = found
    const relays = found.map(({ relayId, region, share, isDraining, rtts }) => ({
      relayId,
      region,
      isFull: isDraining || share >= 1,
      load: share,
      rtts: [...rtts],
    }))
    this.#ports.open()?.dispatch({ type: 'relays-surveyed', atMs: Date.now(), relays })
  }

  /** A ticket for each, of a link that no room asks the relay for: it ends by itself. */
  probe({ connectionId, relayIds }: Extract<RoomEffect, { type: 'probe-relays' }>): void {
    const atMs = Date.now()
    const relays = this.#surveyed.flatMap((relay) =>
      relayIds.includes(relay.relayId)
        ? [{ relayId: relay.relayId, ticket: ticketOf(relay, newLinkId(), atMs) }]
        : [],
    )
    if (relays.length === 0) return
    this.#ports.sockets.send(connectionId, encodeServerMessage({ type: 'probe-relays', relays }))
  }

  /**
   * A relay's socket: by the secret of its summon, or by what the last welcome gave (RG4). `thread`: which of its media threads the room
   * is on, as it says (RG8); null: what it says is no number of one.
   */
  async openSocket(offer: SocketOffer, thread: number | null): Promise<Response> {
    const token = v.safeParse(secretSchema, offer.token)
    const tokenHash = token.success ? await hashSecret(token.output) : null
    const resumeToken = newSecret()
    const resumeTokenHash = await hashSecret(resumeToken)
    await this.#asked
    // From here on nothing is awaited: the token that is found good is used up in the same moment.
    const atMs = Date.now()
    const loop = this.#ports.open()
    loop?.dispatch({ type: 'timer', atMs })
    if (loop === null || tokenHash === null || !isRelayToken(loop.state, tokenHash)) {
      const reason = loop?.state.status === 'ended' ? 'room_ended' : 'unauthorised'
      this.#ports.rejected(reason, atMs)
      return turnedAway(reason)
    }
    if (thread === null || !isItsThread(loop.state.relay, tokenHash, thread)) {
      this.#ports.rejected('no_such_thread', atMs)
      return turnedAway('unauthorised')
    }
    const { 0: far, 1: near } = new WebSocketPair()
    const connectionId = newConnectionId()
    this.#ports.sockets.accept(near, { kind: 'relay', connectionId, openedAtMs: atMs })
    const tokens = { tokenHash, resumeToken, resumeTokenHash }
    loop.dispatch({ type: 'relay-connected', atMs, connectionId, ...tokens, thread })
    const relayId = relayByConnection(loop.state.relay, connectionId)?.relayId
    if (relayId !== undefined)
      log('info', 'relay-connected', { ...this.#ports.who, relay: loggable(relayId) })
    return answerSocket(offer, far)
  }
}
