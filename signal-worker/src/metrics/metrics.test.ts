import { relayIdSchema } from '@video-room/shared/ids.ts'
import type { RelayStanding } from '@video-room/shared/protocol/operator.ts'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { RouteWord } from '../room/effect.ts'
import { deploymentMetrics } from './metrics-page.ts'
import { raisesOf, type Tally } from './tally.ts'

const standing = (name: string, more: Partial<RelayStanding> = {}): RelayStanding => ({
  relayId: v.parse(relayIdSchema, `r_${name.padEnd(16, '_')}`),
  region: `${name} town`,
  isDraining: false,
  links: 25,
  rooms: 4,
  trunks: 2,
  capacity: 100,
  cpu: 0.25,
  heardAgoMs: 1_500,
  rttMs: {},
  ...more,
})

function tallied(words: readonly RouteWord[], calls: Tally['calls'] = {}): Tally {
  const counts: Record<string, number> = {}
  for (const { series, by } of words.flatMap(raisesOf)) counts[series] = (counts[series] ?? 0) + by
  return { counts, calls }
}

const linesOf = (tally: Tally, relays: readonly RelayStanding[] = []): readonly string[] =>
  deploymentMetrics(relays, tally).split('\n')

const move = { from: 'mesh', to: 'relayed', reason: 'loss' } as const

describe('the numbers of routes', () => {
  it('OP4 count moves by direction and reason, and failures by why', () => {
    const lines = linesOf(
      tallied([
        { type: 'moved', ...move, tookMs: 400 },
        { type: 'moved', ...move, tookMs: null },
        { type: 'moved', from: 'relayed', to: 'relayed', reason: 'chain', tookMs: 12_000 },
        { type: 'move-failed', ...move, why: 'late' },
      ]),
    )
    expect(lines).toContain('video_room_route_moves_total{from="mesh",to="relayed",reason="loss"} 2')
    expect(lines).toContain('video_room_route_moves_total{from="relayed",to="relayed",reason="chain"} 1')
    expect(lines).toContain(
      'video_room_route_moves_failed_total{from="mesh",to="relayed",reason="loss",why="late"} 1',
    )
    const took = (direction: string, le: string): string =>
      `video_room_route_move_seconds_bucket{${direction},le="${le}"}`
    const [there, chained] = ['from="mesh",to="relayed"', 'from="relayed",to="relayed"']
    expect(lines).toContain(`${took(there, '0.25')} 0`)
    expect(lines).toContain(`${took(there, '0.5')} 1`)
    expect(lines).toContain(`${took(there, '+Inf')} 1`)
    expect(lines).toContain(`${took(chained, '10')} 0`)
    expect(lines).toContain(`${took(chained, '+Inf')} 1`)
    expect(lines).toContain(`video_room_route_move_seconds_sum{${chained}} 12`)
  })

  it('OP4 stand gaps beside what was steady before; what nobody saw before is in one of them only', () => {
    const direction = { from: 'relayed', to: 'mesh' } as const
    const lines = linesOf(
      tallied([
        { type: 'gap', ...direction, gapMs: 70, steadyMs: 40 },
        { type: 'gap', ...direction, gapMs: 71, steadyMs: null },
      ]),
    )
    const labels = 'from="relayed",to="mesh"'
    expect(lines).toContain(`video_room_route_gap_seconds_bucket{${labels},le="0.07"} 1`)
    expect(lines).toContain(`video_room_route_gap_seconds_bucket{${labels},le="0.1"} 2`)
    expect(lines).toContain(`video_room_route_gap_seconds_count{${labels}} 2`)
    expect(lines).toContain(`video_room_route_steady_seconds_bucket{${labels},le="0.04"} 1`)
    expect(lines).toContain(`video_room_route_steady_seconds_count{${labels}} 1`)
  })

  it('OP4 tell calls by how they flow, and nought where there is none', () => {
    const lines = linesOf(tallied([{ type: 'call', route: 'mesh' }], { mesh: 3, chain: 1 }))
    expect(lines.filter((line) => line.startsWith('video_room_calls{'))).toEqual([
      'video_room_calls{route="mesh"} 3',
      'video_room_calls{route="relayed"} 0',
      'video_room_calls{route="chain"} 1',
      'video_room_calls{route="waiting"} 0',
    ])
  })

  it('OP4 leave out what a later build has counted in another form', () => {
    const lines = linesOf({ counts: { 'moves|mesh|relayed|loss|extra': 1, 'later|x': 2 }, calls: {} })
    expect(lines.filter((line) => line.includes('extra') || line.includes('later'))).toEqual([])
  })
})

describe('the numbers of relays', () => {
  it('OP4 OP2 are what each relay said last, by relay and region', () => {
    const lines = linesOf(tallied([]), [standing('ada'), standing('bob', { isDraining: true, rooms: 0 })])
    expect(lines).toContain('video_room_relays{state="serving"} 1')
    expect(lines).toContain('video_room_relays{state="draining"} 1')
    const ada = 'relay="r_ada_____________",region="ada town"'
    expect(lines).toContain(`video_room_relays_rooms{${ada}} 4`)
    expect(lines).toContain(`video_room_relays_links{${ada}} 25`)
    expect(lines).toContain(`video_room_relays_trunks{${ada}} 2`)
    expect(lines).toContain(`video_room_relays_capacity_links{${ada}} 100`)
    expect(lines).toContain(`video_room_relays_cpu_share{${ada}} 0.25`)
    expect(lines).toContain(`video_room_relays_heard_seconds{${ada}} 1.5`)
    expect(lines).toContain('video_room_relays_rooms{relay="r_bob_____________",region="bob town"} 0')
  })

  it('OP4 the page is well formed: each metric once, each line of one of three forms', () => {
    const text = deploymentMetrics(
      [standing('ada', { region: 'a "quoted"\nplace\\' })],
      tallied([
        { type: 'moved', ...move, tookMs: 400 },
        { type: 'gap', from: 'mesh', to: 'relayed', gapMs: 70, steadyMs: 40 },
      ]),
    )
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# HELP [a-z_]+ \S.*|# TYPE [a-z_]+ (counter|gauge|histogram)|[a-z_]+(\{([a-z]+="([^"\\\n]|\\.)*",?)+\})? [\d.]+)$/,
      )
    }
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1])
    expect(new Set(names).size).toBe(names.length)
    expect(text.endsWith('\n')).toBe(true)
  })
})
