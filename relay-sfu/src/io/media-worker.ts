/** The entry of a media thread: the loop between its sockets and the control thread. */
import { parentPort, workerData } from 'node:worker_threads'
import { jsonLog } from '../log.ts'
import type { MediaCommand, MediaEvent } from '../media/boundary.ts'
import { MediaEngine } from '../media/engine.ts'
import type { BackEndOptions } from './back-end.ts'
import { MediaLoop } from './media-loop.ts'
import { Outbox } from './outbox.ts'

const port = parentPort
if (port === null) throw new Error('media-worker.ts runs in a worker only')

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- startMediaWorker is the only one that starts this
const backEnd = workerData as BackEndOptions

const outbox = new Outbox<MediaEvent>(setImmediate, (events) => port.postMessage(events, []))

const loop = await MediaLoop.open({
  backEnd,
  makeLogic: (ports) => new MediaEngine(ports),
  log: jsonLog(
    'error',
    (line) => console.log(line),
    () => new Date(),
  ),
  emit: (event) => outbox.add(event),
})

port.on('message', (commands: readonly MediaCommand[]) => {
  for (const command of commands) {
    if (command.type !== 'stop') loop.handle(command)
    // Nothing keeps the thread alive once its sockets and its port are closed.
    else void loop.stop().then(() => port.close())
  }
})
