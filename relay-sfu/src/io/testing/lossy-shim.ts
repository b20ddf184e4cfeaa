/**
 * A bad network between one browser, or one relay that dials, and the relay: a UDP port that passes packets on, all but a few. Seeded:
 * the same few.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { seededRandom } from '../../media/testing/random.ts'

/** Up: towards the relay. */
export type Way = 'up' | 'down'

export class LossyShim {
  /** Shares of what is lost towards the relay, and towards the other end. */
  uplinkLoss = 0
  downlinkLoss = 0
  lost = 0
  passed = 0
  /** Told of every datagram that passes. */
  onPassed: (bytes: Buffer, way: Way) => void = () => {}
  readonly #relay: RelayCandidate
  readonly #front: Socket
  /** By where the browser sends from: the relay sees each as an address of its own. */
  readonly #backs = new Map<string, Promise<Socket>>()
  readonly #random: () => number

  /** `public`: where browsers find it, as behind a 1:1 NAT; absent: at the relay's address, on a port of its own. */
  static async start(
    relay: RelayCandidate,
    seed: number,
    { address, port } = { address: relay.address, port: 0 },
  ): Promise<LossyShim> {
    const front = createSocket('udp4')
    front.bind(port, address)
    await once(front, 'listening')
    return new LossyShim(relay, front, seed)
  }

  private constructor(relay: RelayCandidate, front: Socket, seed: number) {
    this.#relay = relay
    this.#front = front
    this.#random = seededRandom(seed)
    front.on('message', (bytes, from) => void this.#up(bytes, from))
  }

  /** What tickets name in place of the relay. */
  get candidate(): RelayCandidate {
    const { address, port } = this.#front.address()
    return { protocol: 'udp', address, port }
  }

  async stop(): Promise<void> {
    this.#front.close()
    for (const back of this.#backs.values()) (await back).close()
  }

  async #up(bytes: Buffer, from: RemoteInfo): Promise<void> {
    if (this.#loses(this.uplinkLoss)) return
    this.onPassed(bytes, 'up')
    const key = `${from.address} ${from.port}`
    const back = this.#backs.get(key) ?? this.#openBack(from)
    this.#backs.set(key, back)
    const socket = await back
    socket.send(bytes, this.#relay.port, this.#relay.address)
  }

  async #openBack({ address, port }: RemoteInfo): Promise<Socket> {
    const back = createSocket('udp4')
    back.on('message', (bytes) => {
      if (this.#loses(this.downlinkLoss)) return
      this.onPassed(bytes, 'down')
      this.#front.send(bytes, port, address)
    })
    back.bind(0, this.#relay.address)
    await once(back, 'listening')
    return back
  }

  #loses(share: number): boolean {
    const isLost = share > 0 && this.#random() < share
    if (isLost) this.lost += 1
    else this.passed += 1
    return isLost
  }
}
