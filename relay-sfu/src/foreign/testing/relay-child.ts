/** A whole relay in a process of its own, so that what it holds and what its threads do is its own: no test runs beside it. */
import { readConfig } from '../../config.ts'
import { startTransport } from '../../io/start-transport.ts'
import type { Transport } from '../../io/transport.ts'
import { jsonLog } from '../../log.ts'
import type { MediaReport } from '../../media/boundary.ts'
import { RelayDriver, type RelayFigures } from '../../relay-driver.ts'
import { serveOrders } from '../../io/testing/child-process.ts'
import { collectGarbage, type HeldMemory } from '../../io/testing/held-memory.ts'

export type RelayOrder = { readonly type: 'collect' | 'report' | 'stop' }

export interface RelayAnswer {
  readonly report: MediaReport
  readonly figures: RelayFigures
  /** Null: not asked for. */
  readonly memory: HeldMemory | null
}

let transport: Transport | null = null
const driver = await RelayDriver.start(
  readConfig(process.env),
  async (options, events) => (transport = await startTransport(options, events)),
  jsonLog(
    process.env['RELAY_LOG'] === undefined ? 'error' : 'debug',
    (line) => console.log(line),
    () => new Date(),
  ),
)

serveOrders(null, async ({ type }: RelayOrder): Promise<RelayAnswer> => {
  if (transport === null) throw new Error('a relay without a transport')
  const report = await transport.report()
  if (type === 'stop') await driver.stop()
  const { figures } = driver
  return { report, figures, memory: type === 'collect' ? await collectGarbage() : null }
})
