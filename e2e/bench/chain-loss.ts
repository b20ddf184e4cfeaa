/** A relay of a chain is killed in the middle of a call between two far homes: for how long each end sees no new picture. */
import { callFarAway } from '../src/harness/far-call.ts'
import { openFarSite, type FarSite } from '../src/harness/far-site.ts'
import { longestStandstill } from '../src/harness/standstill.ts'
import { told } from './told.ts'

export interface RelayLoss {
  /** Of each end and round, milliseconds; by whose home's relay was killed. */
  readonly ownMs: readonly number[]
  readonly farMs: readonly number[]
  /** Why there are fewer than there should be. */
  readonly problem: string | null
}

/** Who sees nothing new for so long does not come back. */
const watchMs = 10_000
/** After the two that the homes begin with. */
const firstPort = 3_500

async function killBeside(site: FarSite, home: 0 | 1): Promise<readonly [number, number]> {
  const { host, guest } = await callFarAway(site)
  const doomed = site.alive().find((relay) => relay.home === home)
  const watched = Promise.all([
    longestStandstill(host, guest.name, watchMs),
    longestStandstill(guest, host.name, watchMs),
  ])
  await doomed?.process.kill()
  const standstills = await watched
  for (const { page } of [host, guest]) await page.context().close()
  return standstills
}

/** `rounds`: how often beside each home. */
export async function measureRelayLoss(rounds: number): Promise<RelayLoss> {
  const [ownMs, farMs] = [new Array<number>(), new Array<number>()]
  let site: FarSite | undefined
  try {
    site = await openFarSite()
    for (let round = 0; round < 2 * rounds; round += 1) {
      const home = round % 2 === 0 ? 1 : 0
      const [hostMs, guestMs] = await killBeside(site, home)
      ownMs.push(home === 0 ? hostMs : guestMs)
      farMs.push(home === 0 ? guestMs : hostMs)
      // Another one in its place, for the next call.
      await site.bring(home, `Home ${home}, round ${round}`, firstPort + round)
      process.stderr.write(`\rrelays killed: ${round + 1} of ${2 * rounds}`)
    }
    process.stderr.write('\n')
    return { ownMs, farMs, problem: null }
  } catch (error) {
    return { ownMs, farMs, problem: told(error) }
  } finally {
    await site?.end()
  }
}
