/** JSON over kept connections, which are closed when a turn ends: workerd drops those that are silent while others have theirs. */
import { Agent, request } from 'node:http'

export interface HttpLine {
  /** Rejects on any status but 2xx. */
  ask(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>
  close(): void
}

let addresses = 0
/** The worker's own limit per address would end a benchmark: every request comes from another one. */
function newAddress(): string {
  addresses += 1
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
}

export function openHttp(origin: string): HttpLine {
  const agent = new Agent({ keepAlive: true })
  return {
    ask: (method, path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const asked = request(`${origin}${path}`, {
          agent,
          method,
          headers: { 'Content-Type': 'application/json', 'CF-Connecting-IP': newAddress(), ...headers },
        })
        asked.on('error', reject)
        asked.on('response', (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            const status = response.statusCode ?? 0
            if (status >= 200 && status < 300) resolve(JSON.parse(text))
            else reject(new Error(`${method} ${path}: ${status} ${text}`))
          })
        })
        asked.end(body === undefined ? undefined : JSON.stringify(body))
      }),
    close: () => agent.destroy(),
  }
}
