/** Serves the PeerJS page and the signalling server of `peer`; prints one line `{"pagePort":…,"signalPort":…}`. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PeerServer } from 'peer'

const portOf = (server: Pick<Server, 'address'>): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}

const library = await readFile(createRequire(import.meta.url).resolve('peerjs/dist/peerjs.min.js'))
const html = await readFile(join(import.meta.dirname, 'peerjs.html'))
const pages = createServer((request, response) => {
  const isLibrary = request.url === '/peerjs.min.js'
  response.setHeader('content-type', isLibrary ? 'text/javascript' : 'text/html')
  response.end(isLibrary ? library : html)
})
pages.listen(0, '127.0.0.1')
await once(pages, 'listening')
PeerServer({ host: '127.0.0.1', port: 0 }, (signalling) => {
  console.log(JSON.stringify({ pagePort: portOf(pages), signalPort: portOf(signalling) }))
})
