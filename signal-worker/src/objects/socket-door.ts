/** The opening of a socket: which subprotocols were offered, and how a stranger is told why not (SK1–SK3). */
import { closeCodes, type CloseReason } from '@video-room/shared/errors.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { socketProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import * as v from 'valibot'

export interface SocketOffer {
  /** Nothing was offered, or ours was among it. Otherwise the far end speaks only what we do not. */
  readonly isOurs: boolean
  /** What to select; a protocol that was not offered must not be (RFC 6455, section 4.2.2). */
  readonly select: string | null
  /** As it was presented. */
  readonly token: string | null
}

export function socketOfferOf(request: Request, ours = socketProtocol): SocketOffer {
  const header = request.headers.get('Sec-WebSocket-Protocol') ?? ''
  const offered = header.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
  const tokens = offered.filter((protocol) => protocol.startsWith(tokenProtocolPrefix))
  const speaks = offered.includes(ours)
  return {
    isOurs: speaks || offered.length === 0,
    select: speaks ? ours : null,
    token: tokens[0]?.slice(tokenProtocolPrefix.length) ?? null,
  }
}

export function answerSocket(offer: SocketOffer, socket: WebSocket): Response {
  const headers = offer.select === null ? {} : { 'Sec-WebSocket-Protocol': offer.select }
  return new Response(null, { status: 101, webSocket: socket, headers })
}

/** How the room tells the worker that a socket is not for it; the worker then tells the far end. */
export const turnedAway = (reason: CloseReason): Response => Response.json({ reason }, { status: 403 })

const turnedAwaySchema = v.object({ reason: v.picklist(entriesOf(closeCodes).map(([reason]) => reason)) })

/**
 * Accepts only to say why not: a browser cannot read the status of a refused upgrade (SK3). Done in the worker, not in
 * the room's object: a socket that hibernates and never spoke closes 2 s late (workerd 1.20261006), this one at once.
 */
export async function closedAtOnce(offer: SocketOffer, answer: Response): Promise<Response> {
  const told = v.safeParse(turnedAwaySchema, await answer.json())
  const reason = told.success ? told.output.reason : 'internal'
  const { 0: far, 1: near } = new WebSocketPair()
  near.accept()
  near.close(closeCodes[reason], reason)
  return answerSocket(offer, far)
}
