import { limits } from '@video-room/shared/limits.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectedHealth, judge, newHealth, type LinkHealth, type Verdict } from './link-health.ts'

const silentAfterMs = limits.linkSilentMs

interface Look {
  readonly bytes: number | null
  readonly canSignal?: boolean
  readonly everyMs?: number
}

/** Looks every `linkSampleMs` until `forMs` have passed; answers with each verdict and when it fell. */
function watch(
  health: LinkHealth,
  forMs: number,
  look: (atMs: number) => Look,
): [LinkHealth, [number, Verdict][]] {
  const verdicts: [number, Verdict][] = []
  let current = health
  for (let passedMs = limits.linkSampleMs; passedMs <= forMs; passedMs += limits.linkSampleMs) {
    const { bytes, canSignal = true } = look(passedMs)
    const judged = judge(current, { atMs: passedMs, receivedBytes: bytes, canSignal, silentAfterMs })
    current = judged.health
    if (judged.verdict !== 'fine') verdicts.push([passedMs, judged.verdict])
  }
  return [current, verdicts]
}

const living = connectedHealth(newHealth(0), 0)

describe('the health of a link', () => {
  test('LK3 silent for 2 s it asks for a restart, 4 s later it has failed, and is failed once', () => {
    const [health, verdicts] = watch(living, 20_000, () => ({ bytes: 0 }))
    expect(verdicts).toEqual([
      [limits.linkSilentMs, 'restart'],
      [limits.linkSilentMs + limits.linkRestartMs, 'failed'],
    ])
    expect(health).toMatchObject({ failed: true, silent: true })
  })

  test('LK3 a restart that helps makes it whole, and the next silence asks again', () => {
    const bytes = (atMs: number): number => (atMs < 3_000 ? 0 : atMs < 4_000 ? atMs : 4_000)
    const [, verdicts] = watch(living, 6_000, (atMs) => ({ bytes: bytes(atMs) }))
    expect(verdicts).toEqual([
      [2_000, 'restart'],
      [6_000, 'restart'],
    ])
    const [healed] = watch(living, 3_500, (atMs) => ({ bytes: bytes(atMs) }))
    expect(healed).toMatchObject({ silent: false, restartedAtMs: null })
  })

  test('LK3 one that does not connect within 8 s has failed, also when the handshake trickles', () => {
    expect(watch(newHealth(0), 10_000, () => ({ bytes: 0 }))[1]).toEqual([[limits.linkConnectMs, 'failed']])
    expect(watch(newHealth(0), 10_000, (atMs) => ({ bytes: atMs }))[1]).toEqual([
      [limits.linkConnectMs, 'failed'],
    ])
  })

  test('LK3 while no signal could travel nothing is condemned, and a silent link is mended afterwards', () => {
    const away = watch(living, 30_000, () => ({ bytes: 0, canSignal: false, silentAfterMs }))
    expect(away[1]).toEqual([])
    expect(away[0].silent).toBe(true)
    expect(judge(away[0], { atMs: 30_500, receivedBytes: 0, canSignal: true, silentAfterMs }).verdict).toBe(
      'restart',
    )
    const [unconnected, verdicts] = watch(newHealth(0), 30_000, () => ({
      bytes: 0,
      canSignal: false,
      silentAfterMs,
    }))
    expect(verdicts).toEqual([])
    expect(
      judge(unconnected, { atMs: 30_500, receivedBytes: 0, canSignal: true, silentAfterMs }).verdict,
    ).toBe('fine')
  })

  test('LK3 a laptop that slept an hour condemns nothing when it wakes', () => {
    const [restarting] = watch(living, 2_500, () => ({ bytes: 0 }))
    for (const before of [living, newHealth(0), restarting]) {
      const woken = judge(before, { atMs: 3_600_000, receivedBytes: 0, canSignal: true, silentAfterMs })
      expect(woken.verdict).toBe('fine')
      expect(woken.health.failed).toBe(false)
    }
  })

  test('LK3 a link that closed by itself has failed at once; one that never worked is not remade in a storm', () => {
    const closed = { ...living, closed: true }
    expect(judge(closed, { atMs: 500, receivedBytes: null, canSignal: true, silentAfterMs }).verdict).toBe(
      'failed',
    )
    expect(judge(closed, { atMs: 500, receivedBytes: null, canSignal: false, silentAfterMs }).verdict).toBe(
      'fine',
    )
    expect(watch({ ...newHealth(0), closed: true }, 5_000, () => ({ bytes: null }))[1]).toEqual([
      [limits.linkRestartMs, 'failed'],
    ])
  })

  test('LK3 a connected link that keeps receiving is never restarted, whatever the rhythm of the looks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 60 }), (gapsMs) => {
        let health = living
        let atMs = 0
        for (const gapMs of gapsMs) {
          atMs += gapMs
          const judged = judge(health, { atMs, receivedBytes: atMs, canSignal: true, silentAfterMs })
          expect(judged.verdict).toBe('fine')
          health = judged.health
        }
      }),
    )
  })
})
