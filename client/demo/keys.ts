/**
 * The secrets of this page: the creator key and the host tokens. They live in the tab's session storage, so that a reload
 * keeps the role and a shared link carries nothing.
 */
import * as v from 'valibot'

const creatorKeyName = 'video-room-demo.creator-key'
const hostTokenName = (roomId: string): string => `video-room-demo.host-token.${roomId.toLowerCase()}`

export const keepCreatorKey = (key: string): void => sessionStorage.setItem(creatorKeyName, key)
export const forgetCreatorKey = (): void => sessionStorage.removeItem(creatorKeyName)

export const keepHostToken = (roomId: string, token: string): void =>
  sessionStorage.setItem(hostTokenName(roomId), token)
export const hostTokenOf = (roomId: string): string | null => sessionStorage.getItem(hostTokenName(roomId))

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
