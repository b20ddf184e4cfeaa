/**
 * The secrets of this page: the creator key and the host tokens. They live in the tab's session storage, so that a reload
 * keeps the role and a shared link carries nothing.
 */
import * as v from 'valibot'
import { roomNameOf } from '@video-room/shared/room-name.ts'

const creatorKeyName = 'video-room-demo.creator-key'
/** By the room's one name, so that every form of its address finds the token. */
const hostTokenName = (room: string): string => `video-room-demo.host-token.${roomNameOf(room) ?? room}`

export const keepCreatorKey = (key: string): void => sessionStorage.setItem(creatorKeyName, key)
export const forgetCreatorKey = (): void => sessionStorage.removeItem(creatorKeyName)

export const keepHostToken = (room: string, token: string): void =>
  sessionStorage.setItem(hostTokenName(room), token)
export const hostTokenOf = (room: string): string | null => sessionStorage.getItem(hostTokenName(room))

const developmentSchema = v.object({ creatorKey: v.string() })

/** The creator key of this tab, else the one that a development server gives to pages on the same machine. */
export async function creatorKeyAt(signal: string): Promise<string | null> {
  const kept = sessionStorage.getItem(creatorKeyName)
  if (kept !== null) return kept
  try {
    const response = await fetch(new URL('/development', signal))
    if (!response.ok) return null
    const parsed = v.safeParse(developmentSchema, await response.json())
    return parsed.success ? parsed.output.creatorKey : null
  } catch {
    return null
  }
}
