/**
 * The one alarm of a room's object, shared by all who wait for a time: the earliest wins. Deadlines are asked for, not
 * kept: what is in memory may be gone by the next event, the state they follow from is not.
 */
import { earliest } from '@video-room/shared/machine/step.ts'

export class RoomAlarm {
  readonly #storage: Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'>
  readonly #waitUntil: (armed: Promise<void>) => void
  readonly #deadlines: () => readonly (number | null)[]
  /** undefined: not known, after waking or when it fired. */
  #armedMs: number | null | undefined

  constructor(
    storage: Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'>,
    waitUntil: (armed: Promise<void>) => void,
    deadlines: () => readonly (number | null)[],
  ) {
    this.#storage = storage
    this.#waitUntil = waitUntil
    this.#deadlines = deadlines
  }

  /** It fired: none is set any more. */
  fired(): void {
    this.#armedMs = undefined
  }

  /** Sets it to the earliest deadline there is now. */
  arm(): void {
    const deadlineMs = earliest(...this.#deadlines())
    if (deadlineMs === this.#armedMs) return
    this.#armedMs = deadlineMs
    this.#waitUntil(deadlineMs === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(deadlineMs))
  }
}
