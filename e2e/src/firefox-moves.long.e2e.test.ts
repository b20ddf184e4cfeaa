/** Firefox and Chromium in a room that moves by itself, over links that stand by: `npm run test:long`. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { installFalseReports, reportDirect } from './harness/false-reports.ts'
import { setFirefoxStage } from './harness/firefox-stage.ts'
import { mixedCall, standstillOfMove, steadyStandstill } from './harness/mixed-call.ts'
import { reasonsOf } from './harness/routes.ts'
import { setStage } from './harness/stage.ts'
import { eventually } from './harness/wait.ts'

const stage = setStage()
const relayRegion = 'this machine'
const firefox = setFirefoxStage()

/** As in firefox-moves.e2e.test.ts. */
const mostMs = 2_000
/** Direct must have been better for 20 s, 30 s after the last move; and then it is prepared. */
const returnWithinMs = 90_000

test('RP1 RP2 MG6 Firefox and Chromium: a fact takes the room to the relay that stands by, and it comes back by itself when direct is good again', async () => {
  const call = await mixedCall(stage, firefox, 'auto', [installFalseReports])
  const { host, guest } = call
  for (const person of [host, guest]) {
    await eventually(`${person.name} has a relay that stands by`, async () =>
      (await person.samples()).some(
        ({ via, isStandby, localCandidate }) => via === 'relay' && isStandby && localCandidate !== null,
      ),
    )
  }
  const steadyMs = await steadyStandstill(call)
  const thereMs = await standstillOfMove(call, relayRegion, () => reportDirect(host, 'undecoded'))
  expect(thereMs).toBeLessThan(steadyMs + mostMs)
  expect(await reasonsOf(host)).toEqual(['decoding'])
  await guest.badgeSays(words.via(relayRegion))
  const backMs = await standstillOfMove(call, 'direct', () => reportDirect(host, null), returnWithinMs)
  expect(backMs).toBeLessThan(steadyMs + mostMs)
  expect(await reasonsOf(host)).toContain('direct-better')
  await guest.badgeSays(words.direct)
}, 180_000)
