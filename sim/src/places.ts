/**
 * Decides: where people and relays are in a story, and so how far apart.
 * Does not decide: when a message arrives (network.ts): that is chance, wherever its ends are.
 * Invariants: two places keep their distance as long as the story lasts; the seed alone decides; nothing here is drawn from the
 * story's own chance, so that a story does not change with its places.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { Random } from './random.ts'

/** Where everybody is in one town, all is as far as this; milliseconds. */
const townMs = 20

const towns = [0, 1, 2, 3] as const

/** Two on this shore and two on that one: a good line joins the first of each, from all others it is a long way round. */
const shoreOf = (town: number): number => Math.floor(town / 2)
const isPort = (town: number): boolean => town % 2 === 0
const onShoreMs = [30, 60] as const
const overSeaMs = [100, 140] as const
const roundMs = [280, 360] as const

/** How many questions one look asks of a relay. */
export const checksAsked = 10

interface Place {
  readonly town: number
  /** From there to the middle of the town. */
  readonly mileMs: number
}

export class Places {
  readonly #isWide: boolean
  /** Only a tree with two relays in the middle is short for everyone (CH4). */
  readonly #hasShores: boolean
  readonly #random: Random
  readonly #places = new Map<string, Place>()
  readonly #between = new Map<string, number>()
  readonly #lossRandom: Random
  readonly #lost = new Map<string, number>()

  constructor(seed: number, isWide: boolean) {
    this.#isWide = isWide
    this.#hasShores = isWide && seed % 4 === 2
    this.#random = new Random(seed * 7_919 + 1)
    this.#lossRandom = new Random(seed * 104_729 + 1)
  }

  /** Where there is the least of it so far: operators put their relays apart. */
  putRelay(relayId: RelayId, others: readonly RelayId[]): void {
    const count = (town: number): number =>
      others.filter((other) => this.#places.get(other)?.town === town).length
    const [town = 0] = towns.toSorted((a, b) => count(a) - count(b))
    this.#places.set(relayId, { town, mileMs: 1 })
  }

  /** The round trip between two relays: operators pay for good lines. */
  betweenRelays(a: RelayId, b: RelayId): number {
    return this.#isWide ? this.#rttMs(a, b, 1) : townMs
  }

  /** … and from a person, whose provider knows no better way. */
  fromPerson(name: string, other: string): number {
    return this.#isWide ? this.#rttMs(name, other, 1.6) : townMs
  }

  /** Of the questions of one look, always as many: some providers lose some of what goes to one place. */
  checksLost(name: string, relayId: RelayId): number {
    if (!this.#isWide) return 0
    const key = `${name} ${relayId}`
    const known = this.#lost.get(key) ?? Math.max(0, this.#lossRandom.between(0, 11) - 8)
    this.#lost.set(key, known)
    return known
  }

  #rttMs(a: string, b: string, detour: number): number {
    const [one, two] = [this.#placeOf(a), this.#placeOf(b)]
    return Math.round(one.mileMs + two.mileMs + this.#betweenMs(one.town, two.town) * detour)
  }

  #placeOf(who: string): Place {
    const known = this.#places.get(who)
    if (known !== undefined) return known
    const place = { town: this.#random.pick(towns) ?? 0, mileMs: this.#random.between(4, 20) }
    this.#places.set(who, place)
    return place
  }

  #betweenMs(a: number, b: number): number {
    if (a === b) return 0
    const key = `${Math.min(a, b)} ${Math.max(a, b)}`
    const known = this.#between.get(key) ?? this.#random.between(...this.#rangeOf(a, b))
    this.#between.set(key, known)
    return known
  }

  #rangeOf(a: number, b: number): readonly [number, number] {
    if (!this.#hasShores) return [60, 220]
    if (shoreOf(a) === shoreOf(b)) return onShoreMs
    return isPort(a) && isPort(b) ? overSeaMs : roundMs
  }
}
