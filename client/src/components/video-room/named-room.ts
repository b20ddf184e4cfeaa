/** Which room the attributes of the tag name, checked. */
import { secretSchema } from '@video-room/shared/ids.ts'
import * as v from 'valibot'
import { roomNameOf } from '@video-room/shared/room-name.ts'
import { routeWishSchema, type RouteWish } from '@video-room/shared/route.ts'
import type { SessionWish } from '../session-port.ts'

/** An attribute can hold anything; what is no wish leaves it to the room. */
export function routeWishOf(route: string): RouteWish {
  const wish = v.safeParse(routeWishSchema, route)
  return wish.success ? wish.output : 'auto'
}

interface Attributes {
  readonly signal: string
  readonly room: string
  readonly token: string
  readonly route: string
}

/** Null while they name none. A token that cannot be one is left out: its bearer may still knock as anyone. */
export function namedRoom({
  signal,
  room,
  token,
  route,
}: Attributes): Pick<SessionWish, 'signal' | 'roomId' | 'hostToken' | 'route'> | null {
  const roomId = roomNameOf(room)
  if (roomId === null || signal === '' || !URL.canParse(signal, document.baseURI)) return null
  const hostToken = v.safeParse(secretSchema, token)
  return {
    signal: new URL(signal, document.baseURI).href,
    roomId,
    hostToken: hostToken.success ? hostToken.output : null,
    route: routeWishOf(route),
  }
}
