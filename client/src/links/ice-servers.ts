/** STUN and TURN servers as the platform takes them. */
import type { IceServer } from '@video-room/shared/protocol/http.ts'

/** Without the keys that are absent: browsers refuse `credential: undefined`. */
export const asRtcIceServer = ({ urls, username, credential }: IceServer): RTCIceServer => ({
  urls,
  ...(username === undefined ? {} : { username }),
  ...(credential === undefined ? {} : { credential }),
})

/**
 * Those of use on the way to a relay, whose address everyone reaches: TURN, where nothing else gets out. No STUN: whoever asked a
 * server for their address, Chromium hears nothing else from it over UDP, and a relay is the STUN server of many deployments.
 */
export const forRelays = (servers: readonly IceServer[]): RTCIceServer[] =>
  servers.flatMap(({ urls, ...credentials }) => {
    const turns = urls.filter((url) => /^turns?:/i.test(url))
    return turns.length === 0 ? [] : [asRtcIceServer({ urls: turns, ...credentials })]
  })
