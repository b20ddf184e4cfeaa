/** People who come, go, mute themselves and move to other homes, one deed after the other: seeded, the same deeds each time. */
import { limits } from '@video-room/shared/limits.ts'
import { seededRandom } from '../../media/testing/random.ts'
import type { ChainRoom } from './chain-room.ts'
import { DatachannelGuest } from './datachannel-guest.ts'
import { until } from './until.ts'

const sources = ['microphone', 'camera'] as const
const letters = Array.from({ length: limits.maxParticipantsCeiling }, (_, at) =>
  String.fromCodePoint(97 + at),
)

interface Present {
  relay: number
  guest: DatachannelGuest
  isMuted: boolean
}

export class Churn {
  /** How often each was done. */
  readonly deeds = { came: 0, left: 0, moved: 0, muted: 0 }
  readonly #room: ChainRoom
  readonly #relays: number
  readonly #random: () => number
  readonly #present = new Map<string, Present>()

  constructor(room: ChainRoom, relays: number, seed: number) {
    this.#room = room
    this.#relays = relays
    this.#random = seededRandom(seed)
  }

  /** One deed. Resolves when whoever came, or moved, is connected. */
  async step(): Promise<void> {
    const letter = this.#pick(letters)
    const present = this.#present.get(letter)
    if (!present) return this.#come(letter)
    const deed = this.#pick(['leave', 'move', 'mute'])
    if (deed === 'leave') this.#leave(letter, present)
    else if (deed === 'move') await this.#move(letter, present)
    else this.#mute(letter, present)
  }

  leaveAll(): void {
    for (const [letter, present] of this.#present) this.#leave(letter, present)
  }

  async #come(letter: string): Promise<void> {
    const relay = Math.floor(this.#random() * this.#relays)
    const guest = await this.#connect(relay, this.#room.seat(relay, letter, ...sources))
    this.#present.set(letter, { relay, guest, isMuted: false })
    this.deeds.came += 1
  }

  #leave(letter: string, { guest }: Present): void {
    guest.close()
    this.#room.leave(letter)
    this.#present.delete(letter)
    this.deeds.left += 1
  }

  async #move(letter: string, present: Present): Promise<void> {
    const relay = (present.relay + 1) % this.#relays
    const guest = await this.#connect(relay, this.#room.prepareMove(letter, relay))
    this.#room.commit()
    present.guest.close()
    Object.assign(present, { relay, guest })
    this.deeds.moved += 1
  }

  #mute(letter: string, present: Present): void {
    present.isMuted = !present.isMuted
    this.#room.mute(letter, 'microphone', present.isMuted ? 'self' : null)
    this.deeds.muted += 1
  }

  async #connect(relay: number, seat: ReturnType<ChainRoom['seat']>): Promise<DatachannelGuest> {
    const guest = new DatachannelGuest()
    await guest.join(seat)
    guest.hum()
    guest.flicker()
    await until(`someone connects to relay ${relay}`, () => guest.state === 'connected')
    return guest
  }

  #pick<One>(all: readonly One[]): One {
    const found = all[Math.floor(this.#random() * all.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }
}
