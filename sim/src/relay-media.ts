/**
 * Decides: whether a publication is at a relay now: from the page that sends it, or over trunks from the relay where it is (CH2).
 * Does not decide: what should be where (the relays' control cores), what a page makes of it.
 * Invariants: nothing passes a gate that is shut: a link or a trunk that is not admitted, a source that is muted; what has come
 * over more trunks than a route may have is nobody's (CH4).
 */
import type { LinkId, OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { LinkPublication } from '@video-room/relay-sfu/control/link-command.ts'
import type { ServedSlot, SimRelay } from './sim-relay.ts'

export interface MediaPorts {
  /** Is this what the page at the far end of the link sends now, and does it arrive? */
  readonly isSent: (relay: SimRelay, linkId: LinkId, name: MediaName) => boolean
  /** The relay at the other end of a trunk that works. */
  readonly farEndOf: (relay: SimRelay, linkId: LinkId) => SimRelay | null
}

export interface MediaName {
  readonly occupantId: OccupantId
  readonly source: Source
}

export function isHere(
  relay: SimRelay,
  { linkId, source, mid }: LinkPublication,
  name: MediaName,
  ports: MediaPorts,
  hops = 0,
): boolean {
  if (source !== name.source || hops > limits.routeHopsMax) return false
  if (mid === undefined) {
    const link = relay.links.get(linkId)
    return link?.isAdmitted === true && link.forwarded.has(source) && ports.isSent(relay, linkId, name)
  }
  const own = relay.trunks.get(linkId)
  const far = ports.farEndOf(relay, linkId)
  const other = far?.trunks.get(linkId)
  if (far === null || own?.isAdmitted !== true || other?.isAdmitted !== true) return false
  const isTaken = own.incoming.some((one) => one.mid === mid && one.source === source && one.isForwarded)
  const sent = other.outgoing.find((one) => one.mid === mid)?.publication ?? null
  return isTaken && sent !== null && isHere(far, sent, name, ports, hops + 1)
}

/** What a slot showed before goes on until the other way has brought something. */
export const isShown = (relay: SimRelay, slot: ServedSlot, name: MediaName, ports: MediaPorts): boolean =>
  isHere(relay, slot.publication, name, ports) ||
  (slot.before !== null && isHere(relay, slot.before, name, ports))
