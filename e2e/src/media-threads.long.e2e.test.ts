/** A relay with two media threads, as an operator starts it: each room is on one of them, and its people meet at that thread's port. */
import { expect, test } from 'vitest'
import { meet } from './harness/meet.ts'
import { newRelayKey, startRelay } from './harness/relay.ts'
import type { RoomPage } from './harness/room-page.ts'
import { setStage } from './harness/stage.ts'

const key = newRelayKey()
const stage = setStage('granted', { RELAY_KEYS: key.entry })

/** Where the links that carry media end. */
const farPorts = (person: RoomPage): Promise<readonly number[]> =>
  person.page.evaluate(async () => {
    const ports = new Set<number>()
    for (const connection of window.probe.connections) {
      if (connection.connectionState !== 'connected') continue
      const stats = await connection.getStats()
      for (const [, entry] of stats) {
        if (entry.type !== 'transport' || entry.selectedCandidatePairId === undefined) continue
        ports.add(Number(stats.get(stats.get(entry.selectedCandidatePairId)?.remoteCandidateId)?.port))
      }
    }
    return [...ports]
  })

test('RG8 two rooms are on two threads of one relay, and everyone sees the others of their room', async () => {
  const relay = await startRelay(stage.deployment.origin, key, 'Singapore', { MEDIA_THREADS: '2' })
  try {
    const settings = { route: 'relay' } as const
    const tiny = { isTiny: true }
    const first = await meet(stage, { settings, host: tiny, guest: tiny })
    const second = await meet(stage, {
      settings,
      host: { ...tiny, name: 'Cy Host' },
      guest: { ...tiny, name: 'Di Guest' },
    })
    const [one, two] = await Promise.all(
      [first, second].map(async ({ host, guest }) => {
        const ports = new Set([...(await farPorts(host)), ...(await farPorts(guest))])
        expect(ports.size, 'all of a room meet at one port').toBe(1)
        return [...ports][0]
      }),
    )
    expect(one).not.toBe(two)
    await Promise.all([first, second].flatMap(({ host, guest }) => [host.seesMoving(), guest.seesMoving()]))
  } finally {
    await relay.end()
  }
})
