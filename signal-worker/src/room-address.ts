/** Which room a path names (AD1): its UUID or any form of its emoji address. */
import { parseAddress } from '@video-room/shared/emoji/address.ts'
import { roomIdSchema, type RoomId } from '@video-room/shared/ids.ts'
import type { RoomName } from '@video-room/shared/room-name.ts'
import * as v from 'valibot'
import { roomIdOfCode } from './secrets.ts'

/** `segment` as it stands in the URL: `parseAddress` takes off the percent-encoding, once. Null: no room can be meant. */
async function roomIdOf(segment: string): Promise<RoomId | null> {
  const roomId = v.safeParse(roomIdSchema, segment)
  if (roomId.success) return roomId.output
  const address = parseAddress(segment)
  return address === null ? null : roomIdOfCode(address.code)
}

/** The room of a name that was understood already. */
export async function roomIdOfName(name: RoomName): Promise<RoomId> {
  const roomId = v.safeParse(roomIdSchema, name)
  return roomId.success ? roomId.output : roomIdOfCode(name)
}

/**
 * The room of `/room/:id…`. Read from the URL, not from the router, which has decoded by then: decoding what is decoded
 * would make two addresses of one.
 */
export const roomIdOfUrl = async (url: string): Promise<RoomId | null> =>
  roomIdOf(new URL(url).pathname.split('/')[2] ?? '')
