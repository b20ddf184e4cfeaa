/** A whole relay on a real address, with a signalling worker of its own, from which a test plays its rooms. */
import type { RelayId, RoomId } from '@video-room/shared/ids.ts'
import type { RelayToRoom, RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { candidatesOfThread, threadOfText, type ThreadCandidate } from '@video-room/shared/relay-threads.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { secret } from '../../control/testing/room-bench.ts'
import type { HeldMemory } from '../../io/testing/held-memory.ts'
import type { MediaReport } from '../../media/boundary.ts'
import type { RelayFigures } from '../../relay-driver.ts'
import { FakeSignal, type FarSocket } from '../../testing/fake-signal.ts'
import type { RelayIdentity } from './lab-room.ts'
import { machineAddress } from './machine-address.ts'
import { startInline, startProcess, type RunningRelay, type Settings } from './running-relay.ts'
import { until } from './until.ts'

export interface LabOptions {
  readonly settings?: Settings
  /** The relay runs beside the test, not in it: what it holds can be measured. */
  readonly isOwnProcess?: boolean
}

/** RFC 6455, section 7.4.1. */
const normalClosure = 1_000

/** A room's end of a relay's socket. */
export class RelayInRoom {
  /** What tickets of the room are made of: the relay on the media thread that it named (RG8). */
  readonly identity: RelayIdentity
  readonly #signal: FakeSignal
  readonly #socket: FarSocket<RelayToRoom>

  constructor(signal: FakeSignal, socket: FarSocket<RelayToRoom>, relay: LabRelay) {
    this.#signal = signal
    this.#socket = socket
    const thread = threadOfText(new URL(socket.path, 'http://room.test').searchParams.get('thread'))
    const { iceKey, fingerprint } = relay
    this.identity = { iceKey, fingerprint, candidates: candidatesOfThread(relay.candidates, thread ?? -1) }
  }

  tell(message: RoomToRelay): void {
    if (this.#socket.closeCode !== null)
      throw new Error('the relay left the room: it understood something wrong')
    this.#signal.tellRoom(message, this.#socket)
  }

  set onHeard(hear: (message: RelayToRoom) => void) {
    this.#socket.onHeard = hear
  }

  /** The room goes on without this relay. */
  dismiss(): void {
    this.#socket.close(normalClosure)
  }
}

export class LabRelay {
  readonly relayId: RelayId
  readonly fingerprint: string
  /** Of all its media threads. */
  readonly candidates: readonly ThreadCandidate[]
  readonly iceKey: Uint8Array
  readonly #signal: FakeSignal
  readonly #relay: RunningRelay

  static async start({ settings = {}, isOwnProcess = false }: LabOptions = {}): Promise<LabRelay> {
    const signal = await FakeSignal.start()
    const relay = await (isOwnProcess ? startProcess : startInline)({
      SIGNAL_URL: `http://127.0.0.1:${signal.port}`,
      RELAY_KEY: 'relay-key-of-this-test-and-no-other',
      BIND_ADDRESSES: machineAddress(),
      UDP_PORT: '0',
      TCP_PORT: '0',
      ...settings,
    })
    const hello = await until('the relay says hello', () =>
      signal.registry[0]?.heard.find((message) => message.type === 'relay-hello'),
    )
    return new LabRelay(signal, relay, { ...hello, iceKey: Buffer.from(hello.iceKey, 'base64url') })
  }

  private constructor(
    signal: FakeSignal,
    relay: RunningRelay,
    hello: Pick<LabRelay, 'relayId' | 'fingerprint' | 'candidates' | 'iceKey'>,
  ) {
    this.#signal = signal
    this.#relay = relay
    this.relayId = hello.relayId
    this.fingerprint = hello.fingerprint
    this.candidates = hello.candidates
    this.iceKey = hello.iceKey
  }

  /** Summons it to a room; the room speaks first. */
  async enter(roomId: RoomId): Promise<RelayInRoom> {
    const before = this.#signal.rooms.length
    this.#signal.summon(roomId, secret('s'))
    const socket = await until('the relay comes to the room', () =>
      this.#signal.rooms.slice(before).find(({ path }) => path.includes(roomId)),
    )
    return new RelayInRoom(this.#signal, socket, this)
  }

  candidate(protocol: RelayCandidate['protocol']): RelayCandidate {
    const found = this.candidates.find((one) => one.protocol === protocol)
    if (!found) throw new Error(`the relay has no candidate for ${protocol}`)
    return found
  }

  report(): Promise<MediaReport> {
    return this.#relay.report()
  }

  figures(): Promise<RelayFigures> {
    return this.#relay.figures()
  }

  /** What the relay holds once its garbage is gone. */
  memory(): Promise<HeldMemory> {
    return this.#relay.collect()
  }

  async stop(): Promise<void> {
    await this.#relay.stop()
    await this.#signal.stop()
  }
}
