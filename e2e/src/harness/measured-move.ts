/** One move of a measured call to another route, and what both ends saw and heard of it beside the steady time before. */
import { setTimeout as pause } from 'node:timers/promises'
import { percentile } from '../../bench/statistics.ts'
import { displayedGaps, looksWithin, type DisplayedGaps } from './gaps.ts'
import { reportDirect } from './false-reports.ts'
import type { LinkLook } from './link-log.ts'
import type { MeasuredCall, Watched, Watcher } from './measured-call.ts'
import type { RouteNews } from './route-log.ts'
import { soundGaps, type SoundGaps } from './silences.ts'
import type { RoomPage } from './room-page.ts'
import { setRoute } from './routes.ts'
import { eventually, within } from './wait.ts'

export interface Span {
  readonly picture: DisplayedGaps
  readonly sound: SoundGaps
  readonly freezes: number
}

export interface SeenMove {
  readonly name: string
  readonly steady: Span
  readonly moved: Span
  /** From the cause to the change of the route heard here, and from the news that another is prepared; null: none was. */
  readonly causeToCommitMs: number
  readonly prepareToCommitMs: number | null
  /** What the lesser of two links sent while both did. */
  readonly bytesTwice: number
}

export interface Move {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly to: RouteNews['kind']
  readonly seen: readonly SeenMove[]
}

/** What makes the room move. */
export interface Cause {
  readonly to: RouteNews['kind']
  /** Answers when it was there, milliseconds since the epoch. */
  readonly come: (host: RoomPage) => Promise<number>
  /** When all is measured: so that the next one can come. */
  readonly over?: (call: MeasuredCall) => Promise<unknown>
}

/** The host sets the route, and nothing stands by: the next links are opened for the move. */
export const cold: readonly Cause[] = [
  { to: 'relayed', come: (host) => setRoute(host, 'relay') },
  { to: 'mesh', come: (host) => setRoute(host, 'direct') },
]

/** Both have a link to a relay that stands by. */
export const untilStanding = ({ watchers }: MeasuredCall): Promise<unknown> =>
  Promise.all(
    watchers.map(({ person }) =>
      eventually(`${person.name} has a relay that stands by`, async () =>
        (await person.samples()).some(
          ({ via, isStandby, localCandidate }) => via === 'relay' && isStandby && localCandidate !== null,
        ),
      ),
    ),
  )

/**
 * As in any call under `auto` what comes next stands by. The room goes to the relay by a fact; back by the host's word, since of itself it
 * would wait for half a minute, and longer each time it has to come back.
 */
export const standing: readonly Cause[] = [
  {
    to: 'relayed',
    come: (host) => reportDirect(host, 'undecoded'),
    over: ({ watchers: [host] }) => reportDirect(host.person, null),
  },
  {
    to: 'mesh',
    come: (host) => setRoute(host, 'direct'),
    async over(call) {
      await setRoute(call.watchers[0].person, 'auto')
      await untilStanding(call)
    },
  },
]

/** What is overlapped, drained or faded is over by then: links of the former route go on for a second (MG6). */
const settleMs = 2_000
/** Steady time before a move; as long as a move that takes its time, so that both had the same chance of a gap. */
const steadyMs = 3_500

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The second most that any link sent between two looks, over all looks. */
export function bytesSentTwice(looks: readonly LinkLook[]): number {
  return sum(
    looks.slice(1).map(({ links }, at) => {
      const before = looks[at]?.links ?? []
      const grown = links.map(({ sentBytes }, link) => sentBytes - (before[link]?.sentBytes ?? 0))
      return grown.toSorted((one, other) => other - one)[1] ?? 0
    }),
  )
}

/** A link that showed nothing for so long stood by: its browser counts the wait for the next picture as a freeze that nobody saw. */
const idleMs = 1_000

export interface FreezeSpan {
  readonly fromMs: number
  readonly toMs: number
  /** When receivers changed over. A link that began to carry in this span is seen from then on, one that carried before until then. */
  readonly changedAtMs: number
}

