/**
 * `npm run bench -- chain [--quick] [--out FILE]`: what a chain of relays costs: the delay that each trunk adds, CPU per packet on a
 * trunk beside a single relay that sends the same, bytes over a trunk by the number of far viewers, how soon a layer crosses that is
 * wanted, and how long pictures stand still when a relay of a chain is killed (two Chromiums in network namespaces, which root alone
 * may make). All in one run; what else the machine does is printed as its load.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { measureRelayLoss } from './chain-loss.ts'
import { measureChain } from './chain-network.ts'
import { chainReport } from './chain-report.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, out: { type: 'string' } },
})

const loadNow = (): number => loadavg()[0] ?? Number.NaN

const loadBefore = loadNow()
const chain = await measureChain(values.quick)
const loss = await measureRelayLoss(values.quick ? 1 : 5)
const report = chainReport({ load: [loadBefore, loadNow()], cores: availableParallelism(), chain, loss })
console.log(report.text)
if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(report.data, null, 2)}\n`)
