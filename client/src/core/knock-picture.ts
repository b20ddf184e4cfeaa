/**
 * Decides: when a picture at the door is shown to the room, and what a host sees of those who knock (KN8).
 * Does not decide: what a picture is (shared/src/knock-picture.ts), nor how one is taken (media/still.ts).
 * Invariants: nothing is shown that the person did not ask for at this door; a picture goes when its knock goes.
 */
import { addressOfPicture, type KnockPicture } from '@video-room/shared/knock-picture.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { Knock, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { SessionEffect } from './effect.ts'
import type { SessionState } from './state.ts'

type SessionStep = Step<SessionState, SessionEffect>

/** The room said (again) that one may show a picture: what is shown already is shown to whoever asks now. */
export function offeredPicture(state: SessionState): SessionStep {
  const { connection, knockPicture } = state
  if (connection.kind !== 'knocking') return step(state)
  if (!connection.mayShowPicture)
    return step(knockPicture === null ? state : { ...state, knockPicture: null })
  return knockPicture === null ? step(state) : told(state, knockPicture)
}

/** The person wants to be seen, or no more. Elsewhere than at a door that asks for it, it is nobody's business. */
export function showPicture(state: SessionState, picture: KnockPicture | null): SessionStep {
  const { connection } = state
  const isOffered = connection.kind === 'knocking' && connection.mayShowPicture
  if (!isOffered || picture === state.knockPicture) return step(state)
  return told({ ...state, knockPicture: picture }, picture)
}

const told = (state: SessionState, picture: KnockPicture | null): SessionStep =>
  step(state, { type: 'send', attempt: state.attempt, message: { type: 'knock-picture', picture } })

/** The room did not pass it on, so nobody shall read that they are seen. */
export const withPictureRefused = (state: SessionState): SessionState => ({ ...state, knockPicture: null })

/** The whole list, each with the picture that is known of them. */
export function withKnocks(state: SessionState, knocks: readonly Knock[]): SessionState {
  const known = new Map(state.knocks.map((knock) => [knock.occupantId, knock]))
  const pictured = knocks.map((knock) => {
    const picture = known.get(knock.occupantId)?.picture
    return picture === undefined ? knock : { ...knock, picture }
  })
  return { ...state, knocks: pictured }
}

export function withPictureOf(
  state: SessionState,
  { occupantId, picture }: Extract<ServerMessage, { type: 'knock-picture' }>,
): SessionState {
  const knocks = state.knocks.map(({ picture: earlier, ...knock }) => {
    if (knock.occupantId !== occupantId) return earlier === undefined ? knock : { ...knock, picture: earlier }
    return picture === null ? knock : { ...knock, picture: addressOfPicture(picture) }
  })
  return { ...state, knocks }
}

/** A host who switched pictures off sees none. */
export const withPicturesAllowed = (state: SessionState): SessionState =>
  state.snapshot?.settings.knockPicture === false && state.knocks.some(({ picture }) => picture !== undefined)
    ? { ...state, knocks: state.knocks.map(({ picture: _dropped, ...knock }) => knock) }
    : state
