import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { PathReport } from '@video-room/shared/protocol/path-report.ts'
import { describe, expect, test } from 'vitest'
import type { LinkReading } from './event.ts'
import { sessionDeadline } from './reduce.ts'
import {
  host,
  linkTo,
  occupant,
  readingOf,
  relay,
  relayLink,
  self,
  third,
  Walk,
} from './testing/session-walk.ts'

const camera = { source: 'camera', mutedBy: null } as const
type Told = {
  readonly atMs: number
  readonly paths: readonly PathReport[]
  readonly isUplinkLimited: boolean
}

/** Fires timers for a while and answers each look; gives the reports that were said. */
function watch(walk: Walk, forMs: number, look: (passedMs: number) => Partial<LinkReading> | null): Told[] {
  const told: Told[] = []
  const startMs = walk.nowMs
  while (walk.nowMs < startMs + forMs && sessionDeadline(walk.state) !== null) {
    walk.timer()
    if (!walk.asked.includes('sample-links')) continue
    const more = look(walk.nowMs - startMs)
    const readings = entriesOf(walk.state.links).flatMap(([id, { generation }]) =>
      more === null ? [] : [readingOf(id, generation, { receivedBytes: walk.nowMs, ...more })],
    )
    walk.look(...readings)
    told.push(...walk.reports.map((report) => ({ ...report, atMs: walk.nowMs - startMs })))
  }
  return told
}
const verdicts = (told: readonly Told[]): string[] =>
  told.map(({ paths }) => paths.map(({ verdict }) => verdict).join())

const linked = (): Walk => new Walk().enter(occupant(self), occupant(host, [camera])).start(linkTo(host))
const connected = (): Walk => linked().connected(host)

