/** Firefox never sends to a candidate on 127.0.0.1 (measured: `failed` after 5 s, not one packet). */
import { networkInterfaces } from 'node:os'

/** An IPv4 address of this machine that is not the loopback. */
export function machineAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    const found = addresses?.find(({ internal, family }) => !internal && family === 'IPv4')
    if (found) return found.address
  }
  throw new Error('these tests need an IPv4 address that is not the loopback')
}
