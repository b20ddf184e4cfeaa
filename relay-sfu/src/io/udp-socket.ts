/** One UDP socket of Node's, as the relay wants it: nobody is asked for names, and there is room for bursts. */
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { relayLimits } from '../limits.ts'
import { datagramMaxBytes, type BackEndEvents } from './back-end.ts'

/** Not bound yet; `bind` binds it during the call, since nothing is looked up. */
export function makeUdp(address: string): Socket {
  const family = isIPv6(address) ? 6 : 4
  return createSocket({
    ...(family === 6 ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' }),
    // Every address here is a number; dgram would ask for its name before every packet.
    lookup: (host, _options, done) => done(null, host, family),
  })
}

/** From when it is bound on. */
export function serveUdp(socket: Socket, number: number, events: BackEndEvents): void {
  socket.removeAllListeners('error')
  // ICMP errors of single far ends surface here on some systems; they say nothing about the socket.
  socket.on('error', () => {})
  enlarge((bytes) => socket.setRecvBufferSize(bytes))
  enlarge((bytes) => socket.setSendBufferSize(bytes))
  const from = { socket: number, address: '', port: 0 }
  socket.on('message', (bytes, { address, port }) => {
    if (bytes.length > datagramMaxBytes) return
    from.address = address
    from.port = port
    events.onDatagram(bytes, from)
  })
}

/** Linux gives what it may and says nothing, other systems refuse: then half of it, and so on. */
function enlarge(set: (bytes: number) => void): void {
  for (let bytes: number = relayLimits.socketBufferBytes; bytes > 65_536; bytes /= 2) {
    try {
      set(bytes)
      return
    } catch {
      // The next size is tried.
    }
  }
}