describe('what the room is told of links', () => {
  test('FX1 a link that works is told once; while it connects nothing is', () => {
    const walk = linked()
    expect(watch(walk, 1_000, () => ({}))).toEqual([])
    walk.connected(host)
    const told = watch(walk, 20_000, () => ({ rttMs: 20 }))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({
      paths: [{ to: host, generation: 1, verdict: 'good', rttMs: 20, jitterMs: null, lossShare: null }],
      isUplinkLimited: false,
    })
  })

  test('FX1 that one link works waits for the verdict of those that still connect', () => {
    const walk = new Walk().enter(occupant(self), occupant(host), occupant(third))
    walk.start(linkTo(host), linkTo(third)).connected(host)
    const told = watch(walk, 10_000, () => ({}))
    expect(verdicts(told)).toEqual(['good,unreachable'])
    expect(told[0]?.atMs).toBeGreaterThanOrEqual(limits.directJudgedMs)
  })

  test('FX2 unreachable: 3 s after it was opened without a connection, and when it has failed', () => {
    const told = watch(linked(), 10_000, () => ({}))
    expect(verdicts(told)).toEqual(['unreachable'])
    expect(told[0]?.atMs).toBeGreaterThanOrEqual(limits.directJudgedMs)
    expect(told[0]?.atMs).toBeLessThanOrEqual(limits.directJudgedMs + limits.linkSampleMs)
    const closed = connected().take({ type: 'link-closed', endpointId: host, generation: 1 })
    expect(verdicts(watch(closed, 1_000, () => null))).toEqual(['unreachable'])
  })

  test('FX2 silent after 2 s, good when it is heard again, unreachable when it stays away', () => {
    const back = watch(connected(), 8_000, (ms) => ({ receivedBytes: ms < 1_000 || ms > 4_000 ? ms + 1 : 1 }))
    expect(verdicts(back)).toEqual(['good', 'silent', 'good'])
    const gone = watch(connected(), 8_000, () => ({ receivedBytes: 1 }))
    expect(verdicts(gone)).toEqual(['good', 'silent', 'unreachable'])
  })

  test('FX2 lossy above 5 % over 3 s', () => {
    const told = watch(connected(), 12_000, (ms) => ({
      receivedPackets: ms,
      lostPackets: ms < 6_000 ? ms / 10 : 600,
    }))
    expect(verdicts(told)).toEqual(['good', 'lossy', 'good'])
    expect(told[1]?.paths[0]?.lossShare).toBeGreaterThan(0.05)
  })

  test('FX2 undecoded: a live picture that is looked at, after 3 s; not when it is muted or nobody looks', () => {
    const blind = (ms: number) => ({
      received: [{ occupantId: host, source: 'camera' as const, packets: ms, frames: 0 }],
    })
    expect(verdicts(watch(connected(), 6_000, blind))).toEqual(['good', 'undecoded'])
    const muted = connected().change(occupant(host, [{ source: 'camera', mutedBy: 'self' }]))
    expect(verdicts(watch(muted, 6_000, blind))).toEqual(['good'])
    const unwatched = connected().take({ type: 'shown', occupantId: host, source: 'camera', widthPx: 0 })
    expect(verdicts(watch(unwatched, 6_000, blind))).toEqual(['good'])
    const standby = linked().connected(host)
    standby.start({ ...linkTo(host), isStandby: true })
    expect(verdicts(watch(standby, 6_000, blind))).toEqual(['good'])
  })

  test('FX2 after a commit a picture has its own 3 s', () => {
    const blind = (ms: number) => ({
      received: [{ occupantId: host, source: 'camera' as const, packets: ms, frames: 0 }],
    })
    const walk = connected()
    watch(walk, 2_500, blind)
    walk.commit({ kind: 'mesh', epoch: 4 })
    expect(verdicts(watch(walk, 2_000, (ms) => blind(ms + 2_500)))).toEqual([])
  })

  test('FX1 figures are said again when they changed by a quarter and 10 ms, at most every 5 s', () => {
    const rising = watch(connected(), 21_000, (ms) => ({ rttMs: 20 + ms / 100 }))
    expect(verdicts(rising).every((verdict) => verdict === 'good')).toBe(true)
    expect(rising.length).toBeGreaterThan(2)
    for (const [index, { atMs }] of rising.entries())
      if (index > 0)
        expect(atMs - (rising[index - 1]?.atMs ?? 0)).toBeGreaterThanOrEqual(limits.reportIntervalMs)
    expect(watch(connected(), 21_000, (ms) => ({ rttMs: 8 + (ms % 1_000) / 100 }))).toHaveLength(1)
  })

  test('FX1 a limited uplink is told after it lasted; not while links are new, nor during a migration', () => {
    const limited = { isUplinkLimited: true }
    const told = watch(connected(), 12_000, () => limited)
    expect(told.map(({ isUplinkLimited }) => isUplinkLimited)).toEqual([false, true])
    expect(told[1]?.atMs).toBeGreaterThanOrEqual(limits.uplinkRampMs + limits.troubleMs)
    const moving = connected()
    watch(moving, 6_000, () => ({}))
    moving.migrate({ kind: 'relayed', epoch: 2, relays: [{ relayId: relay, region: '' }] })
    expect(watch(moving, 6_000, () => limited)).toEqual([])
  })

  test('FX1 on a new socket all is told anew; without one nothing is', () => {
    const walk = connected()
    watch(walk, 1_000, () => ({}))
    walk.lose()
    expect(walk.look(readingOf(host, 1, { receivedBytes: 1 })).reports).toEqual([])
    walk.timer().answer()
    walk.welcome(occupant(self), occupant(host, [camera])).start(linkTo(host))
    expect(verdicts(watch(walk, 1_000, () => ({})))).toEqual(['good'])
  })

  test('MG6 what stands by is judged too; a relay link that only answers checks is good, and without them silent', () => {
    const walk = connected().startRelayed({ ...relayLink(), isStandby: true }, linkTo(host))
    walk.connected(relay)
    const look = (answers: boolean) => (ms: number) =>
      ({ receivedBytes: 1, answeredChecks: answers ? Math.floor(ms / 2_500) : 0 }) as const
    const mesh = (): LinkReading => readingOf(host, 1, { receivedBytes: walk.nowMs })
    const seen: string[] = []
    for (const [answers, forMs] of [
      [true, 12_000],
      [false, 16_000],
    ] as const) {
      const startMs = walk.nowMs
      while (walk.nowMs < startMs + forMs) {
        walk.timer()
        if (!walk.asked.includes('sample-links')) continue
        walk.look(mesh(), readingOf(relay, 1, look(answers)(walk.nowMs - startMs)))
        seen.push(...walk.reports.map(({ paths }) => paths.map(({ verdict }) => verdict).join()))
        expect(walk.asked).not.toContain('restart-link')
      }
    }
    expect(seen).toEqual(['good,good', 'good,silent', 'good,unreachable'])
  })
})
