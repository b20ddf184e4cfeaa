/**
 * Decides: the routes of PROTOCOL.md (HT): proof, origin, rate and body are checked here, once, before a room is woken.
 * Does not decide: anything about a room (objects/room-object.ts).
 * Invariants: every refusal is typed; no answer is cached; a room id that cannot exist wakes nothing.
 */
import type { HttpErrorCode } from '@video-room/shared/errors.ts'
import { secretSchema } from '@video-room/shared/ids.ts'
import {
  controlRequestSchema,
  joinRequestSchema,
  type JoinResponse,
} from '@video-room/shared/protocol/http.ts'
import { protocolVersion, relayProtocol } from '@video-room/shared/protocol/version.ts'
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import { readBody } from './body.ts'
import type { Config } from './config.ts'
import { createRoom } from './create-room.ts'
import { bearerOf, provenCreator } from './creators/creator.ts'
import type { Env } from './env.ts'
import { log, logBug } from './log.ts'
import type { RoomAnswer } from './objects/room-desk.ts'
import { registryOf } from './objects/relay-registry.ts'
import { closedAtOnce, socketOfferOf, turnedAway, type SocketOffer } from './objects/socket-door.ts'
import { addOperatorRoutes } from './operator-routes.ts'
import { isKnownKey } from './known-key.ts'
import { isOriginAllowed, preflight, withCors } from './origin.ts'
import { Rejections } from './rejections.ts'
import { refusal, type RefusalDetails } from './refusal.ts'
import { whereaboutsOf } from './relays/whereabouts.ts'
import { withWhereabouts } from './request-whereabouts.ts'
import { RequestLimit } from './request-limit.ts'
import { roomIdOfUrl } from './room-address.ts'

type RoomContext = Context<{ Bindings: Env }>
interface SocketObject {
  readonly fetch: (request: Request) => Promise<Response>
}

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const loopbackAddresses: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

