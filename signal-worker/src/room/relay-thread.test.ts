import { secretSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { ThreadCandidate } from '@video-room/shared/relay-threads.ts'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { relayConnected, withRelays } from './relay.ts'
import { relayOf, type ServingRelay } from './relay-state.ts'
import { wayTo } from './relay-thread.ts'
import { connection, knownRelay, relay, room, tokenHash, type RoomFixture } from './room-fixture.ts'
import { readStoredState } from './stored-state.ts'

const at = (port: number) => ({ protocol: 'udp', address: '192.0.2.1', port }) as const
/** Thread `i` listens at 3478 + `i`. */
const candidates: ThreadCandidate[] = [at(3478), { ...at(3479), thread: 1 }, { ...at(3480), thread: 2 }]

const summoned = (r: RoomFixture, secret = 'sin1'): RoomFixture =>
  r.feed({
    type: 'relay-summoned',
    purpose: 'route',
    relay: { ...knownRelay('sin', secret), candidates },
  })
const served = (thread?: number): RoomFixture =>
  summoned(room({ route: 'relay' }).enter('host')).openRelay('sin', 'sin1', 'sin2', thread)

function servingOf({ state }: RoomFixture): ServingRelay {
  const serving = relayOf(state.relay, relay('sin'))
  if (serving === null) throw new Error('it serves the room')
  return serving
}
const portsOf = (r: RoomFixture): readonly number[] => wayTo(servingOf(r)).map((one) => one.port)

describe('the media thread that a room is on', () => {
  it.each([0, 1, 2])('RG8 is the one that the relay names, and tickets lead there alone: %i', (thread) => {
    const r = served(thread)
    expect(wayTo(servingOf(r))).toEqual([at(3478 + thread)])
    expect(servingOf(r).candidates).toHaveLength(1)
  })

  it('RG8 is thread 0 of a relay that names none', () => {
    expect(portsOf(served())).toEqual([3478])
  })

  it('RG8 a thread that the relay does not have ends the socket, and the secret stays good', () => {
    const r = served(3)
    expect(r.closed('sin')).toBe('unauthorised')
    expect(relayOf(r.state.relay, relay('sin'))).toBeNull()
    r.openRelay('again', 'sin1', 'sin2', 2)
    expect(portsOf(r)).toEqual([3480])
  })

  it('RG8 stays the same over sockets: another one is refused', () => {
    const r = served(1).close('sin')
    r.openRelay('other', 'sin2', 'sin3', 2)
    expect(r.closed('other')).toBe('unauthorised')
    expect(portsOf(r)).toEqual([3479])
    r.openRelay('same', 'sin2', 'sin3', 1)
    expect(servingOf(r).presence).toMatchObject({ kind: 'present', connectionId: connection('same') })
    expect(portsOf(r)).toEqual([3479])
  })

  it('RG8 may be another one after a summons: the relay may have forgotten the room', () => {
    const r = summoned(served(1).close('sin'), 'sin5')
    // Until it comes the way is what it was.
    expect(portsOf(r)).toEqual([3479])
    r.openRelay('back', 'sin5', 'sin6', 2)
    expect(portsOf(r)).toEqual([3480])
    expect(servingOf(r).candidates).toHaveLength(1)
  })

  it('RG8 of a branch as of any other', () => {
    const { state, atMs } = room({ route: 'relay' }).enter('host').serve('fra')
    const branchSearch = {
      kind: 'awaited',
      untilMs: atMs + limits.relayConnectMs,
      relay: { ...knownRelay('sin'), candidates },
    } as const
    const connected = relayConnected(withRelays(state, { branchSearch }), {
      type: 'relay-connected',
      atMs,
      connectionId: connection('sin'),
      tokenHash: tokenHash('sin1'),
      resumeToken: v.parse(secretSchema, 's'.repeat(43)),
      resumeTokenHash: tokenHash('sin2'),
      thread: 1,
    })
    expect(connected.state.relay.branches.map(wayTo)).toEqual([[at(3479)]])
  })

  it('RG8 is thread 0 of a relay that an older build stored', () => {
    const { state } = room({ route: 'relay' }).enter('host').serve('sin')
    const { serving } = state.relay
    if (serving === null) throw new Error('it serves the room')
    const { thread: _thread, ...older } = serving
    const stored = JSON.stringify({ ...state, relay: { ...state.relay, serving: older } })
    expect(readStoredState(state.version, stored)).toEqual(state)
  })
})
