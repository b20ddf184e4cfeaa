/** Ours, as anyone would start it. */
import type { Browser } from 'playwright-core'
import { startDeployment } from '../src/harness/deployment.ts'
import { RoomPage } from '../src/harness/room-page.ts'
import { countMessages, measuredContext, measureJoin, type Contestant } from './contestant.ts'

export async function videoRoomContestant(browser: Browser): Promise<Contestant> {
  const deployment = await startDeployment()
  const open = async (name: string) => {
    const context = await measuredContext(browser)
    const person = new RoomPage(await context.newPage(), name, deployment.origin)
    return { person, context, count: countMessages(person.page) }
  }
  const waiter = await open('Waiter')
  const link = await waiter.person.createRoom()
  await waiter.person.join()
  return {
    name: 'video-room',
    async join() {
      const { person, context, count } = await open('Joiner')
      await person.openLink(link)
      await person.previews()
      const join = await measureJoin(person.page, count, waiter.count, () => person.askToJoin())
      await person.leave()
      await context.close()
      return join
    },
    close: () => deployment.end(),
  }
}
