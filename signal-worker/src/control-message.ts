/**
 * Decides: what a message on the control channel of Redis means (RC1).
 * Does not decide: what comes of it (room/control.ts). Who may publish there has the password of Redis: that is the proof.
 * Invariants: anything but a whole, bounded order for one room is null.
 */
import { limits } from '@video-room/shared/limits.ts'
import { controlRequestSchema, type ControlRequest } from '@video-room/shared/protocol/http.ts'
import { roomNameOf, type RoomName } from '@video-room/shared/room-name.ts'
import * as v from 'valibot'

export const controlChannel = 'video-room:control'

const addressedSchema = v.object({ roomId: v.string() })

export interface ControlMessage {
  readonly room: RoomName
  readonly request: ControlRequest
}

/** `{"roomId": "…", "action": "lock"}` and so on: the body of `POST /room/:id/control` with the room beside it: its UUID, or any form of its address (AD1). */
export function parseControlMessage(text: string): ControlMessage | null {
  if (text.length > limits.bodyMaxBytes) return null
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text)
  const addressed = v.safeParse(addressedSchema, json.output)
  const request = v.safeParse(controlRequestSchema, json.output)
  const room = addressed.success ? roomNameOf(addressed.output.roomId) : null
  return room !== null && request.success ? { room, request: request.output } : null
}
