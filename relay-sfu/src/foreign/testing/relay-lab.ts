/** A whole relay on a real address, with its media thread, in a room that a test plays. */
import type { RoomId } from '@video-room/shared/ids.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { secret } from '../../control/testing/room-bench.ts'
import type { MediaReport } from '../../media/boundary.ts'
import { FakeSignal } from '../../testing/fake-signal.ts'
import type { HeldMemory } from '../../io/testing/held-memory.ts'
import { LabRoom } from './lab-room.ts'
import { machineAddress } from './machine-address.ts'
import { startInline, startProcess, type RunningRelay, type Settings } from './running-relay.ts'
import { until } from './until.ts'

const roomId = '11111111-1111-4111-8111-111111111111' as RoomId

export interface LabOptions {
  readonly settings?: Settings
  /** The relay runs beside the test, not in it: what it holds can be measured. */
  readonly isOwnProcess?: boolean
}

export class RelayLab {
  readonly room: LabRoom
  readonly candidates: readonly RelayCandidate[]
  readonly iceKey: Uint8Array
  readonly #signal: FakeSignal
  readonly #relay: RunningRelay

  static async start({ settings = {}, isOwnProcess = false }: LabOptions = {}): Promise<RelayLab> {
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
    const iceKey = Buffer.from(hello.iceKey, 'base64url')
    signal.summon(roomId, secret('s'))
    const socket = await until('the relay comes to the room', () => signal.rooms[0])
    const room = new LabRoom({ ...hello, iceKey }, (message) => {
      if (socket.closeCode !== null) throw new Error('the relay left the room: it understood something wrong')
      signal.tellRoom(message, socket)
    })
    socket.onHeard = (message) => room.hear(message)
    return new RelayLab({ signal, relay, room, iceKey, candidates: hello.candidates })
  }

  private constructor(parts: {
    readonly signal: FakeSignal
    readonly relay: RunningRelay
    readonly room: LabRoom
    readonly iceKey: Uint8Array
    readonly candidates: readonly RelayCandidate[]
  }) {
    this.#signal = parts.signal
    this.#relay = parts.relay
    this.room = parts.room
    this.iceKey = parts.iceKey
    this.candidates = parts.candidates
  }

  candidate(protocol: RelayCandidate['protocol']): RelayCandidate {
    const found = this.candidates.find((one) => one.protocol === protocol)
    if (!found) throw new Error(`the relay has no candidate for ${protocol}`)
    return found
  }

  report(): Promise<MediaReport> {
    return this.#relay.report()
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
