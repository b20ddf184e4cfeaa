/** One room of a deployment, with one who waits in it; everyone who joins takes the same way to them. */
import type { Browser } from 'playwright-core'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { Deployment } from '../src/harness/deployment.ts'
import { RoomPage } from '../src/harness/room-page.ts'
import { measuredContext, measureFirstFrame, type Contestant, type FirstFrame } from './contestant.ts'

export async function roomContestant(
  browser: Browser,
  deployment: Deployment,
  route: RouteWish,
): Promise<Contestant<FirstFrame>> {
  const open = async (name: string): Promise<RoomPage> => {
    const context = await measuredContext(browser)
    return new RoomPage(await context.newPage(), name, deployment.origin)
  }
  const waiter = await open('Waiter')
  const link = await waiter.createRoom({ route })
  await waiter.join()
  return {
    name: route,
    async join() {
      const joiner = await open('Joiner')
      await joiner.openLink(link)
      await joiner.previews()
      const frame = await measureFirstFrame(joiner.page, () => joiner.askToJoin())
      await joiner.leave()
      await joiner.page.context().close()
      return frame
    },
    close: () => waiter.page.context().close(),
  }
}
