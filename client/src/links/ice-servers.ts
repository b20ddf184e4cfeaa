/** STUN and TURN servers as the platform takes them. */
import type { IceServer } from '@video-room/shared/protocol/http.ts'

/** Without the keys that are absent: browsers refuse `credential: undefined`. */
export const asRtcIceServer = ({ urls, username, credential }: IceServer): RTCIceServer => ({
  urls,
  ...(username === undefined ? {} : { username }),
  ...(credential === undefined ? {} : { credential }),
})
