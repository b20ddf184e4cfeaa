/** Where `<video-room>` gets its session and its media: the real ones. The only file here that knows those classes. */
import { LocalMedia } from '../media/local-media.ts'
import type { MediaPort, SessionPort, SessionWish } from './session-port.ts'

export type Session = SessionPort

export const createSession = (wish: SessionWish): Session => {
  throw new Error(`no session yet for ${wish.roomId}`)
}

export const createMedia = (): MediaPort => new LocalMedia()
