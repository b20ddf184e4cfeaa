/**
 * The media threads of a relay as its control thread sees them: each with ports of its own, told apart by a number from 0 on. One
 * that ends by itself takes the process with it.
 */
import { limits } from '@video-room/shared/limits.ts'
import type { ThreadCandidate } from '@video-room/shared/relay-threads.ts'
import type { MediaCommand, MediaEvent, MediaReport, RemoteAddress } from '../media/boundary.ts'
import { candidatesOf } from './candidates.ts'
import { summedReports } from './media-reports.ts'
import { startMediaWorker, type MediaThread, type MediaThreadOptions } from './media-thread.ts'
import type { TransportOptions } from './transport.ts'

export type StartMedia = (options: MediaThreadOptions) => Promise<MediaThread>

export type ThreadEvent = Exclude<MediaEvent, { type: 'bound' | 'report' }>

export class MediaThreads {
  candidates: readonly ThreadCandidate[] = []
  readonly #onEvent: (event: ThreadEvent, thread: number) => void
  readonly #threads: MediaThread[] = []
  /** Of each thread who waits for its answer, in the order of asking. */
  readonly #asked: ((report: MediaReport) => void)[][] = []

  constructor(onEvent: (event: ThreadEvent, thread: number) => void) {
    this.#onEvent = onEvent
  }

  /** Binds all sockets; when that fails nothing stays. */
  async start(options: TransportOptions, startMedia: StartMedia = startMediaWorker): Promise<void> {
    const { bindAddresses, publicAddresses, threads: count = 1 } = options
    const starts = Array.from({ length: count }, (_, thread) => this.#startOne(thread, options, startMedia))
    const started = await Promise.allSettled(starts)
    for (const one of started) if (one.status === 'fulfilled') this.#threads.push(one.value)
    const failed = started.find((one) => one.status === 'rejected')
    if (failed) {
      await this.stop()
      throw failed.reason
    }
    const most = Math.min(limits.relayCandidatesMax, Math.floor(limits.relayHelloCandidatesMax / count))
    this.candidates = this.#threads.flatMap(({ ports }, thread) =>
      candidatesOf(bindAddresses, publicAddresses, ports)
        .slice(0, most)
        .map((candidate) => (thread === 0 ? candidate : { ...candidate, thread })),
    )
  }

  post(thread: number, command: MediaCommand): void {
    this.#threads[thread]?.post(command)
  }

  send(thread: number, bytes: Uint8Array, to: RemoteAddress): void {
    this.post(thread, { type: 'send', to, bytes })
  }

  /** Of all together. */
  async report(): Promise<MediaReport> {
    const reports = this.#threads.map(
      (_, thread) =>
        new Promise<MediaReport>((resolve) => {
          this.#asked[thread]?.push(resolve)
          this.post(thread, { type: 'ask-report' })
        }),
    )
    return summedReports(await Promise.all(reports))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()))
  }

  #startOne(thread: number, options: TransportOptions, startMedia: StartMedia): Promise<MediaThread> {
    const { udpPort, tcpPort, bindAddresses } = options
    this.#asked.push([])
    return startMedia({
      backEnd: {
        udpPort: portOf(udpPort, thread),
        tcpPort: tcpPort === null ? null : portOf(tcpPort, thread),
        bindAddresses,
      },
      onEvent: (event) => this.#receive(event, thread),
      // Thrown where nothing catches it: the process ends, and says why with the frames of the one that failed.
      onCrash: (error) => {
        setImmediate(() => {
          throw error.cause instanceof Error ? error.cause : error
        })
      },
    })
  }

  #receive(event: MediaEvent, thread: number): void {
    if (event.type === 'report') this.#asked[thread]?.shift()?.(event.report)
    else if (event.type !== 'bound') this.#onEvent(event, thread)
  }
}

/** 0: any free one for each. */
const portOf = (first: number, thread: number): number => (first === 0 ? 0 : first + thread)
