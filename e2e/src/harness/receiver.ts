/** An embedder's backend that hears of its rooms: it checks every signature before it believes a word (WH1). */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import * as v from 'valibot'

const eventSchema = v.object({
  type: v.string(),
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
  data: v.looseObject({ roomId: v.string(), occupancyCount: v.number() }),
})

export interface Delivery {
  readonly id: string
  readonly isSigned: boolean
  readonly body: string
  readonly event: v.InferOutput<typeof eventSchema>
}

export interface Receiver {
  readonly url: string
  /** As an operator writes it: `whsec_` and base64. */
  readonly secret: string
  /** Everything that came, refused or not, in order. */
  readonly deliveries: readonly Delivery[]
  /** Answers the next delivery of this type with 503. */
  refuseNext(type: string): void
  end(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const key = Buffer.from('thirty-two bytes for e2e tests ..')
  const deliveries: Delivery[] = []
  const refused = new Set<string>()

  const take = async (request: IncomingMessage): Promise<number> => {
    request.setEncoding('utf8')
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const header = (name: string): string => String(request.headers[name])
    const id = header('webhook-id')
    const mac = createHmac('sha256', key).update(`${id}.${header('webhook-timestamp')}.${body}`)
    const expected = Buffer.from(`v1,${mac.digest('base64')}`)
    const isSigned = header('webhook-signature')
      .split(' ')
      .map((signature) => Buffer.from(signature))
      .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected))
    const event = v.parse(eventSchema, JSON.parse(body))
    deliveries.push({ id, isSigned, body, event })
    return refused.delete(event.type) ? 503 : 204
  }

  const server = createServer((request, response) => {
    take(request).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  return {
    url: `http://127.0.0.1:${address.port}/rooms`,
    secret: `whsec_${key.toString('base64')}`,
    deliveries,
    refuseNext: (type) => void refused.add(type),
    async end() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
