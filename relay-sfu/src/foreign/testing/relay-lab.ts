/** A whole relay on a real address, with its media thread, in a room that a test plays. */
import type { RoomId } from '@video-room/shared/ids.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import type { HeldMemory } from '../../io/testing/held-memory.ts'
import type { MediaReport } from '../../media/boundary.ts'
import { LabRelay, type LabOptions } from './lab-relay.ts'
import { LabRoom } from './lab-room.ts'

const roomId = '11111111-1111-4111-8111-111111111111' as RoomId

export class RelayLab {
  readonly room: LabRoom
  readonly #relay: LabRelay

  static async start(options: LabOptions = {}): Promise<RelayLab> {
    const relay = await LabRelay.start(options)
    const inRoom = await relay.enter(roomId)
    const room = new LabRoom(inRoom.identity, (message) => inRoom.tell(message))
    inRoom.onHeard = (message) => room.hear(message)
    return new RelayLab(relay, room)
  }

  private constructor(relay: LabRelay, room: LabRoom) {
    this.#relay = relay
    this.room = room
  }

  get candidates(): readonly RelayCandidate[] {
    return this.#relay.candidates
  }

  get iceKey(): Uint8Array {
    return this.#relay.iceKey
  }

  candidate(protocol: RelayCandidate['protocol']): RelayCandidate {
    return this.#relay.candidate(protocol)
  }

  report(): Promise<MediaReport> {
    return this.#relay.report()
  }

  /** What the relay holds once its garbage is gone. */
  memory(): Promise<HeldMemory> {
    return this.#relay.memory()
  }

  stop(): Promise<void> {
    return this.#relay.stop()
  }
}
