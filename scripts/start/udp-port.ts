/** Which UDP ports this machine would give. */
import { createSocket } from 'node:dgram'

/** Binds the ports on every IPv4 address for a moment, all at once; 0 asks for any free one. Answers their numbers, or throws. */
async function bindOnce(ports: readonly number[]): Promise<readonly number[]> {
  const sockets = ports.map(() => createSocket('udp4'))
  const bound = sockets.map(
    (socket, at) =>
      new Promise<number>((resolve, reject) => {
        socket.once('error', reject)
        socket.bind(ports[at], '0.0.0.0', () => resolve(socket.address().port))
      }),
  )
  try {
    return await Promise.all(bound)
  } finally {
    await Promise.allSettled(bound)
    for (const socket of sockets) socket.close()
  }
}

/** As many different ones, free on every address just now. Throws where nobody may listen. */
export const freeUdpPorts = (count: number): Promise<readonly number[]> =>
  bindOnce(Array.from({ length: count }, () => 0))

export const udpPortIsFree = (port: number): Promise<boolean> =>
  bindOnce([port]).then(
    () => true,
    () => false,
  )