export function createApp(config: Config, now: () => number = Date.now): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>()
  const requestLimit = new RequestLimit()
  const rejections = new Rejections((counts) => log('info', 'rejected', { at: 'edge', counts }))

  const refused = (code: HttpErrorCode, details?: RefusalDetails): Response => {
    rejections.count(code, now())
    return refusal(code, details)
  }
  /** An object refused, and has counted it. */
  const refusedBy = (answer: RoomAnswer<unknown> & { readonly ok: false }): Response =>
    refusal(answer.code, detailsOf(answer))

  /** The object accepts the socket, or says why not and the worker tells the far end. */
  const socketTo = async (object: SocketObject, request: Request, offer: SocketOffer): Promise<Response> => {
    if (!offer.isOurs) return refused('unsupported_version')
    const answer = await object.fetch(request)
    return answer.status === 101 ? answer : closedAtOnce(offer, answer)
  }

  app.use('*', async (context, next) => {
    const { request, isApi } = { request: context.req.raw, isApi: isApiPath(context.req.path) }
    if (!isApi) return next()
    const origin = request.headers.get('Origin')
    if (!isOriginAllowed(config, request)) return refused('origin_not_allowed')
    if (request.method === 'OPTIONS') return withCors(preflight(), origin)
    const source = request.headers.get('CF-Connecting-IP') ?? ''
    if (!requestLimit.admits(source, now())) return withCors(refused('rate_limited'), origin)
    await next()
    if (context.res.status === 101) return
    context.res.headers.set('Cache-Control', 'no-store')
    context.res = withCors(context.res, origin)
  })

  app.post('/room/create', async (context) => {
    const creator = await provenCreator(config, context.req.raw, now())
    if (!creator.ok) return refused(creator.code)
    const made = await createRoom(context.env, config, creator.value, context.req.raw)
    if (made.ok) return context.json(made.value, 201)
    return made.isCounted ? refusal(made.code, detailsOf(made)) : refused(made.code, detailsOf(made))
  })

  app.post('/room/:id/join', async (context) => {
    const room = await roomOf(context)
    if (room === null) return refused('room_not_found')
    const body = await readBody(context.req.raw, joinRequestSchema)
    if (!body.ok) return refused(body.code, detailsOf(body))
    const joined = await room.join(body.value, whereaboutsOf(context.req.raw.cf))
    if (!joined.ok) return refusedBy(joined)
    const answer: JoinResponse = { ...joined.value, iceServers: [...config.iceServers] }
    return context.json(answer)
  })

  app.get('/room/:id/info', async (context) => {
    const info = await (await roomOf(context))?.info()
    if (info === undefined) return refused('room_not_found')
    return info.ok ? context.json(info.value) : refusedBy(info)
  })

  app.post('/room/:id/control', async (context) => {
    const creator = await provenCreator(config, context.req.raw, now())
    if (!creator.ok) return refused(creator.code)
    const room = await roomOf(context)
    if (room === null) return refused('room_not_found')
    const body = await readBody(context.req.raw, controlRequestSchema)
    if (!body.ok) return refused(body.code, detailsOf(body))
    const done = await room.control(body.value, creator.value.id)
    return done.ok ? context.body(null, 204) : refusedBy(done)
  })

  app.delete('/room/:id', async (context) => {
    const room = await roomOf(context)
    if (room === null) return refused('room_not_found')
    const bearer = bearerOf(context.req.raw)
    if (bearer === null) return refused('not_allowed')
    const token = v.safeParse(secretSchema, bearer)
    if (!token.success) return refused('token_invalid')
    const ended = await room.end(token.output)
    return ended.ok ? context.body(null, 204) : refusedBy(ended)
  })

  app.get('/room/:id/socket', async (context) => {
    const room = await roomOf(context)
    if (!isUpgrade(context)) return refused('upgrade_required')
    if (room === null) return refused('room_not_found')
    return socketTo(room, context.req.raw, socketOfferOf(context.req.raw))
  })

  app.get('/room/:id/relay', async (context) => {
    const room = await roomOf(context)
    if (!isUpgrade(context)) return refused('upgrade_required')
    if (room === null) return refused('room_not_found')
    return socketTo(room, context.req.raw, socketOfferOf(context.req.raw, relayProtocol))
  })

  app.get('/relay/socket', async (context) => {
    if (!isUpgrade(context)) return refused('upgrade_required')
    const offer = socketOfferOf(context.req.raw, relayProtocol)
    if (offer.isOurs && !(await isKnownKey(config.relayKeyHashes, offer.token))) {
      rejections.count('unauthorised', now())
      return closedAtOnce(offer, turnedAway('unauthorised'))
    }
    return socketTo(registryOf(context.env), withWhereabouts(context.req.raw), offer)
  })

  addOperatorRoutes(app, config, refused)

  app.get('/health', (context) => context.json({ ok: true, version: protocolVersion }))

  app.get('/development', (context) => {
    const key = config.developmentCreatorKey
    return key !== null && isFromThisMachine(context.req.raw)
      ? context.json({ creatorKey: key })
      : refused('not_found')
  })

  app.all('/room/create', () => refused('method_not_allowed', { allow: 'POST' }))
  app.all('/room/:id/join', () => refused('method_not_allowed', { allow: 'POST' }))
  app.all('/room/:id/control', () => refused('method_not_allowed', { allow: 'POST' }))
  app.all('/room/:id/info', () => refused('method_not_allowed', { allow: 'GET' }))
  app.all('/room/:id/socket', () => refused('method_not_allowed', { allow: 'GET' }))
  app.all('/room/:id/relay', () => refused('method_not_allowed', { allow: 'GET' }))
  app.all('/relay/socket', () => refused('method_not_allowed', { allow: 'GET' }))
  app.all('/room/:id', () => refused('method_not_allowed', { allow: 'DELETE' }))
  app.all('/health', () => refused('method_not_allowed', { allow: 'GET' }))
  app.all('/development', () => refused('method_not_allowed', { allow: 'GET' }))

  app.notFound((context) => {
    if (isApiPath(context.req.path)) return refused('not_found')
    return context.env.ASSETS?.fetch(context.req.raw) ?? refused('not_found')
  })

  app.onError((error) => {
    logBug('request', error)
    return refused('internal')
  })

  return app
}

const isApiPath = (path: string): boolean =>
  /^\/(?:room(?:\/|$)|relays?(?:\/|$)|metrics$|health$|development$)/.test(path)

const isUpgrade = (context: RoomContext): boolean =>
  context.req.header('Upgrade')?.toLowerCase() === 'websocket'

const detailsOf = ({ field, retryAfterMs }: RefusalDetails): RefusalDetails => ({
  ...(field === undefined ? {} : { field }),
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
})

/** The room of this path, or null when no room can have such an address. */
async function roomOf(context: RoomContext) {
  const roomId = await roomIdOfUrl(context.req.url)
  return roomId === null ? null : context.env.ROOM.get(context.env.ROOM.idFromName(roomId))
}

/** Both the name that was asked for and the address that asked: a page elsewhere can rebind a name, a neighbour forge it. */
function isFromThisMachine(request: Request): boolean {
  const address = request.headers.get('CF-Connecting-IP')
  const isNear = address === null || loopbackAddresses.has(address)
  return isNear && loopbackHosts.has(new URL(request.url).hostname)
}
