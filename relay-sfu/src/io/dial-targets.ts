/** Where another relay is asked, and from where: its UDP candidates, from each bound address of their family. */
import { isIP, SocketAddress } from 'node:net'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { relayLimits } from '../limits.ts'
import type { LinkIndex, RemoteAddress } from '../media/boundary.ts'
import { dialSocketOf } from './dial-sockets.ts'

/** RFC 8445, section 6.1.2: the pairs of a dialled link, in the order of the candidates. */
export function dialTargets(
  link: LinkIndex,
  candidates: readonly RelayCandidate[],
  bindAddresses: readonly string[],
): readonly RemoteAddress[] {
  return pairsOf(candidates, bindAddresses)
    .map(({ bound, ...to }) => ({ ...to, socket: dialSocketOf(link, bindAddresses, bound) }))
    .slice(0, relayLimits.linkAddressesMax)
}

/** The first one that can be asked at all, from the relay's own port. */
export function probeTarget(
  candidates: readonly RelayCandidate[],
  bindAddresses: readonly string[],
): RemoteAddress | null {
  const [first] = pairsOf(candidates, bindAddresses)
  return first ? { socket: first.bound, address: first.address, port: first.port } : null
}

interface Pair {
  /** Which of the bound addresses. */
  readonly bound: number
  readonly address: string
  readonly port: number
}

function pairsOf(candidates: readonly RelayCandidate[], bindAddresses: readonly string[]): readonly Pair[] {
  return candidates.flatMap(({ protocol, address, port }) => {
    const family = isIP(address)
    if (protocol !== 'udp' || family === 0) return []
    // As sockets spell it: an answer is known by the text of where it comes from.
    const spelled = new SocketAddress({ address, family: family === 6 ? 'ipv6' : 'ipv4' }).address
    return bindAddresses.flatMap((own, bound) =>
      isIP(own) === family ? [{ bound, address: spelled, port }] : [],
    )
  })
}
