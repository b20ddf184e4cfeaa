/**
 * Decides: which port to listen on.
 * Does not decide: who listens there.
 * Invariants: a port that was asked for by number is never exchanged for another one.
 */
import { createServer } from 'node:net'

/** How many ports after the usual one are tried before giving up: more than anyone runs at once. */
const triesMax = 20

/** The port that could be listened on just now, or null. 0 asks the system for any. */
export async function tryPort(port: number, host: string): Promise<number | null> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(null))
    server.listen(port, host, () => {
      const address = server.address()
      const got = typeof address === 'object' && address ? address.port : null
      server.close(() => resolve(got))
    })
  })
}

/** `wanted` as in StartOptions: null lets us look upwards from `usual`. Throws when nothing is free. */
export async function choosePort(wanted: number | null, usual: number, host: string): Promise<number> {
  const candidates =
    wanted === null ? Array.from({ length: triesMax }, (_, index) => usual + index) : [wanted]
  for (const candidate of candidates) {
    const port = await tryPort(candidate, host)
    if (port !== null) return port
  }
  throw new Error(
    wanted === null
      ? `ports ${usual} to ${usual + triesMax - 1} are all taken: name a free one with --port N`
      : `port ${wanted} is taken: name another one with --port N`,
  )
}
