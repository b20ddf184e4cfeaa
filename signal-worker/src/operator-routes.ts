/**
 * Decides: the routes of operators (PROTOCOL.md, OP): the key is checked here, once, before the registry is woken.
 * Does not decide: what is known of relays (relays/relay-survey.ts), which numbers there are (metrics/), nor what draining is (the relay).
 * Invariants: where no operator key is configured nothing answers; the page needs no key, since it holds nothing.
 */
import type { HttpErrorCode } from '@video-room/shared/errors.ts'
import { relayIdSchema } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { metricsContentType } from '@video-room/shared/metrics-text.ts'
import type { RelaysResponse } from '@video-room/shared/protocol/operator.ts'
import type { Hono } from 'hono'
import * as v from 'valibot'
import type { Config } from './config.ts'
import { bearerOf } from './creators/creator.ts'
import type { Env } from './env.ts'
import { isKnownKey } from './known-key.ts'
import { deploymentMetrics } from './metrics/metrics-page.ts'
import { registryOf } from './objects/relay-registry.ts'
import { readTally } from './objects/route-tally.ts'
import type { RefusalDetails } from './refusal.ts'

type Refuse = (code: HttpErrorCode, details?: RefusalDetails) => Response

/** Its own script and style, requests to its own origin, and nothing else; no other page may hold it in a frame. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function addOperatorRoutes(app: Hono<{ Bindings: Env }>, config: Config, refused: Refuse): void {
  const { operatorKeyHashes } = config
  if (operatorKeyHashes.length === 0) return
  const isOperator = (request: Request): Promise<boolean> => isKnownKey(operatorKeyHashes, bearerOf(request))

  app.get('/relays', async (context) => {
    const request = context.req.raw
    if (wantsPage(request)) return (await pageOf(context.env, request.url)) ?? refused('not_found')
    if (!(await isOperator(request))) return refused('operator_key_required')
    const relays = await registryOf(context.env).standings()
    return context.json({ relays: [...relays] } satisfies RelaysResponse, 200, { Vary: 'Accept' })
  })

  app.get('/metrics', async (context) => {
    if (!(await isOperator(context.req.raw))) return refused('operator_key_required')
    const { env } = context
    const [relays, tally] = await Promise.all([registryOf(env).standings(), readTally(env)])
    return context.body(deploymentMetrics(relays, tally), 200, { 'Content-Type': metricsContentType })
  })

  app.post('/relays/:relayId/drain', async (context) => {
    if (!(await isOperator(context.req.raw))) return refused('operator_key_required')
    const relayId = v.safeParse(relayIdSchema, context.req.param('relayId'))
    if (!relayId.success) return refused('relay_not_found')
    const answer = await registryOf(context.env).drain(relayId.output)
    switch (answer) {
      case 'asked':
        return context.body(null, 202)
      case 'drains-already':
        return refused('relay_draining')
      case 'unknown':
        return refused('relay_not_found')
      default:
        return assertNever(answer)
    }
  })

  app.all('/metrics', () => refused('method_not_allowed', { allow: 'GET' }))
  app.all('/relays', () => refused('method_not_allowed', { allow: 'GET' }))
  app.all('/relays/:relayId/drain', () => refused('method_not_allowed', { allow: 'POST' }))
}

/** A browser that opens the address says so, and has no key yet; a program says neither. */
const wantsPage = (request: Request): boolean =>
  bearerOf(request) === null && (request.headers.get('Accept') ?? '').includes('text/html')

/** The built page; null where none is served. What the browser has kept is of no interest: it is small, and changes with a deploy. */
async function pageOf(env: Env, url: string): Promise<Response | null> {
  const page = await env.ASSETS?.fetch(new URL('/relays', url))
  if (page === undefined || !page.ok) return null
  const headers = new Headers(page.headers)
  headers.set('Content-Security-Policy', pagePolicy)
  headers.set('Referrer-Policy', 'no-referrer')
  headers.set('X-Content-Type-Options', 'nosniff')
  headers.set('Vary', 'Accept')
  return new Response(page.body, { headers })
}
