/** `<video-room>` over fakes, for tests and pictures of every state. */
import { VideoRoom } from '../../define.ts'
import type { MediaPort, SessionPort, SessionWish } from '../session-port.ts'
import { FakeMedia } from './fake-media.ts'
import { aRoomId, FakeSession } from './fake-session.ts'

export class TestRoom extends VideoRoom {
  fakeMedia = new FakeMedia()
  readonly sessions: FakeSession[] = []

  get fake(): FakeSession {
    const fake = this.sessions.at(-1)
    if (fake === undefined) throw new Error('no session was made')
    return fake
  }

  protected override makeMedia(): MediaPort {
    return this.fakeMedia
  }

  protected override makeSession(wish: SessionWish): SessionPort {
    const session = new FakeSession(wish)
    this.sessions.push(session)
    return session
  }
}

if (customElements.get('test-room') === undefined) customElements.define('test-room', TestRoom)

/** A room in the document, in its lobby; `prepare` runs before it is connected. */
export async function openTestRoom(prepare: (room: TestRoom) => void = () => {}): Promise<TestRoom> {
  const room = new TestRoom()
  room.signal = location.origin
  room.room = aRoomId
  room.displayName = 'Ada Lovelace'
  prepare(room)
  document.body.append(room)
  await drawn(room)
  return room
}

/** Everything inside has been drawn. */
export async function drawn(room: TestRoom): Promise<void> {
  // A part may make another draw: until a whole frame brings nothing new, three are enough for this depth.
  for (let round = 0; round < 3; round += 1) {
    await room.updateComplete
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
}
