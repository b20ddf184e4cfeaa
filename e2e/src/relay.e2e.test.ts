/** Rooms whose media goes through the relay that `npm start` runs. */
import { expect, test } from 'vitest'
import { meet } from './harness/meet.ts'
import { setStage } from './harness/stage.ts'

const stage = setStage()

test('RL3 J4 a room with route relay: both see and hear each other, each over one link to the relay', async () => {
  const { host, guest } = await meet(stage, { settings: { route: 'relay' } })
  await Promise.all([host.hears(), guest.hears()])
  for (const person of [host, guest]) {
    const [sample, ...others] = await person.samples()
    expect(others).toEqual([])
    expect(sample).toMatchObject({ via: 'relay' })
    expect(sample?.framesDecoded).toBeGreaterThan(0)
  }
})
