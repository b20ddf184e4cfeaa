/**
 * A webhook receiver on a real socket for the tests in workerd, which cannot listen themselves (vitest globalSetup).
 * `POST /hook/<name>/<answers>` answers one after another of `answers` (statuses, or `drop` for a cut connection), the
 * last one for ever; `GET /seen/<name>` tells what came.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    readonly webhookReceiver: string
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8')
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const seen = new Map<string, unknown[]>()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, route = '', name = '', answers = '200'] = (request.url ?? '').split('/')
    const came = seen.get(name) ?? []
    if (route === 'seen') {
      response.end(JSON.stringify(came))
      return
    }
    seen.set(name, came)
    came.push({ headers: request.headers, body: await textOf(request) })
    const turns = answers.split(',')
    const turn = turns[Math.min(came.length, turns.length) - 1] ?? '200'
    if (turn === 'drop') {
      response.destroy()
      return
    }
    response.writeHead(Number(turn), { Location: `/hook/${name}-elsewhere` }).end('words of the receiver')
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  project.provide('webhookReceiver', `http://127.0.0.1:${address.port}`)
  return async () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}
