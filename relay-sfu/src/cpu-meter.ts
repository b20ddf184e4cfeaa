/** How busy this process is, as a share of all cores, between two looks. */
import { availableParallelism } from 'node:os'
import { monotonicMs } from './deadline-timer.ts'

export class CpuMeter {
  #usage = process.cpuUsage()
  #atMs = monotonicMs()
  #share = 0

  /** The share since the last look; in looks closer than a second to each other, the earlier answer. */
  share(): number {
    const elapsedMs = monotonicMs() - this.#atMs
    if (elapsedMs < 1_000) return this.#share
    const { user, system } = process.cpuUsage(this.#usage)
    this.#usage = process.cpuUsage()
    this.#atMs += elapsedMs
    const usedMs = (user + system) / 1_000
    this.#share = Math.min(1, usedMs / elapsedMs / availableParallelism())
    return this.#share
  }
}
