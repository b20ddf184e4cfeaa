/**
 * Decides: what people read when something does not go on: refusals, endings, refused actions, devices in trouble.
 * Does not decide: when it is shown, nor the words of everything that works (words.ts).
 * Invariants: each table is total over its codes; a code without words does not compile; each says what to do next.
 */
import type { MessageErrorCode } from '@video-room/shared/errors.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { EndReason, Refusal } from '../core/view.ts'
import type { MediaProblem } from '../media/view.ts'

export interface Advice {
  readonly title: string
  readonly hint: string
}

/** What a refused join means. */
export const refusalWords: Readonly<Record<Refusal['code'], Advice>> = {
  room_not_found: {
    title: 'There is no such room',
    hint: 'Check the link, or ask the person who sent it for a new one.',
  },
  room_full: { title: 'The room is full', hint: 'All seats are taken. Try again when someone has left.' },
  direct_full: {
    title: 'This room is full at four people',
    hint: 'It connects everyone directly, which works for four. Try again when someone has left, or ask the host to let the room use a relay.',
  },
  room_locked: {
    title: 'The room is locked',
    hint: 'The host lets nobody new in at the moment. Ask them to open it, then try again.',
  },
  denied: { title: 'The host did not let you in', hint: 'You cannot ask again with this invitation.' },
  room_ended: { title: 'This room has ended', hint: 'Ask the host for a new link.' },
  removed: { title: 'The host removed you from this room', hint: 'Only the host can change that.' },
  token_invalid: {
    title: 'Your invitation is not valid',
    hint: 'It may have expired. Reload the page, or ask for a new link.',
  },
  rate_limited: { title: 'Too many tries', hint: 'Wait a moment, then try again.' },
  room_store_unavailable: {
    title: 'The service is busy',
    hint: 'Running calls go on. Try again in a moment.',
  },
  internal: {
    title: 'The service made a mistake',
    hint: 'Try again. If it stays, tell the owner of this page.',
  },
  unreachable: {
    title: 'The room could not be reached',
    hint: 'Check your internet connection, then try again.',
  },
  media_required: {
    title: 'This room needs a camera or a microphone',
    hint: 'Allow at least one of them for this page, then try again.',
  },
  origin_not_allowed: {
    title: 'This page may not use the service',
    hint: 'The owner of the service must allow this page’s address (ALLOWED_ORIGINS).',
  },
  creator_proof_required: {
    title: 'A creator key is needed',
    hint: 'Ask the owner of this service for one.',
  },
  creator_proof_invalid: {
    title: 'This creator key is not accepted',
    hint: 'Check it, or ask for a new one.',
  },
  creator_quota: {
    title: 'Too many rooms are open',
    hint: 'End one of your rooms, or try again later.',
  },
  not_allowed: { title: 'You may not do that', hint: 'Ask the host.' },
  bad_request: mismatch(),
  unsupported_version: mismatch(),
  not_found: mismatch(),
  operator_key_required: mismatch(),
  relay_not_found: mismatch(),
  relay_draining: mismatch(),
  method_not_allowed: mismatch(),
  body_too_large: mismatch(),
  unsupported_media_type: mismatch(),
  idempotency_mismatch: mismatch(),
  upgrade_required: mismatch(),
}

function mismatch(): Advice {
  return {
    title: 'This page and the service do not fit together',
    hint: 'Reload the page. If it stays, tell the owner of this page.',
  }
}

export interface Ending extends Advice {
  /** What the ended page offers: come back to the room, or nothing. */
  readonly again: string | null
}

export const endingWords: Readonly<Record<EndReason, Ending>> = {
  left: { title: 'You left the room', hint: 'Your camera and microphone are off.', again: 'Rejoin' },
  removed: { title: 'The host removed you', hint: 'You cannot come back with this invitation.', again: null },
  denied: {
    title: 'The host did not let you in',
    hint: 'You cannot ask again with this invitation.',
    again: null,
  },
  taken_over: {
    title: 'You continued in another tab',
    hint: 'This tab can be closed. Or bring the call back here.',
    again: 'Continue here',
  },
  room_ended: { title: 'The room has ended', hint: 'Thank you for being here.', again: null },
  unreachable: {
    title: 'The connection is gone',
    hint: 'The room could not be reached for a while. Check your internet connection.',
    again: 'Try again',
  },
  unauthorised: {
    title: 'Your seat has expired',
    hint: 'You were away too long. You can join again.',
    again: 'Rejoin',
  },
  violations: {
    title: 'The room closed the connection',
    hint: 'This page sent something the room did not understand. Reload the page.',
    again: 'Try again',
  },
  message_too_large: {
    title: 'The room closed the connection',
    hint: 'This page sent too much at once. Reload the page.',
    again: 'Try again',
  },
  internal: { title: 'The room made a mistake', hint: 'You can try to come back.', again: 'Try again' },
}

/** Someone who gave up before they were inside. */
export const cancelledWords: Ending = {
  title: 'You did not go in',
  hint: 'Your camera and microphone are off.',
  again: 'Try again',
}

/** An action was refused, or dropped. Null: nothing a person could do, and nothing was lost. */
export const actionErrorWords: Readonly<Record<MessageErrorCode | 'not_connected', string | null>> = {
  not_connected: 'Not done: the room is out of reach. Try again when the connection is back.',
  not_allowed: 'Only the host can do that.',
  no_such_occupant: 'This person has just left.',
  no_such_publication: 'This is not shared any more.',
  rate_limited: 'That was too quick. Wait a moment, then try again.',
  room_locked: 'The room is locked. Unlock it, then let them in.',
  room_full: 'All seats are taken. They still wait at the door.',
  room_store_unavailable: 'Not done: the service is busy. Try again in a moment.',
  malformed: null,
  unsupported_version: null,
  not_ready: null,
}

const deviceWord: Readonly<Record<Source, string>> = {
  microphone: 'microphone',
  camera: 'camera',
  screen: 'screen',
  'screen-audio': 'sound of the screen',
}

/** What to do about a device that gave nothing. */
export const problemWords: Readonly<Record<MediaProblem, (source: Source) => Advice>> = {
  denied: (source) => ({
    title: `Your ${deviceWord[source]} is blocked`,
    hint:
      source === 'screen'
        ? 'Allow your browser to record the screen in the settings of your system, then try again.'
        : `Allow the ${deviceWord[source]} for this page (the icon beside the address), then try again.`,
  }),
  missing: (source) => ({
    title: `No ${deviceWord[source]} found`,
    hint: 'Plug one in or choose another, then try again. You can join without.',
  }),
  busy: (source) => ({
    title: `Your ${deviceWord[source]} is in use`,
    hint: 'Close the other program or tab that uses it, then try again.',
  }),
  unsupported: (source) => ({
    title: `Your ${deviceWord[source]} cannot be used here`,
    hint: 'Open this page by https:// in a current browser.',
  }),
  failed: (source) => ({
    title: `Your ${deviceWord[source]} did not start`,
    hint: 'Unplug it and plug it in again, or restart the browser. You can join without.',
  }),
}
