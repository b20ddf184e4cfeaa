/**
 * Decides: the bytes of an IP address that a socket reported as text (RFC 4291, section 2.2).
 * Does not decide: whether the address may be talked to.
 * Invariants: never throws; an IPv4 address mapped into IPv6 is the IPv4 address.
 */

/** 4 or 16 bytes; null: not an address. A zone (`%eth0`) is left out. */
export function parseIpAddress(text: string): Uint8Array | null {
  const address = text.split('%', 1)[0] ?? ''
  return address.includes(':') ? parseIpv6(address) : parseIpv4(address)
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return null
  return Uint8Array.from(parts, Number)
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = parseGroups(halves[0] ?? '', halves.length === 1)
  const tail = parseGroups(halves[1] ?? '', true)
  if (head === null || tail === null) return null
  const missing = 16 - head.length - tail.length
  // `::` stands for at least one group; without it all eight must be there.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return null
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return isMappedIpv4(bytes) ? bytes.slice(12) : bytes
}

/** The last group of an address may be written as IPv4. */
function parseGroups(text: string, isEnd: boolean): readonly number[] | null {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    const ipv4 = isEnd && index === groups.length - 1 ? parseIpv4(group) : null
    if (ipv4 === null && !/^[0-9A-Fa-f]{1,4}$/.test(group)) return null
    const value = Number.parseInt(group, 16)
    bytes.push(...(ipv4 ?? [value >>> 8, value & 0xff]))
  }
  return bytes.length > 16 ? null : bytes
}

const isMappedIpv4 = (bytes: Uint8Array): boolean =>
  bytes.every((byte, index) => index >= 12 || byte === (index < 10 ? 0 : 0xff))
