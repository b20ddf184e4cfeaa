/**
 * Decides: every word about how media flows: the way, why, since when, how good, and what to do when there is none.
 * Does not decide: when it is shown (route-badge/).
 * Invariants: each table is total over its codes; a reason is one sentence about what happened, never a name for it.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { relaysFrom } from '@video-room/shared/route-tree.ts'
import type { Route, RouteReason, RouteWish } from '@video-room/shared/route.ts'
import type { LinkSample } from '../core/view.ts'
import type { LinkFigures, LinkPlace } from './route-badge/link-figures.ts'
import { words } from './words.ts'

/** The way of a route for whom it is told, of whose links a TURN server carries one or none. */
export function wayWords(route: Route, isTurned: boolean, self: OccupantId | null): string {
  if (route.kind === 'mesh') return isTurned ? words.throughTurn : words.direct
  const relays = self === null ? route.relays : relaysFrom(route, self)
  const [first, ...rest] = relays.map(({ region }) => region)
  return first === undefined ? words.waitingForRelay : words.via(first, ...rest)
}

const reasonTable: Readonly<Record<RouteReason, string | Readonly<Record<Route['kind'], string>>>> = {
  setting: 'The host chose this way for the room.',
  wish: 'Someone in the room asked for this way.',
  occupants: {
    mesh: 'Few enough people are here to connect everyone directly.',
    relayed: 'With this many people, a relay spares everyone from sending a picture to each of the others.',
  },
  'direct-failed': 'Two people could not reach each other directly.',
  loss: 'Too much was lost on a direct connection.',
  decoding: 'Pictures that came directly could not be shown.',
  uplink: 'Someone’s internet connection is too slow to send to each person separately.',
  latency: 'The relay was measured to be quicker than the direct way.',
  'direct-better': 'The direct way was measured to be as good again.',
  chain: 'Relays near to people were measured to be quicker together than one for everyone.',
  'chain-over': 'One relay was measured to be as quick as several.',
  'relay-lost': 'The relay used before was lost.',
  'relay-draining': 'The relay used before is being shut down.',
  'no-relay': 'No relay could be had.',
}

export function reasonWords(reason: RouteReason, kind: Route['kind']): string {
  const said = reasonTable[reason]
  return typeof said === 'string' ? said : said[kind]
}

/** Why the room has this route, in the order of weight. The first one of a call was not decided. */
export const whyWords = ({ kind, reasons = [] }: Route): readonly string[] =>
  reasons.length > 0
    ? reasons.map((reason) => reasonWords(reason, kind))
    : kind === 'mesh'
      ? ['A call starts directly, from person to person.']
      : []

/** Nothing flows to these people, or to nobody: what it may be, and what to do. `names` is what people are called. */
export const noMediaWords = {
  noRelay: (names: string): string =>
    `You and ${names} cannot reach each other directly, and no relay could be had. Try another network, such as the hotspot of a phone, or switch off a VPN.`,
  directOnly: (names: string): string =>
    `You and ${names} cannot reach each other directly, and this room uses no relay. Try another network, or ask the host to set “${words.mediaRoute}” to “Automatic”.`,
  slow: (names: string): string =>
    `It takes long to reach ${names}. It goes on trying. If it stays like this, try another network or switch off a VPN.`,
  waiting:
    'No relay is free at the moment. Picture and sound come by themselves as soon as one is. You can leave this page open.',
} as const

export const routeWishWords: Readonly<Record<RouteWish, string>> = {
  auto: 'Automatic',
  direct: 'Always direct',
  relay: 'Always through a relay',
}

/** What the host chooses by each. */
export const routeWishHints: Readonly<Record<RouteWish, string>> = {
  auto: 'Directly from person to person, and through a relay when that is better. It changes by itself.',
  direct: 'No relay ever. At most four people, and some networks do not let them reach each other.',
  relay: 'A relay hides the addresses of everyone from the others.',
}

/** What a link is for; a direct one leads to a person, another to a relay. */
export const linkPlaceWords: Readonly<Record<LinkPlace, string>> = {
  now: 'Carries picture and sound',
  next: 'Being prepared',
  standby: 'Stands by, carries nothing',
}

const unknown = '–'
const inMs = (ms: number | null): string => (ms === null ? unknown : `${Math.round(ms)} ms`)
const inMbps = (bps: number | null): string =>
  bps === null ? unknown : `${(bps / 1_000_000).toFixed(bps < 1_000_000 ? 2 : 1)} Mbit/s`

/** As RFC 8445 calls them; the one that this house's relays could be taken for is told apart. */
const candidateWords = (type: LinkSample['localCandidate']): string =>
  type === null ? unknown : type === 'relay' ? 'TURN' : type

/** What a person is told of a link, in this order. */
export const figureWords = (link: LinkFigures): readonly (readonly [term: string, value: string])[] => [
  ['Round trip', inMs(link.rttMs)],
  ['Jitter', inMs(link.jitterMs)],
  ['Lost', link.lossShare === null ? unknown : `${(100 * link.lossShare).toFixed(1)} %`],
  ['Received', inMbps(link.receivedBps)],
  ['Sent', inMbps(link.sentBps)],
  ['Path', `${candidateWords(link.localCandidate)} – ${candidateWords(link.remoteCandidate)}`],
]

/** A moment of this page's clock (`performance.now`), as a time of day. */
export const timeWords = (atMs: number): string =>
  new Date(performance.timeOrigin + atMs).toLocaleTimeString(undefined, { timeStyle: 'medium' })
