/** Where tickets say that a relay is: its bound ports under the addresses that others reach it by. */
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import type { BoundPort } from './back-end.ts'

/** `ports` are those of a back end for `bindAddresses`: all of UDP, then all of TCP. UDP goes first: it is preferred. */
export function candidatesOf(
  bindAddresses: readonly string[],
  publicAddresses: readonly string[],
  ports: readonly BoundPort[],
): readonly RelayCandidate[] {
  const candidates = ports.flatMap(({ protocol, port }, index) => {
    const bound = bindAddresses[index % bindAddresses.length] ?? ''
    return addressesFor(bound, publicAddresses).map((address) => ({ protocol, address, port }))
  })
  const unique = new Map(candidates.map((one) => [`${one.protocol} ${one.address} ${one.port}`, one]))
  return [...unique.values()].slice(0, limits.relayCandidatesMax)
}

/** Behind a 1:1 NAT the public ones of the same family; else the bound one, and for "any" all that this machine has. */
function addressesFor(bound: string, publicAddresses: readonly string[]): readonly string[] {
  const isOfFamily = (address: string): boolean => isIPv6(address) === isIPv6(bound)
  if (publicAddresses.length > 0) return publicAddresses.filter(isOfFamily)
  if (bound !== '0.0.0.0' && bound !== '::') return [bound]
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses
      .filter(({ address, internal, scopeid }) => !internal && !scopeid && isOfFamily(address))
      .map(({ address }) => address),
  )
}
