/** A call moves to the relay and back, ten times, and nobody notices: `npm run test:long`. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { framesPerSecond } from './harness/barcode-camera.ts'
import { startDeployment, type Deployment } from './harness/deployment.ts'
import { measuredCall, type MeasuredCall } from './harness/measured-call.ts'
import { measureMove, standing, untilStanding, type SeenMove } from './harness/measured-move.ts'
import { newRelayKey, startRelay, type RelayProcess } from './harness/relay.ts'

/** Design, "Numbers to reach"; as long as one packet of Opus. As with pictures, beside what the machine holds back while nobody moves. */
const mostSilenceMs = 20
const frameMs = 1_000 / framesPerSecond
const timesEachWay = 10

let deployment: Deployment | undefined
let relay: RelayProcess | undefined
let call: MeasuredCall | undefined

beforeAll(async () => {
  const key = newRelayKey()
  deployment = await startDeployment({ RELAY_KEYS: key.entry })
  relay = await startRelay(deployment.origin, key, 'Singapore')
  call = await measuredCall(deployment, { route: 'auto' })
})
afterAll(async () => {
  await call?.end()
  await relay?.end()
  await deployment?.end()
})

const longestGap = (seen: readonly SeenMove[], which: 'steady' | 'moved'): number =>
  Math.max(...seen.map((one) => one[which].picture.longestGapMs))

const longestSilence = (seen: readonly SeenMove[], which: 'steady' | 'moved'): number =>
  Math.max(...seen.map((one) => one[which].sound.longestSilenceMs))

const told = ({ name, moved, steady }: SeenMove): string =>
  `${name} ${Math.round(moved.picture.longestGapMs)} ms without a new picture, silence ${Math.round(moved.sound.longestSilenceMs)} ms ` +
  `(steady ${Math.round(steady.picture.longestGapMs)}, ${Math.round(steady.sound.longestSilenceMs)})`

test('MG1 MG4 MG6 RP1 mesh → relay → mesh: no longer without a new picture than otherwise, no blank one, no freeze, no hole in the sound', async () => {
  if (call === undefined) throw new Error('there is no call')
  const seen: SeenMove[] = []
  await untilStanding(call)
  for (let time = 0; time < timesEachWay; time += 1) {
    for (const cause of standing) {
      const move = await measureMove(call, cause)
      console.log(`${time + 1}, ${move.to}: ${move.seen.map(told).join(' · ')}`)
      seen.push(...move.seen)
    }
  }
  expect(seen.map(({ moved }) => moved.picture.blank)).toEqual(seen.map(() => 0))
  expect(seen.map(({ moved }) => moved.freezes)).toEqual(seen.map(() => 0))
  expect(longestGap(seen, 'moved')).toBeLessThanOrEqual(longestGap(seen, 'steady') + frameMs)
  expect(longestSilence(seen, 'moved')).toBeLessThanOrEqual(longestSilence(seen, 'steady') + mostSilenceMs)
}, 600_000)