/** What the browsers counted for links that people saw. `looks`: of the whole call, so that it is known which ones stood by. */
export function freezesIn(looks: readonly LinkLook[], { fromMs, toMs, changedAtMs }: FreezeSpan): number {
  const grewAtMs = new Map<number, number>()
  const beganAtMs = new Map<number, number>()
  let freezes = 0
  for (const [at, { atMs, links }] of looks.entries()) {
    const before = looks[at - 1]?.links ?? []
    for (const [link, now] of links.entries()) {
      const frozen = Math.max(0, now.freezeCount - (before[link]?.freezeCount ?? 0))
      const wasIdle = atMs - (grewAtMs.get(link) ?? Number.NEGATIVE_INFINITY) > idleMs
      if (now.framesDecoded > (before[link]?.framesDecoded ?? 0)) {
        if (wasIdle) beganAtMs.set(link, atMs)
        grewAtMs.set(link, atMs)
      }
      const isNext = (beganAtMs.get(link) ?? Number.POSITIVE_INFINITY) >= fromMs
      const isSeen = !wasIdle && (isNext ? atMs > changedAtMs : atMs <= changedAtMs)
      if (isSeen && atMs > fromMs && atMs <= toMs) freezes += frozen
    }
  }
  return freezes
}

function spanOf({ looks, levels, links }: Watched, span: FreezeSpan, usual: number): Span {
  const { fromMs, toMs } = span
  return {
    picture: displayedGaps(looksWithin(looks, fromMs, toMs)),
    sound: soundGaps(looksWithin(levels, fromMs, toMs), usual),
    freezes: freezesIn(links, span),
  }
}

const commitOf = ({ news }: Watched, kind: RouteNews['kind'], sinceMs: number): RouteNews | undefined =>
  news.find((one) => one.isCommitted && one.kind === kind && one.atMs >= sinceMs)

/** Of the whole call: a steady time that was silent is no measure. */
const usualLevelOf = ({ levels }: Watched): number =>
  percentile(
    levels.map(({ level }) => level),
    0.5,
  )

function seenOf(watcher: Watcher, watched: Watched, kind: RouteNews['kind'], atMs: number): SeenMove {
  const committed = commitOf(watched, kind, atMs)
  if (committed === undefined) throw new Error(`${watcher.person.name} heard of no change`)
  const prepared = watched.news.find((one) => !one.isCommitted && one.kind === kind && one.atMs >= atMs)
  const endMs = committed.atMs + settleMs
  const usual = usualLevelOf(watched)
  const steadyFromMs = Math.max(atMs - steadyMs, atMs - (endMs - atMs))
  return {
    name: watcher.person.name,
    steady: spanOf(
      watched,
      { fromMs: steadyFromMs, toMs: atMs, changedAtMs: Number.POSITIVE_INFINITY },
      usual,
    ),
    moved: spanOf(watched, { fromMs: atMs, toMs: endMs, changedAtMs: committed.atMs }, usual),
    causeToCommitMs: committed.atMs - atMs,
    prepareToCommitMs: prepared === undefined ? null : committed.atMs - prepared.atMs,
    bytesTwice: bytesSentTwice(looksWithin(watched.links, atMs, endMs)),
  }
}

const untilCommitted = ({ page }: RoomPage, kind: RouteNews['kind'], sinceMs: number): Promise<void> =>
  page.evaluate(([to, since]) => window.routeLog.committed(to, since), [kind, sinceMs] as const)

/** Stays for a while, gives the room a cause, waits until both ends have moved and all is quiet again. */
export async function measureMove(
  call: MeasuredCall,
  { to: kind, come, over }: Cause,
  deadlineMs?: number,
): Promise<Move> {
  await pause(steadyMs)
  const atMs = await come(call.watchers[0].person)
  await Promise.all(
    call.watchers.map(({ person }) =>
      within(`${person.name} moves`, untilCommitted(person, kind, atMs), deadlineMs),
    ),
  )
  await pause(settleMs)
  const seen = await Promise.all(
    call.watchers.map(async (watcher) => seenOf(watcher, await watcher.refresh(), kind, atMs)),
  )
  await over?.(call)
  return { atMs, to: kind, seen }
}
