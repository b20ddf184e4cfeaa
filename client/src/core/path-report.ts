/**
 * Decides: what the room is told of our links, and when (FX1, FX2).
 * Does not decide: what follows from it (the room), nor what is remembered of a link (path-memory.ts).
 * Invariants: only on an open socket; a verdict goes at once and once, figures at most every `limits.reportIntervalMs`;
 * a link that is still being judged is no news.
 */
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { PathReport, PathVerdict } from '@video-room/shared/protocol/path-report.ts'
import type { SessionEffect } from './effect.ts'
import type { LinkReading } from './event.ts'
import { send } from './link-signals.ts'
import { figuresOf, isUndecoded, lossOf, noteUplink } from './path-memory.ts'
import { isOpen, type LinkState, type Reported, type SessionState } from './state.ts'

export function verdictOf({ health, path }: LinkState, atMs: number): PathVerdict {
  if (health.failed) return 'unreachable'
  if (!health.connected) {
    return atMs - health.openedAtMs >= limits.directJudgedMs ? 'unreachable' : 'connecting'
  }
  if (health.silent) return 'silent'
  if (isUndecoded(path, atMs)) return 'undecoded'
  return (lossOf(path) ?? 0) > limits.lossyShare ? 'lossy' : 'good'
}

/** What the room asks for: of the links that it names, carrying or standing by. */
export function reportsOf({ links }: SessionState, atMs: number): PathReport[] {
  return entriesOf(links).flatMap(([to, link]) => {
    const { generation, use, path } = link
    return use === 'left' ? [] : [{ to, generation, verdict: verdictOf(link, atMs), ...figuresOf(path) }]
  })
}

/** Only links that carry what one would send anyway tell of the uplink: not those held down, nor those just begun. */
function isLimitedNow(state: SessionState, readings: readonly LinkReading[], atMs: number): boolean {
  return readings.some(({ endpointId, generation, isUplinkLimited }) => {
    const link = state.links[endpointId]
    if (!isUplinkLimited || link?.generation !== generation || link.use !== 'media') return false
    return !link.isCapped && atMs - link.carriesSinceMs >= limits.uplinkRampMs
  })
}

/** After every look at the links. */
export function tellPaths(
  state: SessionState,
  readings: readonly LinkReading[],
  atMs: number,
): Step<SessionState, SessionEffect> {
  const noted: SessionState =
    state.migration === null
      ? { ...state, uplink: noteUplink(state.uplink, isLimitedNow(state, readings, atMs), atMs) }
      : state
  if (!isOpen(noted)) return step(noted)
  const paths = reportsOf(noted, atMs)
  const { isLimited: isUplinkLimited } = noted.uplink
  const told = noted.reported?.attempt === noted.attempt ? noted.reported : null
  if (!isNews(told, { paths, isUplinkLimited }, atMs)) return step(noted)
  return step(
    { ...noted, reported: { attempt: noted.attempt, atMs, paths, isUplinkLimited } },
    send(noted, { type: 'report', paths, isUplinkLimited }),
  )
}

type News = Pick<Reported, 'paths' | 'isUplinkLimited'>

function isNews(told: Reported | null, now: News, atMs: number): boolean {
  if (now.isUplinkLimited !== (told?.isUplinkLimited ?? false)) return true
  const mayRefine = told !== null && atMs - told.atMs >= limits.reportIntervalMs
  // That a first link works can wait for what becomes of the next, which is known in seconds: one message instead of two.
  const isJudging = now.paths.some(({ verdict }) => verdict === 'connecting')
  return now.paths.some((path) => {
    const before = told?.paths.find(({ to, generation }) => to === path.to && generation === path.generation)
    if (before === undefined && path.verdict === 'good' && isJudging) return false
    if (path.verdict !== (before?.verdict ?? 'connecting')) return true
    return mayRefine && before !== undefined && isMuchOther(before, path)
  })
}

/** By round trips alone: jitter and small losses come and go, no route is chosen by them, and every word wakes the room. */
function isMuchOther({ rttMs: before }: PathReport, { rttMs: now }: PathReport): boolean {
  if (now === null) return false
  if (before === null) return true
  const difference = Math.abs(now - before)
  return difference >= limits.reportChangeMs && difference >= limits.reportChangeShare * before
}
