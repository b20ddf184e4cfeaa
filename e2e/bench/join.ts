/**
 * `npm run bench -- join [--joins 15] [--out FILE]`: from the click on Join to the first remote frame on screen, beside
 * the least a PeerJS page can do, join by join in turns, so that whatever else the machine does falls on both.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { launchChromium } from '../src/harness/chromium.ts'
import { peerjsContestant } from './contestant-peerjs.ts'
import { videoRoomContestant } from './contestant-video-room.ts'
import type { Contestant } from './contestant.ts'
import { joinReport } from './join-report.ts'
import { inTurns } from './turns.ts'

const { values } = parseArgs({
  options: { joins: { type: 'string', default: '15' }, out: { type: 'string' } },
})
const joins = Number(values.joins)
if (!Number.isInteger(joins) || joins < 1) throw new Error(`--joins ${values.joins}: expected a whole number`)

const browser = await launchChromium()
const contestants: Contestant[] = []
try {
  contestants.push(await videoRoomContestant(browser), await peerjsContestant(browser))
  const results = await inTurns(contestants, joins)
  const report = joinReport(
    [...results].map(([contestant, measured]) => ({ name: contestant.name, joins: measured })),
  )
  console.log(report.text)
  if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(report.data, null, 2)}\n`)
} finally {
  await browser.close()
  for (const contestant of contestants) await contestant.close()
}
