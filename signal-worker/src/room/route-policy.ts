/**
 * Decides: which kind of route a room should have, why, and how pressing that is (RT2, RP1–RP3).
 * Does not decide: which relay (the registry), when a move may be made (route-pace.ts), how it is made (migration.ts).
 * Invariants: a pure function of facts. More people, worse direct paths or a quicker relay never make it choose direct where it
 * chose the relay; what someone set or wished is never overruled by what was measured.
 */
import { limits } from '@video-room/shared/limits.ts'
import type { PathVerdict } from '@video-room/shared/protocol/path-report.ts'
import type { Route, RouteReason } from '@video-room/shared/route.ts'
import type { RouteFacts } from './route-facts.ts'

/**
 * must: the other kind is forbidden · need: the present way does not carry, or is about to go · strain: it carries badly ·
 * better: it carries, and the other way is better.
 */
export type Pressure = 'must' | 'need' | 'strain' | 'better'

export interface RouteChoice {
  readonly kind: Route['kind']
  readonly pressure: Pressure
  readonly reasons: readonly RouteReason[]
  /** How much quicker the chosen way is for the pair that gains most, milliseconds; null: not measured, or not the point. */
  readonly marginMs: number | null
}

const choice = (
  kind: Route['kind'],
  pressure: Pressure,
  ...reasons: readonly RouteReason[]
): RouteChoice => ({
  kind,
  pressure,
  reasons,
  marginMs: null,
})

/** Never null: what should stay is chosen as well, with no reasons. */
export function chooseRoute(facts: RouteFacts): RouteChoice {
  const asked = demanded(facts)
  if (asked === null) return facts.present.kind === 'mesh' ? fromMesh(facts) : fromRelay(facts)
  const why = asked.kind === 'relayed' ? relayTrouble(facts) : null
  return why === null ? asked : { ...asked, reasons: [...asked.reasons, why] }
}

/** Why the relay of the present route is to be left. */
function relayTrouble({ present, isRelayLost, isRelayDraining }: RouteFacts): RouteReason | null {
  if (present.kind === 'mesh') return null
  return isRelayLost ? 'relay-lost' : isRelayDraining ? 'relay-draining' : null
}

/** What someone asked for (RT2). */
export function demanded({ setting, wishes }: Pick<RouteFacts, 'setting' | 'wishes'>): RouteChoice | null {
  if (setting !== 'auto') return choice(setting === 'relay' ? 'relayed' : 'mesh', 'must', 'setting')
  if (wishes.includes('relay')) return choice('relayed', 'must', 'wish')
  return wishes.includes('direct') ? choice('mesh', 'must', 'wish') : null
}

const stay = (kind: Route['kind']): RouteChoice => choice(kind, 'better')

function fromMesh(facts: RouteFacts): RouteChoice {
  if (facts.relay === 'none') return stay('mesh')
  const { occupantCount, pairs, uplinksLimited } = facts
  if (occupantCount > limits.meshOccupantsMax) return choice('relayed', 'need', 'occupants')
  // A relay that someone cannot reach takes nobody's trouble away.
  if (!isReached(facts)) return stay('mesh')
  const has = (...verdicts: readonly PathVerdict[]): boolean =>
    pairs.some(({ verdict }) => verdicts.includes(verdict))
  if (has('unreachable', 'silent')) return choice('relayed', 'need', 'direct-failed')
  if (has('undecoded')) return choice('relayed', 'need', 'decoding')
  // Who loses packets on the way to the relay, too, loses them at home.
  if (has('lossy') && !facts.toRelay.some(({ verdict }) => verdict === 'lossy')) {
    return choice('relayed', 'strain', 'loss')
  }
  // For two people a relay takes nothing off an uplink.
  if (uplinksLimited > 0 && occupantCount > 2) return choice('relayed', 'strain', 'uplink')
  const marginMs = quickerByRelayMs(facts)
  return marginMs === null ? stay('mesh') : { ...choice('relayed', 'better', 'latency'), marginMs }
}

const broken: readonly PathVerdict[] = ['unreachable', 'silent', 'undecoded']

const isReached = ({ toRelay }: RouteFacts): boolean =>
  !toRelay.some(({ verdict }) => broken.includes(verdict))

/** RP3: what the pair that gains most gains, where that is much. */
function quickerByRelayMs({ pairs }: RouteFacts): number | null {
  const gains = pairs.flatMap(({ rttMs, throughRelayMs }) => {
    if (rttMs === null || throughRelayMs === null) return []
    const gainMs = rttMs - throughRelayMs
    return gainMs >= limits.latencyGainMs && gainMs >= limits.latencyGainShare * rttMs ? [gainMs] : []
  })
  return gains.length === 0 ? null : Math.max(...gains)
}

function fromRelay(facts: RouteFacts): RouteChoice {
  const { occupantCount, pairs, relay, isRelayLost } = facts
  const isDirect = pairs.length > 0 && pairs.every(({ verdict }) => verdict === 'good')
  const why = relayTrouble(facts)
  if (why !== null) {
    const isFew = occupantCount <= limits.meshOccupantsMax
    if (isFew && isDirect) return choice('mesh', 'need', why)
    if (relay !== 'none') return choice('relayed', 'need', why)
    // Of nothing and a mesh of many the mesh is the better; one that only drains still serves.
    return isRelayLost ? choice('mesh', 'need', why, 'no-relay') : stay('relayed')
  }
  const isFew = occupantCount <= limits.meshReturnOccupantsMax
  if (!isFew || !isDirect || !pairs.every(isQuickEnough)) return stay('relayed')
  const gains = pairs.flatMap(({ rttMs, throughRelayMs }) =>
    rttMs === null || throughRelayMs === null ? [] : [throughRelayMs - rttMs],
  )
  const marginMs = gains.length === 0 ? null : Math.max(...gains)
  return { ...choice('mesh', 'better', 'direct-better'), marginMs }
}

/** RP2: direct costs nobody anything, so that it may be a little slower. */
const isQuickEnough = ({ rttMs, throughRelayMs }: RouteFacts['pairs'][number]): boolean =>
  rttMs !== null && (throughRelayMs === null || rttMs <= throughRelayMs + limits.directSlackMs)
