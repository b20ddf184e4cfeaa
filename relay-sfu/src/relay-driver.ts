/**
 * The relay as a whole: its transport, its place in the registry, the rooms it serves, and how it leaves. What decides stands
 * in control/; here it meets sockets and the clock.
 */
import { randomBytes } from 'node:crypto'
import {
  loggable,
  relayIdSchema,
  secretSchema,
  type RelayId,
  type RoomId,
  type Secret,
} from '@video-room/shared/ids.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import * as v from 'valibot'
import { ConfigError, type Config } from './config.ts'
import type { Measured } from './control/relay-distances.ts'
import { chosenThread } from './control/thread-choice.ts'
import { CpuMeter } from './cpu-meter.ts'
import type { Transport, TransportEvents, TransportOptions } from './io/transport.ts'
import { LinkOwners } from './link-owners.ts'
import type { Log } from './log.ts'
import type { MediaReport } from './media/boundary.ts'
import { RegistryDriver } from './registry-driver.ts'
import { RoomDriver } from './room-driver.ts'

/** A transport may know how to ask another relay how far it is; one that does not reports no distances. */
type ProbingTransport = Transport & {
  readonly probe?: (candidates: readonly RelayCandidate[]) => Promise<Measured>
}

export type StartTransport = (options: TransportOptions, events: TransportEvents) => Promise<Transport>

export interface RelayFigures {
  readonly status: 'serving' | 'registry-lost' | 'draining'
  readonly rooms: number
  readonly links: number
  /** Of them those to other relays. */
  readonly trunks: number
  readonly capacityLinks: number
  /** Since the start: links that were lost, by reason. */
  readonly lostLinks: Readonly<Record<string, number>>
}

/** How long the last goodbyes may take to leave the machine. */
const goodbyeMs = 100

export class RelayDriver {
  readonly #config: Config
  readonly #log: Log
  readonly #relayId: RelayId
  readonly #transport: ProbingTransport
  readonly #registry: RegistryDriver
  readonly #rooms = new Map<RoomId, RoomDriver>()
  readonly #owners: LinkOwners
  readonly #cpu = new CpuMeter()
  #isDraining = false
  #isEnding = false
  #whenEmpty: () => void = () => undefined

  /** Resolves when the transport listens; the registry is sought from then on. Rejects when it cannot listen. */
  static async start(config: Config, startTransport: StartTransport, log: Log): Promise<RelayDriver> {
    const iceKey = randomBytes(32)
    const owners = new LinkOwners(log)
    const { mediaThreads: threads, udpPort, tcpPort, bindAddresses, publicAddresses } = config
    const options = { iceKey, threads, udpPort, tcpPort, bindAddresses, publicAddresses }
    const transport = await startTransport(options, owners.events)
    if (transport.candidates.length === 0) {
      await transport.stop()
      throw new ConfigError('this machine has no address that others could use: set PUBLIC_IP')
    }
    return new RelayDriver({ config, log, transport, iceKey, owners })
  }

  private constructor(parts: {
    readonly config: Config
    readonly log: Log
    readonly transport: ProbingTransport
    readonly iceKey: Uint8Array
    readonly owners: LinkOwners
  }) {
    const { config, log, transport, owners } = parts
    this.#config = config
    this.#log = log
    this.#transport = transport
    this.#owners = owners
    const relayId = v.parse(relayIdSchema, `r_${randomBytes(12).toString('base64url')}`)
    this.#relayId = relayId
    const { mediaThreads } = config
    log('info', 'relay-started', { relay: loggable(relayId), mediaThreads, ...this.ports })
    this.#registry = new RegistryDriver({
      signalUrl: config.signalUrl,
      relayKey: config.relayKey,
      hello: {
        type: 'relay-hello',
        relayId,
        region: config.region,
        candidates: [...transport.candidates],
        fingerprint: transport.fingerprint,
        iceKey: v.parse(secretSchema, Buffer.from(parts.iceKey).toString('base64url')),
        capacity: config.capacityLinks,
      },
      load: () => ({
        links: owners.links,
        rooms: this.#rooms.size,
        trunks: owners.trunks,
        cpu: this.#cpu.share(),
      }),
      onSummons: (roomId, secret) => this.#serve(roomId, secret),
      ...(transport.probe === undefined ? {} : { probe: transport.probe.bind(transport) }),
      onDrain: () => this.#beginDraining(),
      log,
    })
  }

  /** Of the first media thread, as bound; 0 = none. */
  get ports(): { readonly udpPort: number; readonly tcpPort: number } {
    const portOf = (protocol: 'udp' | 'tcp'): number =>
      this.#transport.candidates.find((candidate) => candidate.protocol === protocol)?.port ?? 0
    return { udpPort: portOf('udp'), tcpPort: portOf('tcp') }
  }

  get figures(): RelayFigures {
    const lost = this.#registry.isRegistered ? 'serving' : 'registry-lost'
    return {
      status: this.#isDraining ? 'draining' : lost,
      rooms: this.#rooms.size,
      links: this.#owners.links,
      trunks: this.#owners.trunks,
      capacityLinks: this.#config.capacityLinks,
      lostLinks: this.#owners.lostLinks,
    }
  }

  report(): Promise<MediaReport> {
    return this.#transport.report()
  }

  /** Takes no more rooms, asks those it has to move on, waits for them, and ends. */
  async drain(): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve))
    this.#beginDraining()
    if (this.#rooms.size > 0) {
      const patience = setTimeout(() => this.#whenEmpty(), this.#config.drainMs)
      await empty
      clearTimeout(patience)
    }
    await this.stop()
  }

  /** Says goodbye on every link and socket, and ends. */
  async stop(): Promise<void> {
    this.#log('info', 'stopping', { rooms: this.#rooms.size, links: this.#owners.links })
    for (const room of this.#rooms.values()) room.take({ type: 'stop' })
    this.#registry.stop()
    await new Promise((resolve) => setTimeout(resolve, goodbyeMs))
    await this.#transport.stop()
  }

  /** Whoever asked for it, a signal or an operator (RG7): rooms are served on until they have moved. */
  #beginDraining(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    this.#log('info', 'draining', { rooms: this.#rooms.size, links: this.#owners.links })
    this.#registry.drain()
    for (const room of this.#rooms.values()) room.take({ type: 'leave' })
  }

  #serve(roomId: RoomId, secret: Secret): void {
    const known = this.#rooms.get(roomId)
    if (known === undefined && this.#owners.links >= this.#config.capacityLinks) {
      // The registry's figures are seconds old; the room asks for another relay when nobody comes.
      this.#log('warn', 'summons-declined', { room: loggable(roomId), links: this.#owners.links })
      return
    }
    const room = known ?? this.#newRoom(roomId, secret)
    room.take({ type: 'summoned', secret })
  }

  #newRoom(roomId: RoomId, secret: Secret): RoomDriver {
    const room: RoomDriver = new RoomDriver({
      relayId: this.#relayId,
      roomId,
      secret,
      signalUrl: this.#config.signalUrl,
      transport: this.#owners.transportFor(this.#transport, () => room),
      thread: chosenThread([...this.#rooms.values()], this.#config.mediaThreads),
      log: this.#log,
      onForgotten: () => {
        this.#rooms.delete(roomId)
        if (this.#rooms.size === 0) this.#whenEmpty()
      },
    })
    this.#rooms.set(roomId, room)
    return room
  }
}
