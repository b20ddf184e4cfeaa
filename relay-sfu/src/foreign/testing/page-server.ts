/**
 * Serves the page as native modules, straight from the sources: types are stripped as Node does it for the relay itself, and an
 * import map says where packages are. Pages speak with their test over a socket.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { WebSocketServer, type WebSocket } from 'ws'
import { within } from '../../io/testing/wire.ts'
import type { PageCalls, PageMessage, PageRequest } from './page/page-protocol.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const entry = '/relay-sfu/src/foreign/testing/page/relay-page.ts'
/** Nothing else is served. */
const served =
  /^\/(shared\/src|relay-sfu\/src\/foreign\/testing\/page)\/[\w/-]+\.ts$|^\/node_modules\/valibot\/dist\/index\.mjs$/
const imports = { valibot: '/node_modules/valibot/dist/index.mjs', '@video-room/shared/': '/shared/src/' }
const html = `<!doctype html><meta charset="utf-8"><title>relay page</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<body><script type="module" src="${entry}"></script>`

const callMs = 20_000

/** One page, wherever it runs. */
export class PageLink {
  onSignal: (payload: string) => void = () => {}
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (message: PageMessage) => void>()
  #calls = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#heard(JSON.parse(data.toString('utf8')) as PageMessage))
  }

  async call<Name extends keyof PageCalls>(
    name: Name,
    ...[argument]: Parameters<PageCalls[Name]>
  ): Promise<Awaited<ReturnType<PageCalls[Name]>>> {
    this.#calls += 1
    const id = this.#calls
    const answered = new Promise<PageMessage>((resolve) => this.#waiting.set(id, resolve))
    const request: PageRequest = { id, call: name, argument: argument ?? null }
    this.#socket.send(JSON.stringify(request))
    const message = await within(callMs, `answer of the page to ${name}`, answered)
    if (message.type !== 'answer') throw new Error(message.type === 'failure' ? message.error : name)
    return message.value as Awaited<ReturnType<PageCalls[Name]>>
  }

  #heard(message: PageMessage): void {
    if (message.type === 'signal') return this.onSignal(message.payload)
    this.#waiting.get(message.id)?.(message)
    this.#waiting.delete(message.id)
  }
}

export class PageServer {
  readonly #server: Server
  readonly #sockets: WebSocketServer
  readonly #expected = new Map<string, (link: PageLink) => void>()
  #pages = 0

  static async start(): Promise<PageServer> {
    const server = createServer((request, response) => void answer(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new PageServer(server)
  }

  private constructor(server: Server) {
    this.#server = server
    this.#sockets = new WebSocketServer({ server })
    this.#sockets.on('connection', (socket, { url = '' }) => {
      this.#expected.get(url)?.(new PageLink(socket))
      this.#expected.delete(url)
    })
  }

  /** An address for one page, and the page once it is there. */
  expectPage(): { readonly url: string; readonly arrived: Promise<PageLink> } {
    this.#pages += 1
    const path = `/?page=${this.#pages}`
    const arrived = new Promise<PageLink>((resolve) => this.#expected.set(path, resolve))
    const address = this.#server.address()
    if (typeof address !== 'object' || address === null) throw new Error('not listening')
    return { url: `http://127.0.0.1:${address.port}${path}`, arrived: within(callMs, 'page', arrived) }
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://page').pathname
  if (path === '/') return void response.writeHead(200, { 'content-type': 'text/html' }).end(html)
  if (!served.test(path)) return void response.writeHead(404).end()
  const text = await readFile(`${root}${path}`, 'utf8')
  response
    .writeHead(200, { 'content-type': 'text/javascript' })
    .end(path.endsWith('.ts') ? stripTypeScriptTypes(text) : text)
}
