/** Relays that share rooms, each in a process of its own, and what stands between any two of them. */
import { randomUUID } from 'node:crypto'
import type { RoomId } from '@video-room/shared/ids.ts'
import type { MediaReport } from '../../media/boundary.ts'
import { ChainRoom, type ChainPlan } from './chain-room.ts'
import { Crossings } from '../../io/testing/crossings.ts'
import { LabRelay } from './lab-relay.ts'
import { LossyShim } from '../../io/testing/lossy-shim.ts'
import type { Settings } from './running-relay.ts'
import { until } from './until.ts'

/** The network between a relay that dials and the one that answers. */
interface Between {
  readonly shim: LossyShim
  readonly crossings: Crossings
}

const seed = 11

export class ChainLab {
  readonly relays: readonly LabRelay[]
  readonly #rooms: ChainRoom[] = []
  /** By who dials whom, of the rooms there are. */
  readonly #between = new Map<string, Between>()

  /** `settings`: of each relay, where they are not the usual ones. */
  static async start(relays: number, settings: readonly Settings[] = []): Promise<ChainLab> {
    const starting = Array.from({ length: relays }, (_, at) =>
      LabRelay.start({ isOwnProcess: true, settings: settings[at] ?? {} }),
    )
    return new ChainLab(await Promise.all(starting))
  }

  private constructor(relays: readonly LabRelay[]) {
    this.relays = relays
  }

  relay(index: number): LabRelay {
    const found = this.relays[index]
    if (!found) throw new Error(`there is no relay ${index}`)
    return found
  }

  /** A room of the first so many relays. */
  async open(plan: ChainPlan): Promise<ChainRoom> {
    const roomId = randomUUID() as RoomId
    const relays = this.relays.slice(0, plan.parents.length)
    const edges = plan.parents.flatMap((parent, child) => (parent === null ? [] : [[child, parent] as const]))
    for (const [dials, answers] of [...edges, ...(plan.strays ?? [])]) {
      const key = `${dials} ${answers}`
      if (!this.#between.has(key)) this.#between.set(key, await this.#stand(answers))
    }
    const wayTo = (dials: number, answers: number) => this.between(dials, answers).shim.candidate
    const ends = await Promise.all(relays.map((relay) => relay.enter(roomId)))
    const room = new ChainRoom({ wayTo, ...plan }, relays, ends)
    this.#rooms.push(room)
    return room
  }

  between(dials: number, answers: number): Between {
    const found = this.#between.get(`${dials} ${answers}`)
    if (!found) throw new Error(`nothing stands between ${dials} and ${answers}`)
    return found
  }

  /** Until every trunk of the room is up, at both ends. */
  async joined(room: ChainRoom): Promise<void> {
    await until('trunks are up', () => room.trunks.every(({ rttMs }) => rttMs !== null))
  }

  reports(): Promise<readonly MediaReport[]> {
    return Promise.all(this.relays.map((relay) => relay.report()))
  }

  /** Ends all rooms; resolves when no relay has anything of them left. */
  async clear(): Promise<void> {
    for (const room of this.#rooms.splice(0)) room.end()
    await until('relays are empty', async () => (await this.isEmpty()) && true)
    for (const { shim } of this.#between.values()) await shim.stop()
    this.#between.clear()
  }

  async isEmpty(): Promise<boolean> {
    const [reports, figures] = await Promise.all([
      this.reports(),
      Promise.all(this.relays.map((relay) => relay.figures())),
    ])
    const isIdle = reports.every((one) => one.links + one.publications + one.filledSlots === 0)
    return isIdle && figures.every(({ rooms, links }) => rooms + links === 0)
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()))
    for (const { shim } of this.#between.values()) await shim.stop()
  }

  async #stand(answers: number): Promise<Between> {
    const shim = await LossyShim.start(this.relay(answers).candidate('udp'), seed)
    return { shim, crossings: new Crossings(shim) }
  }
}
