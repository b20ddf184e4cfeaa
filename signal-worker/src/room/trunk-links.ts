/**
 * Decides: which trunks the relays of a room have, under which id and generation, and which end dials (CH3).
 * Does not decide: which tree there is (chain-tree.ts), nor what a ticket looks like (the shell mints it).
 * Invariants: one trunk for each relay of a route, present, prepared or just left, and its parent; of a new one the child dials; an id is given once.
 */
import type { LinkId, RelayId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import type { ServedTrunk } from '@video-room/shared/protocol/relay-messages.ts'
import { linkIdAt } from './link-ids.ts'
import { relayOf, relaysOf, withRelay, type ServingRelay } from './relay-state.ts'
import { generationOf, trunkedRoutesOf } from './start.ts'
import type { RoomState } from './state.ts'

/** What `relay-links` says of a trunk, but for the ticket. */
export interface TrunkLink extends Omit<ServedTrunk, 'ticket'> {
  readonly isDialled: boolean
}

export interface Edge {
  readonly dials: ServingRelay
  readonly answers: ServingRelay
}

/** A trunk that is there stays as it is when what was its middle becomes a branch of the other end. */
function edgeBetween(child: ServingRelay, parent: ServingRelay): Edge {
  const isKnown = child.trunks[parent.relayId] !== undefined
  return isKnown ? { dials: parent, answers: child } : { dials: child, answers: parent }
}

export function edgesOf(state: RoomState): readonly Edge[] {
  const edges = new Map<string, Edge>()
  for (const route of trunkedRoutesOf(state)) {
    for (const { relayId, parentId } of route.kind === 'relayed' ? route.relays : []) {
      const child = relayOf(state.relay, relayId)
      const parent = parentId === undefined ? null : relayOf(state.relay, parentId)
      if (child === null || parent === null || child === parent) continue
      const name = [child.relayId, parent.relayId].toSorted((x, y) => (x < y ? -1 : 1)).join(' ')
      if (!edges.has(name)) edges.set(name, edgeBetween(child, parent))
    }
  }
  return [...edges.values()]
}

/** Gives every trunk that is new, or was remade, an id of the relay that answers; forgets those that are over. */
export const withTrunkIds = (state: RoomState): RoomState =>
  relaysOf(state.relay).reduce((next, { relayId }) => withTrunkIdsOf(next, relayId), state)

function withTrunkIdsOf(state: RoomState, id: RelayId): RoomState {
  const relay = relayOf(state.relay, id)
  if (relay === null) return state
  const dialling = edgesOf(state).flatMap(({ dials, answers }) => (answers === relay ? [dials.relayId] : []))
  const kept = entriesOf(relay.trunks).filter(
    ([other, { generation }]) => dialling.includes(other) && generation === generationOf(state, id, other),
  )
  const fresh = dialling.filter((other) => !kept.some(([known]) => known === other))
  if (fresh.length === 0 && kept.length === entriesOf(relay.trunks).length) return state
  const given = fresh.map((other, at): readonly [RelayId, { generation: number; linkId: LinkId }] => [
    other,
    { generation: generationOf(state, id, other), linkId: linkIdAt(relay.linkBase, relay.linkCount + at) },
  ])
  const linkCount = relay.linkCount + fresh.length
  const trunks: ServingRelay['trunks'] = Object.fromEntries([...kept, ...given])
  return { ...state, relay: withRelay(state.relay, { ...relay, linkCount, trunks }) }
}

/** Everything `relay-links` says to this relay of trunks. */
export const trunksOf = (state: RoomState, relay: ServingRelay): readonly TrunkLink[] =>
  edgesOf(state).flatMap(({ dials, answers }): readonly TrunkLink[] => {
    const named = answers.trunks[dials.relayId]
    if (named === undefined || (dials !== relay && answers !== relay)) return []
    const isDialled = dials === relay
    const { relayId, fingerprint } = isDialled ? answers : dials
    return [{ relayId, fingerprint, isDialled, ...named }]
  })

/** Is this the present attempt of a trunk between the two? */
export const isCurrentTrunk = (state: RoomState, a: RelayId, b: RelayId, generation: number): boolean =>
  edgesOf(state).some(
    ({ dials, answers }) =>
      [dials.relayId, answers.relayId].includes(a) && [dials.relayId, answers.relayId].includes(b),
  ) && generationOf(state, a, b) === generation
