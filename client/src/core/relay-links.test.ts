import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, test } from 'vitest'
import type { SessionEffect } from './effect.ts'
import { linkOf, withLink } from './link-signals.ts'
import { sessionDeadline } from './reduce.ts'
import { carriersOf } from './track-table.ts'
import {
  host,
  isReport,
  linkTo,
  occupant,
  otherRelay,
  readingOf,
  relay,
  relayedBy,
  relayLink,
  self,
  snapshotOf,
  third,
  ticketOf,
  tokenA,
  Walk,
} from './testing/session-walk.ts'

const live = (source: 'camera' | 'microphone') => ({ source, mutedBy: null })
const signalled = (payload: string, generation = 1) =>
  ({ type: 'link-signalled', endpointId: relay, generation, payload }) as const
const wantsTicket = { type: 'ticket-wanted', endpointId: relay, generation: 1 } as const
const twoEach = { audio: 2, video: 2 }

/** Fires timers for a while; every link is alive, or silent. */
function watch(walk: Walk, forMs: number, links: 'alive' | 'silent' = 'alive'): readonly SessionEffect[] {
  const seen: SessionEffect[] = []
  const untilMs = walk.nowMs + forMs
  while (walk.nowMs < untilMs && sessionDeadline(walk.state) !== null) {
    walk.timer()
    seen.push(...walk.effects)
    if (!walk.asked.includes('sample-links')) continue
    const receivedBytes = links === 'alive' ? walk.nowMs : 0
    const readings = entriesOf(walk.state.links).map(([endpointId, { generation }]) =>
      readingOf(endpointId, generation, { receivedBytes }),
    )
    walk.take({ type: 'links-sampled', readings })
    seen.push(...walk.effects)
  }
  return seen.filter((effect) => effect.type !== 'sample-links' && !isReport(effect))
}

/** In a mesh with the host, who films; both connected. */
const meshed = (): Walk =>
  new Walk()
    .enter(occupant(self), occupant(host, [live('camera')]))
    .start(linkTo(host))
    .connected(host)

describe('the table of links in a relayed room', () => {
  test('RL1 the list names the relay link with its ticket, and its slots are there from the first offer', () => {
    const walk = new Walk().enterRelayed()
    expect(walk.effects.filter(({ type }) => type === 'open-relay-link')).toEqual([
      {
        type: 'open-relay-link',
        relayId: relay,
        generation: 1,
        ticket: ticketOf(1),
        iceServers: [],
        slots: twoEach,
        carries: true,
      },
    ])
    // What may be lost with a socket is said again once the room names the link anew (RL6).
    expect(walk.startRelayed().asked).toEqual(['repeat-facts', 'want'])
  })

  test('RL1 a relay link that is known stays as it is, whatever ticket comes with it', () => {
    const walk = new Walk().enterRelayed().connected(relay)
    const { asked } = walk.startRelayed({ ...relayLink(), ticket: ticketOf(9) })
    expect(asked).toEqual(['repeat-facts', 'want'])
  })

  test('LK5 a relay link of a new generation is opened, then the old one closed', () => {
    const walk = new Walk().enterRelayed().connected(relay)
    expect(walk.startRelayed(relayLink(relay, 2)).asked).toEqual(['open-relay-link', 'close-link', 'want'])
    expect(walk.view.occupants[1]?.link).toBe('recovering')
  })

  test('RL1 signals to the relay travel like any other, and those that overtake the list wait for it', () => {
    const walk = new Walk().enterRelayed().take(signalled('{"facts":{}}'))
    expect(walk.sent).toEqual([{ type: 'signal', to: relay, generation: 1, payload: '{"facts":{}}' }])
    walk.hear({ type: 'signal', from: relay, generation: 2, payload: '{"slots":[]}' })
    expect(walk.asked).toEqual([])
    walk.startRelayed(relayLink(relay, 2))
    expect(walk.asked).toContain('link-signal')
  })

  test('RT3 what is said to a relay that the route does not name waits', () => {
    const walk = new Walk().enterRelayed().route(relayedBy(otherRelay)).take(signalled('[1]'))
    expect(walk.sent).toEqual([])
    expect(walk.route(relayedBy(relay)).sent).toMatchObject([{ to: relay, payload: '[1]' }])
  })

  test('LK3 a silent relay link looks for a new way, then is reported with its generation', () => {
    const walk = new Walk().enterRelayed().connected(relay)
    const asked = watch(walk, 8_000, 'silent')
    expect(asked).toEqual([
      { type: 'restart-link', endpointId: relay, generation: 1 },
      { type: 'send', attempt: 1, message: { type: 'link-failed', to: relay, generation: 1 } },
    ])
  })

  test('RT2 OccupantState.link is the state of the one relay link, of everyone', () => {
    const others = [occupant(self), occupant(host), occupant(third)]
    const walk = new Walk().enterRelayed(...others)
    const links = (): unknown[] => walk.view.occupants.map(({ link }) => link)
    expect(links()).toEqual(['none', 'connecting', 'connecting'])
    expect(walk.connected(relay) && links()).toEqual(['none', 'connected', 'connected'])
  })

  test('RT2 without a relay media waits, and the view says so', () => {
    const walk = new Walk().enter().route(relayedBy()).startRelayed(null)
    expect(walk.asked).toEqual([])
    expect(walk.view.occupants[1]?.link).toBe('connecting')
  })
})

