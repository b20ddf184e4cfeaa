/** A door in front of the worker that can be slammed: the tests' network failure. Plain TCP, it understands nothing. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Door {
  readonly port: number
  /** Ends every connection without a goodbye (RST); new ones are let through. */
  cut(): void
  /** Ends every connection and lets nobody in until `open`. */
  shut(): void
  open(): void
  close(): Promise<void>
}

export async function startDoor(port: number): Promise<Door> {
  const sockets = new Set<Socket>()
  let isShut = false
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    if (isShut) {
      near.resetAndDestroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the door has no port')
  return {
    port: address.port,
    cut,
    shut() {
      isShut = true
      cut()
    },
    open() {
      isShut = false
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
