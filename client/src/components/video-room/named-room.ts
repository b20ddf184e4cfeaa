/** Which room the attributes of the tag name, checked. */
import { secretSchema } from '@video-room/shared/ids.ts'
import * as v from 'valibot'
import { roomNameOf } from '@video-room/shared/room-name.ts'
import type { SessionWish } from '../session-port.ts'

interface Attributes {
  readonly signal: string
  readonly room: string
  readonly token: string
}

/** Null while they name none. A token that cannot be one is left out: its bearer may still knock as anyone. */
export function namedRoom({
  signal,
  room,
  token,
}: Attributes): Pick<SessionWish, 'signal' | 'roomId' | 'hostToken'> | null {
  const roomId = roomNameOf(room)
  if (roomId === null || signal === '' || !URL.canParse(signal, document.baseURI)) return null
  const hostToken = v.safeParse(secretSchema, token)
  return {
    signal: new URL(signal, document.baseURI).href,
    roomId,
    hostToken: hostToken.success ? hostToken.output : null,
  }
}
