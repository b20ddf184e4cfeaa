/**
 * Decides: who is behind a trunk that is down, and so on the way back rather than gone (CH6, R7).
 * Does not decide: what is shown of it (view-of.ts).
 * Invariants: only what the room said of its trunks counts; in a mesh, and at one relay, nobody is cut off.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { homeOf, pathBetween } from '@video-room/shared/route-tree.ts'
import type { SessionState } from './state.ts'

export function isCutOff({ snapshot, seat }: SessionState, id: OccupantId): boolean {
  const cut = snapshot?.cutRelays ?? []
  if (snapshot === null || seat === null || snapshot.route.kind === 'mesh' || cut.length === 0) return false
  const { route } = snapshot
  const [here, there] = [homeOf(route, seat.occupantId), homeOf(route, id)]
  if (here === null || there === null || here === there) return false
  const path = pathBetween(route, here, there) ?? []
  const parentOf = (relayId: RelayId | undefined): RelayId | undefined =>
    route.relays.find((relay) => relay.relayId === relayId)?.parentId
  /** Of the two ends of a trunk the one that has the other as its parent is named. */
  const isDown = (child: RelayId | undefined, parent: RelayId | undefined): boolean =>
    child !== undefined && cut.includes(child) && parentOf(child) === parent
  return path.slice(1).some((relayId, at) => isDown(relayId, path[at]) || isDown(path[at], relayId))
}
