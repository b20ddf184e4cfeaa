/** The floor: PeerJS 1.5.5 with `peer` 1.0.2, in the least page that does the same. */
import type { Browser } from 'playwright-core'
import { countMessages, measuredContext, measureJoin, type Contestant } from './contestant.ts'
import { startPeerjsSite } from './peerjs-site.ts'

const waiterId = 'waiter'

export async function peerjsContestant(browser: Browser): Promise<Contestant> {
  const site = await startPeerjsSite()
  const waiting = await (await measuredContext(browser)).newPage()
  const waiterCount = countMessages(waiting)
  await waiting.goto(site.waitingUrl(waiterId))
  await waiting.locator('[data-waiting]').waitFor()
  return {
    name: 'PeerJS 1.5.5 + peer 1.0.2',
    async join() {
      const context = await measuredContext(browser)
      const joiner = await context.newPage()
      const joinerCount = countMessages(joiner)
      await joiner.goto(site.callingUrl(waiterId))
      const button = joiner.locator('#join:enabled')
      await button.waitFor()
      const join = await measureJoin(joiner, joinerCount, waiterCount, () => button.click())
      await context.close()
      return join
    },
    close: () => site.close(),
  }
}
