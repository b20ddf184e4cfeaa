/** How long what someone sees of another stands still: by the frames that the tile's videos have presented. */
import type { RoomPage } from './room-page.ts'

/** The longest time without a new frame within the next `forMs`, milliseconds. */
export const longestStandstill = (person: RoomPage, name: string, forMs: number): Promise<number> =>
  person.page.evaluate(
    async (watch) => {
      const frames = (): number =>
        window.senses
          .all(`[role=group][aria-label="${watch.name}"]`)
          .flatMap((tile) => [...tile.querySelectorAll('video')])
          .reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0)
      const startedMs = performance.now()
      let [count, changedMs, longestMs] = [frames(), startedMs, 0]
      while (performance.now() - startedMs < watch.forMs) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        const now = frames()
        longestMs = Math.max(longestMs, performance.now() - changedMs)
        if (now !== count) changedMs = performance.now()
        count = now
      }
      return longestMs
    },
    { name, forMs },
  )
