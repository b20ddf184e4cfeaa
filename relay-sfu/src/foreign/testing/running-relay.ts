/** The relay of a lab: in the test's own process, where a debugger finds it, or in one of its own, whose memory can be measured. */
import { readConfig } from '../../config.ts'
import { startTransport } from '../../io/start-transport.ts'
import { within } from '../../io/testing/wire.ts'
import type { Transport } from '../../io/transport.ts'
import { jsonLog } from '../../log.ts'
import type { MediaReport } from '../../media/boundary.ts'
import { RelayDriver, type RelayFigures } from '../../relay-driver.ts'
import { startChild } from '../../io/testing/child-process.ts'
import { probeOptions, type HeldMemory } from '../../io/testing/held-memory.ts'
import type { RelayAnswer, RelayOrder } from './relay-child.ts'

export interface RunningRelay {
  report(): Promise<MediaReport>
  figures(): Promise<RelayFigures>
  /** What it holds once its garbage is gone. Of a relay with its own process only. */
  collect(): Promise<HeldMemory>
  stop(): Promise<void>
}

export type Settings = Readonly<Record<string, string>>

export async function startInline(settings: Settings): Promise<RunningRelay> {
  let transport: Transport | null = null
  const driver = await RelayDriver.start(
    readConfig(settings),
    async (options, events) => (transport = await startTransport(options, events)),
    jsonLog(
      process.env['RELAY_LOG'] === undefined ? 'error' : 'debug',
      (line) => console.log(line),
      () => new Date(),
    ),
  )
  if (transport === null) throw new Error('a relay without a transport')
  const { report }: Transport = transport
  return {
    report: () => within(5_000, 'report of the relay', report.call(transport)),
    figures: () => Promise.resolve(driver.figures),
    collect: () => Promise.reject(new Error('shares its memory with the test')),
    stop: () => driver.stop(),
  }
}

export async function startProcess(settings: Settings): Promise<RunningRelay> {
  const script = new URL('relay-child.ts', import.meta.url)
  const child = await startChild<null, RelayOrder, RelayAnswer>(script, probeOptions, settings)
  return {
    report: async () => (await child.ask({ type: 'report' })).report,
    figures: async () => (await child.ask({ type: 'report' })).figures,
    collect: async () => {
      const { memory } = await child.ask({ type: 'collect' })
      if (memory === null) throw new Error('a relay that does not say what it holds')
      return memory
    },
    stop: async () => {
      await child.ask({ type: 'stop' })
      await child.end()
    },
  }
}
