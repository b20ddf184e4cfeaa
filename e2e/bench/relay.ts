/**
 * `npm run bench -- relay [--quick] [--out FILE]`: what the relay costs and how quick it is: CPU per packet and per join,
 * memory, delay of the hop, each beside a floor; and, in real browsers, the publisher's estimate and the first frame beside a
 * mesh room. All in one run; what else the machine does is printed as its load.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { launchChromium } from '../src/harness/chromium.ts'
import { startDeployment } from '../src/harness/deployment.ts'
import { measureNetwork } from './relay-network.ts'
import { relayReport, type BrowserFigures } from './relay-report.ts'
import { roomContestant } from './relay-rooms.ts'
import { measureUplink, type UplinkLook } from './relay-uplink.ts'
import { inTurns } from './turns.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, out: { type: 'string' } },
})
const joins = values.quick ? 2 : 9
const uplinkRounds = values.quick ? 1 : 5

async function measureBrowsers(): Promise<BrowserFigures> {
  const deployment = await startDeployment()
  const browser = await launchChromium()
  try {
    const meshUplink: (readonly UplinkLook[])[] = []
    const relayUplink: (readonly UplinkLook[])[] = []
    for (let round = 0; round < uplinkRounds; round += 1) {
      meshUplink.push(await measureUplink(browser, deployment, 'direct'))
      relayUplink.push(await measureUplink(browser, deployment, 'relay'))
      process.stderr.write(`\ruplink ${round + 1} of ${uplinkRounds}`)
    }
    process.stderr.write('\n')
    const mesh = await roomContestant(browser, deployment, 'direct')
    const relay = await roomContestant(browser, deployment, 'relay')
    const results = await inTurns([mesh, relay], joins)
    return {
      mesh: results.get(mesh) ?? [],
      relay: results.get(relay) ?? [],
      meshUplink,
      relayUplink,
    }
  } finally {
    await browser.close()
    await deployment.end()
  }
}

const loadNow = (): number => loadavg()[0] ?? Number.NaN

const loadBefore = loadNow()
const network = await measureNetwork(values.quick)
const browsers = await measureBrowsers()
const report = relayReport({
  load: [loadBefore, loadNow()],
  cores: availableParallelism(),
  network,
  browsers,
})
console.log(report.text)
if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(report.data, null, 2)}\n`)