describe('tickets (RL5)', () => {
  test('the question goes to the room, and the answer to the link', () => {
    const walk = new Walk().enterRelayed().connected(relay).take(wantsTicket)
    expect(walk.sent).toEqual([{ type: 'ask-ticket', to: relay, generation: 1 }])
    walk.hear({ type: 'ticket', relayId: relay, generation: 1, ticket: ticketOf(7) })
    expect(walk.effects).toEqual([
      { type: 'renew-relay-link', relayId: relay, generation: 1, ticket: ticketOf(7) },
    ])
  })

  test('one that nobody asked for, of another generation or of another relay changes nothing', () => {
    const walk = new Walk().enterRelayed().connected(relay)
    const before = walk.state
    walk.hear({ type: 'ticket', relayId: relay, generation: 1, ticket: ticketOf(7) })
    expect(walk.state).toBe(before)
    const asked = walk.take(wantsTicket).state
    walk.hear({ type: 'ticket', relayId: relay, generation: 2, ticket: ticketOf(7) })
    walk.hear({ type: 'ticket', relayId: otherRelay, generation: 1, ticket: ticketOf(7) })
    expect(walk.state).toBe(asked)
  })

  test('J6 a question that went down with the socket is asked anew on the next', () => {
    const walk = new Walk().enterRelayed().connected(relay).take(wantsTicket)
    const snapshot = { ...snapshotOf(5, occupant(self), occupant(host)), route: relayedBy(relay) }
    walk.lose().timer().answer()
    walk.hear({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    expect(walk.startRelayed().sent).toContainEqual({ type: 'ask-ticket', to: relay, generation: 1 })
  })

  test('J6 asked for while the room is out of reach, it is asked for when the room is back', () => {
    const walk = new Walk().enterRelayed().connected(relay).lose().take(wantsTicket)
    expect(walk.sent).toEqual([])
    const snapshot = { ...snapshotOf(5, occupant(self), occupant(host)), route: relayedBy(relay) }
    walk.timer().answer().hear({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    expect(walk.startRelayed().sent).toContainEqual({ type: 'ask-ticket', to: relay, generation: 1 })
  })
})

describe('a relay link ahead of the socket (RL3)', () => {
  const snapshot = { ...snapshotOf(5, occupant(self), occupant(host)), route: relayedBy(relay) }
  const welcome = { type: 'welcome', occupantId: self, isHost: false, snapshot } as const
  const joined = (): Walk => new Walk().join().answer({ relay: relayLink(relay, 3) })

  test('is opened with the answer to the join, and its facts wait for socket and welcome', () => {
    const walk = joined()
    expect(walk.asked).toEqual(['save-resume-token', 'open-socket', 'send', 'open-relay-link'])
    expect(walk.take(signalled('{"facts":{}}', 3)).sent).toEqual([])
    walk.hear(welcome)
    expect(walk.sent).toEqual([{ type: 'signal', to: relay, generation: 3, payload: '{"facts":{}}' }])
  })

  test('RL6 on a seat that the room knew before, media-ready is said before the facts', () => {
    const walk = new Walk().join(tokenA).answer({ relay: relayLink(relay, 3) })
    walk.take(signalled('{"facts":{}}', 3)).hear(welcome)
    expect(walk.sent.map(({ type }) => type)).toEqual(['media-ready', 'signal'])
  })

  test('is adopted when the list names the same one', () => {
    const walk = joined().hear(welcome).connected(relay, 3)
    expect(walk.startRelayed(relayLink(relay, 3)).asked).toEqual([])
    expect(walk.view.occupants[1]?.link).toBe('connected')
  })

  test('is remade when the list names another generation, and closed when it names none', () => {
    const remade = joined().hear(welcome).startRelayed(relayLink(relay, 4))
    expect(remade.asked).toEqual(['open-relay-link', 'close-link', 'want'])
    const closed = joined().hear({ ...welcome, snapshot: snapshotOf(5, occupant(self), occupant(host)) })
    expect(closed.start(linkTo(host)).asked).toEqual(['open-link', 'close-link'])
  })

  test('LK3 it is not judged before the room could have told the relay of it', () => {
    const walk = joined()
    expect(watch(walk, 2_000, 'silent')).toEqual([])
    expect(walk.state.links[relay]?.health.failed).toBe(false)
  })

  test('KN1 goes with the seat: at the door and after a refused socket there is no link', () => {
    expect(joined().hear({ type: 'knocking' }).asked).toEqual(['close-link'])
    expect(joined().lose(4410).asked).toContain('close-link')
    expect(joined().take({ type: 'leave' }).asked).toContain('close-link')
  })

  test('HT5 a resume that got another seat does not keep the link of the old one', () => {
    const walk = new Walk().enterRelayed().lose().timer()
    walk.answer({ occupantId: third, relay: relayLink(relay, 1) })
    expect(walk.asked).toEqual(['save-resume-token', 'close-link', 'open-socket', 'open-relay-link'])
  })
})

describe('from one route to the next (design 4: open before close)', () => {
  const toRelay = (): Walk => meshed().route(relayedBy(relay)).startRelayed()

  test('the mesh links stay until the relay link stands, and a little longer', () => {
    const walk = meshed().route(relayedBy(relay))
    expect(walk.asked).toEqual([])
    expect(walk.startRelayed().asked).toEqual(['open-relay-link', 'want'])
    expect(carriersOf(walk.state, host)).toEqual([host])
    expect(walk.view.occupants[1]).toMatchObject({ link: 'connected' })
    expect(walk.connected(relay).asked).toEqual([])
    // Both may carry the picture now; the new one is looked at first.
    expect(carriersOf(walk.state, host)).toEqual([relay, host])
    const asked = watch(walk, limits.linkSettleMs + limits.linkSampleMs)
    expect(asked).toEqual([{ type: 'close-link', endpointId: host, generation: 1 }])
    expect(carriersOf(walk.state, host)).toEqual([relay])
  })

  test('without a relay that answers, they end after the limit: nothing goes direct for long (RT2)', () => {
    const walk = meshed().route(relayedBy()).startRelayed(null)
    const asked = watch(walk, limits.linkDrainMs - limits.linkSampleMs)
    expect(asked).toEqual([])
    watch(walk, 2 * limits.linkSampleMs)
    expect(walk.state.links).toEqual({})
  })

  test('a relay link that was judged failed lets them go as well', () => {
    const walk = toRelay()
    const mesh = linkOf(walk.state, host, 1)
    expect(mesh?.drainUntilMs).toBe(walk.nowMs + limits.linkDrainMs)
    // As if its own limit were far away.
    if (mesh !== null)
      walk.state = withLink(walk.state, host, { ...mesh, drainUntilMs: 10 * limits.linkDrainMs })
    watch(walk, limits.linkConnectMs + limits.linkSettleMs + limits.linkSampleMs)
    expect(walk.state.links[relay]?.health.failed).toBe(true)
    expect(Object.keys(walk.state.links)).toEqual([relay])
  })

  test('one that drains is neither restarted nor reported, and closed at once when it dies', () => {
    const walk = toRelay()
    expect(
      walk.take({ type: 'link-signalled', endpointId: host, generation: 1, payload: '[]' }).sent,
    ).toEqual([])
    expect(walk.take({ type: 'link-closed', endpointId: host, generation: 1 }).effects).toEqual([
      { type: 'close-link', endpointId: host, generation: 1 },
    ])
    const silent = toRelay()
    const asked = watch(silent, limits.linkSilentMs + limits.linkSampleMs, 'silent')
    expect(asked).toEqual([{ type: 'close-link', endpointId: host, generation: 1 }])
  })

  test('PR2 an occupant who leaves takes a draining link along at once', () => {
    expect(toRelay().left(host).asked).toContain('close-link')
  })

  test('a link that had not come about is worth nothing and goes at once', () => {
    const walk = new Walk().enter().start(linkTo(host)).route(relayedBy(relay))
    expect(walk.startRelayed().asked).toEqual(['open-relay-link', 'close-link', 'want'])
  })

  test('the relay link stays until every mesh link stands', () => {
    const others = [occupant(self), occupant(host), occupant(third)]
    const walk = new Walk().enterRelayed(...others).connected(relay)
    walk.route({ kind: 'mesh', epoch: 3 }).start(linkTo(host), linkTo(third))
    expect(walk.asked).toEqual(['open-link', 'open-link'])
    walk.connected(host)
    expect([carriersOf(walk.state, host), carriersOf(walk.state, third)]).toEqual([[host, relay], [relay]])
    watch(walk, 2 * limits.linkSettleMs)
    expect(Object.keys(walk.state.links)).toContain(relay)
    walk.connected(third)
    watch(walk, 2 * limits.linkSettleMs)
    expect(Object.keys(walk.state.links)).toEqual([host, third])
  })

  test('RT3 from relay to relay, and of relays that give way only one', () => {
    const walk = new Walk().enterRelayed().connected(relay).route(relayedBy()).startRelayed(null)
    expect(walk.asked).toEqual([])
    walk.route(relayedBy(otherRelay))
    expect(walk.startRelayed(relayLink(otherRelay)).asked).toEqual(['open-relay-link', 'want'])
    walk.connected(otherRelay)
    walk.route({ kind: 'mesh', epoch: 5 })
    expect(walk.start(linkTo(host)).effects).toEqual([
      { type: 'open-link', occupantId: host, generation: 1, initiator: true, iceServers: [], carries: true },
      { type: 'close-link', endpointId: relay, generation: 1 },
    ])
  })

  test('a route that comes back finds its link still there', () => {
    const walk = toRelay()
    walk.route({ kind: 'mesh', epoch: 3 })
    expect(walk.start(linkTo(host)).asked).toEqual(['close-link'])
    watch(walk, 2 * limits.linkDrainMs)
    expect(walk.state.links[host]).toMatchObject({ generation: 1, drainUntilMs: null })
  })
})
