/** Which UDP ports this machine would give. */
import { createSocket } from 'node:dgram'

/** Binds the port on every IPv4 address for a moment; 0 asks for any free one. Answers its number, or throws. */
async function bindOnce(port: number): Promise<number> {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(port, '0.0.0.0', resolve)
    })
    return socket.address().port
  } finally {
    socket.close()
  }
}

/** One that is free on every address just now. Throws where nobody may listen. */
export const freeUdpPort = (): Promise<number> => bindOnce(0)

export const udpPortIsFree = (port: number): Promise<boolean> =>
  bindOnce(port).then(
    () => true,
    () => false,
  )
