/**
 * Decides: under which addresses others in the same network reach this machine.
 * Does not decide: whether a firewall lets them.
 * Invariants: no loopback, no link-local address, each once.
 */
import type { NetworkInterfaceInfo } from 'node:os'

export function lanAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): string[] {
  const addresses = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    // IPv4 alone: it is what people can type on a phone, and wrangler listens on 0.0.0.0.
    .filter((info) => info.family === 'IPv4' && !info.internal && !info.address.startsWith('169.254.'))
    .map((info) => info.address)
  return [...new Set(addresses)]
}
