/**
 * How the control thread reaches the media loop: in a worker of its own, so that a join (tens of milliseconds of cryptography)
 * never delays a packet; or, for tests, in the same thread. A media thread that ends by itself takes the process with it,
 * loudly: there are calls on it that nobody else can carry on.
 */
import { Worker } from 'node:worker_threads'
import type { Log } from '../log.ts'
import type { MediaCommand, MediaEvent } from '../media/boundary.ts'
import type { MediaPorts } from '../media/ports.ts'
import type { BackEndOptions, BoundPort } from './back-end.ts'
import { MediaLoop, type MediaLogic } from './media-loop.ts'
import { Outbox } from './outbox.ts'

export interface MediaThread {
  readonly ports: readonly BoundPort[]
  post(command: MediaCommand): void
  stop(): Promise<void>
}

export interface MediaThreadOptions {
  readonly backEnd: BackEndOptions
  readonly onEvent: (event: MediaEvent) => void
  /** The thread ended although nobody stopped it. */
  readonly onCrash: (error: Error) => void
}

type BoundEvent = Extract<MediaEvent, { type: 'bound' }>

/** Resolves when the sockets are bound; rejects when they cannot be. */
export async function startMediaWorker(options: MediaThreadOptions): Promise<MediaThread> {
  const worker = new Worker(new URL('media-worker.ts', import.meta.url), { workerData: options.backEnd })
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve())
  })
  let state: 'starting' | 'running' | 'over' = 'starting'
  const { ports } = await new Promise<BoundEvent>((resolve, reject) => {
    const fail = (cause: unknown): void => {
      if (state === 'starting') reject(new Error('the media thread could not start', { cause }))
      else if (state === 'running') options.onCrash(new Error('the media thread ended', { cause }))
      state = 'over'
    }
    worker.on('error', fail)
    worker.on('exit', fail)
    worker.on('message', (events: readonly MediaEvent[]) => {
      for (const event of events) {
        if (event.type !== 'bound') options.onEvent(event)
        else {
          state = 'running'
          resolve(event)
        }
      }
    })
  })
  const outbox = new Outbox<MediaCommand>(queueMicrotask, (commands) => worker.postMessage(commands, []))
  return {
    ports,
    post: (command) => outbox.add(command),
    stop: async () => {
      state = 'over'
      outbox.add({ type: 'stop' })
      await exited
    },
  }
}

/** The same loop in this thread; events arrive in a later turn, as they would from a worker. */
export async function startMediaInline(
  options: Omit<MediaThreadOptions, 'onCrash'>,
  makeLogic: (ports: MediaPorts) => MediaLogic,
  log: Log,
): Promise<MediaThread> {
  let ports: readonly BoundPort[] = []
  const loop = await MediaLoop.open({
    backEnd: options.backEnd,
    makeLogic,
    log,
    emit: (event) => {
      if (event.type === 'bound') ports = event.ports
      else setImmediate(() => options.onEvent(event))
    },
  })
  return {
    ports,
    post: (command) => {
      if (command.type !== 'stop') setImmediate(() => loop.handle(command))
    },
    // What was posted before comes first.
    stop: () =>
      new Promise<void>((resolve, reject) => {
        setImmediate(() => {
          loop.stop().then(resolve, reject)
        })
      }),
  }
}
