/** `/health` and `/metrics` by plain HTTP, for orchestrators and Prometheus; nothing else is answered. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { metricsContentType } from '@video-room/shared/metrics-text.ts'

export interface HealthAnswers {
  /** `isOk: false` is answered 503. The body is shown as JSON. */
  readonly health: () => { readonly isOk: boolean; readonly body: object }
  /** Prometheus text format 0.0.4. */
  readonly metrics: () => Promise<string>
}

export interface HealthServer {
  /** As bound. */
  readonly port: number
  close(): void
}

type Reply = readonly [status: number, contentType: string, body: string]

/** A scraper that sends slowly, or asks without end, must not hold anything. */
const requestMs = 5_000

async function replyTo(request: IncomingMessage, answers: HealthAnswers): Promise<Reply> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return [405, 'text/plain', 'method not allowed\n']
  const path = (request.url ?? '').split('?')[0]
  if (path === '/health') {
    const { isOk, body } = answers.health()
    return [isOk ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`]
  }
  if (path === '/metrics') {
    try {
      return [200, metricsContentType, await answers.metrics()]
    } catch {
      return [503, 'text/plain', 'no report\n']
    }
  }
  return [404, 'text/plain', 'not found\n']
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  answers: HealthAnswers,
): Promise<void> {
  const [status, contentType, body] = await replyTo(request, answers)
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' })
  response.end(request.method === 'HEAD' ? '' : body)
}

/** Resolves when it listens; rejects when it cannot. 0: any free port. */
export async function startHealth(
  at: { readonly port: number; readonly address: string },
  answers: HealthAnswers,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    request.resume()
    void answer(request, response, answers)
  })
  server.requestTimeout = requestMs
  server.headersTimeout = requestMs
  server.keepAliveTimeout = requestMs
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.address, resolve)
  })
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : at.port,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
