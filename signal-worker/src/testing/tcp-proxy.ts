/** A network between a test and a server that can be slow, break in the middle of an answer, or lead elsewhere. Plain TCP. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** How long each piece takes on its way there and back, from now on. Pieces keep their order. */
  slow(way: { readonly thereMs?: number; readonly backMs?: number }): void
  /** The next answer breaks off after so many bytes: the connection is reset. */
  breakAfter(bytes: number): void
  /** Where new connections lead; the ones there are break. As when a name or an address moves to another machine. */
  leadTo(port: number): void
  end(): Promise<void>
}

export async function startTcpProxy(firstPort: number): Promise<TcpProxy> {
  let targetPort = firstPort
  let delays = { thereMs: 0, backMs: 0 }
  let bytesLeft = Number.POSITIVE_INFINITY
  const sockets = new Set<Socket>()
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const later = (ms: number, act: () => void): void => {
    if (ms === 0) return act()
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }
  const server = createServer((near) => {
    keep(near)
    const far = connect(targetPort, '127.0.0.1')
    keep(far)
    near.setNoDelay(true)
    far.setNoDelay(true)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.on('data', (piece) => later(delays.thereMs, () => far.write(piece)))
    far.on('data', (piece) =>
      later(delays.backMs, () => {
        if (piece.length <= bytesLeft) {
          bytesLeft -= piece.length
          near.write(piece)
          return
        }
        const part = piece.subarray(0, bytesLeft)
        bytesLeft = Number.POSITIVE_INFINITY
        // What was written must arrive before the reset does.
        near.write(part, () => near.resetAndDestroy())
        far.destroy()
      }),
    )
  })
  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    slow({ thereMs = 0, backMs = 0 }) {
      delays = { thereMs, backMs }
    },
    breakAfter(bytes) {
      bytesLeft = bytes
    },
    leadTo(port) {
      targetPort = port
      breakAll()
    },
    async end() {
      for (const timer of timers) clearTimeout(timer)
      breakAll()
      server.close()
      await once(server, 'close')
    },
  }
}
