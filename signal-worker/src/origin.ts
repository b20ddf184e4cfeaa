/** Which pages may use this deployment (HT6), and what a browser must hear for it (Fetch, CORS protocol). */
import type { Config } from './config.ts'

/** No Origin is a server or a native app: it passes, because cookies play no part and tokens prove everything. */
export function isOriginAllowed(config: Config, request: Request): boolean {
  const origin = request.headers.get('Origin')
  if (origin === null) return true
  return config.allowedOrigins.some((allowed) => {
    if (allowed === '*') return true
    if (allowed !== 'same-origin') return allowed === origin
    return origin === new URL(request.url).origin || origin === config.publicUrl
  })
}

export function withCors(response: Response, origin: string | null): Response {
  if (origin === null || response.status === 101) return response
  const headers = new Headers(response.headers)
  headers.set('Access-Control-Allow-Origin', origin)
  headers.set('Access-Control-Expose-Headers', 'Retry-After')
  headers.append('Vary', 'Origin')
  return new Response(response.body, { status: response.status, headers })
}

/** Two hours is the longest that Chromium remembers a preflight. */
const preflightSeconds = 7_200

export const preflight = (): Response =>
  new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': 'GET, POST, DELETE',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key',
      'Access-Control-Max-Age': String(preflightSeconds),
    },
  })
