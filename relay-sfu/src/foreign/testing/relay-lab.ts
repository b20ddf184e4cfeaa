/** A whole relay on a real address, with its media thread, in a room that a test plays. */
import type { RoomId } from '@video-room/shared/ids.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { readConfig } from '../../config.ts'
import { secret } from '../../control/testing/room-bench.ts'
import { startTransport } from '../../io/start-transport.ts'
import { within } from '../../io/testing/wire.ts'
import type { Transport } from '../../io/transport.ts'
import { jsonLog } from '../../log.ts'
import type { MediaReport } from '../../media/boundary.ts'
import { RelayDriver } from '../../relay-driver.ts'
import { FakeSignal } from '../../testing/fake-signal.ts'
import { LabRoom } from './lab-room.ts'
import { machineAddress } from './machine-address.ts'
import { until } from './until.ts'

const roomId = '11111111-1111-4111-8111-111111111111' as RoomId

export class RelayLab {
  readonly room: LabRoom
  readonly candidates: readonly RelayCandidate[]
  readonly iceKey: Uint8Array
  readonly #signal: FakeSignal
  readonly #driver: RelayDriver
  readonly #transport: Transport

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<RelayLab> {
    const signal = await FakeSignal.start()
    let transport: Transport | null = null
    const driver = await RelayDriver.start(
      readConfig({
        SIGNAL_URL: `http://127.0.0.1:${signal.port}`,
        RELAY_KEY: 'relay-key-of-this-test-and-no-other',
        BIND_ADDRESSES: machineAddress(),
        UDP_PORT: '0',
        TCP_PORT: '0',
        ...settings,
      }),
      async (options, events) => (transport = await startTransport(options, events)),
      jsonLog(
        process.env['RELAY_LOG'] === undefined ? 'error' : 'debug',
        (line) => console.log(line),
        () => new Date(),
      ),
    )
    if (transport === null) throw new Error('a relay without a transport')
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
    return new RelayLab({ signal, driver, transport, room, iceKey, candidates: hello.candidates })
  }

  private constructor(parts: {
    readonly signal: FakeSignal
    readonly driver: RelayDriver
    readonly transport: Transport
    readonly room: LabRoom
    readonly iceKey: Uint8Array
    readonly candidates: readonly RelayCandidate[]
  }) {
    this.#signal = parts.signal
    this.#driver = parts.driver
    this.#transport = parts.transport
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
    return within(5_000, 'report of the relay', this.#transport.report())
  }

  async stop(): Promise<void> {
    await this.#driver.stop()
    await this.#signal.stop()
  }
}
