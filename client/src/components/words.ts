/**
 * Decides: every word people read or hear, in one place: plain, and saying what to do next.
 * Does not decide: when it is shown.
 * Invariants: each table is total over its codes; a code without words does not compile.
 */
import type { MessageErrorCode } from '@video-room/shared/errors.ts'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { EndReason, Refusal } from '../core/view.ts'
import type { DeviceKind, MediaProblem } from '../media/view.ts'
import type { LinkFigures } from './route-badge/link-figures.ts'

export const words = {
  room: 'Video room',
  ready: 'Ready to join?',
  readyHint: 'Check your camera and microphone. Nobody sees or hears you yet.',
  yourName: 'Your name',
  join: 'Join',
  joinWithout: 'Join without camera and microphone',
  joining: 'Joining…',
  cancel: 'Cancel',
  knocking: 'Asking to come in…',
  knockingHint: 'You come in by yourself as soon as the host lets you. You can leave this page open.',
  atTheDoor: 'At the door',
  admit: 'Admit',
  admitAll: 'Admit all',
  deny: 'Turn away',
  showAll: 'Show all',
  hostControls: 'For everyone',
  lockRoom: 'Lock the room',
  lockRoomHint: 'Nobody new comes in, nobody can ask.',
  askFirst: 'Ask me before someone enters',
  askFirstHint: 'People wait at the door until you admit them.',
  mayUnmute: 'People may turn on their own microphone',
  mayUnmuteHint: 'When off, they wait until you ask them.',
  muteAll: 'Mute everyone',
  mediaRoute: 'How media flows',
  mediaRouteHint: 'A relay hides the addresses of everyone from the others.',
  direct: 'direct',
  throughTurn: 'through a TURN server',
  waitingForRelay: 'waiting for a relay',
  formerRelay: 'Relay, until now',
  mediaDetails: 'Connection details',
  noFigures: 'No figures yet.',
  locked: 'The host locked the room: nobody new can come in.',
  unlocked: 'The room is open again.',
  keepsMuted: 'The host decides who speaks. You will be asked when it is your turn.',
  keepsMutedNoMore: 'You can turn on your microphone by yourself again.',
  youAreHost: 'You are the host now.',
  handOver: 'Make host',
  handOverHint: 'They get all powers of the host, and you become a participant.',
  askedToUnmute: 'The host asks you to turn on your microphone.',
  askedForCamera: 'The host asks you to turn on your camera.',
  askedForScreen: 'The host asks you to share your screen.',
  stayMuted: 'Not now',
  invite: 'Invite',
  address: 'Address of this room',
  addressHint: 'Type it in, or read it aloud:',
  scan: 'Scan with a phone to open this room.',
  qrCode: 'QR code of the link to this room',
  preview: 'Camera preview',
  cameraIsOff: 'Your camera is off',
  askingForDevices: 'Your browser asks for your camera and microphone. Choose “Allow”.',
  tryAgain: 'Try again',
  microphone: 'Microphone',
  camera: 'Camera',
  speaker: 'Speaker',
  systemDefault: 'System default',
  controls: 'Call controls',
  shareScreen: 'Share screen',
  people: 'People',
  devices: 'Devices',
  copyLink: 'Copy link',
  leave: 'Leave',
  close: 'Close',
  dismiss: 'Dismiss',
  you: 'you',
  host: 'Host',
  unnamed: 'Guest',
  noMicrophone: 'No microphone',
  microphoneOff: 'Microphone off',
  microphoneMutedByHost: 'Microphone muted by the host',
  cameraOff: 'Camera off',
  cameraMutedByHost: 'Camera turned off by the host',
  connecting: 'Connecting…',
  recovering: 'Reconnecting…',
  away: 'Connection lost…',
  waitingForHost: 'Waiting for the host',
  waitingForHostHint: 'The call starts by itself as soon as the host is here. You can leave this page open.',
  alone: 'You are the only one here',
  aloneHint: 'Send the link to the people you want to talk to.',
  reconnecting: 'Connection to the room lost. Reconnecting… You can keep talking.',
  tapToHear: 'Tap to hear the others',
  talkingWhileMuted: 'You are talking, but your microphone is off.',
  turnOn: 'Turn on',
  linkCopied: 'Link copied. Send it to the people you want to talk to.',
  copyByHand: 'Copy this link',
  copyByHandHint: 'Your browser does not let this page copy. Select the link and copy it yourself.',
  mutedByHost: 'The host turned your microphone off. You can turn it on again.',
  cameraOffByHost: 'The host turned your camera off. You can turn it on again.',
  endRoom: 'End room for everyone',
  endRoomQuestion: 'End the room for everyone?',
  endRoomHint: 'Everyone leaves the call, and the link stops working.',
  endRoomConfirm: 'End room',
  remove: 'Remove',
  removeHint: 'They leave the call at once and cannot come back with the same invitation.',
  remainsToTry: (seconds: number): string => `Try again in ${seconds} s`,
  via: (place: string): string => `via ${isolated(place)}`,
  media: (way: string): string => `Picture and sound: ${way}`,
  tileOfSelf: (name: string): string => `${name} (you)`,
  screenOf: (name: string): string => `Screen of ${name}`,
  yourScreen: 'Your screen',
  yourScreenHint: 'The others see your screen.',
  muteMicrophoneOf: (name: string): string => `Mute microphone of ${name}`,
  muteCameraOf: (name: string): string => `Turn off camera of ${name}`,
  stopScreenOf: (name: string): string => `Stop screen share of ${name}`,
  removeName: (name: string): string => `Remove ${name}`,
  removeQuestion: (name: string): string => `Remove ${isolated(name)}?`,
  joined: (name: string): string => `${isolated(name)} joined`,
  left: (name: string): string => `${isolated(name)} left`,
  isHostNow: (name: string): string => `${isolated(name)} is the host now`,
  knocks: (name: string, others: number): string =>
    others === 0
      ? `${isolated(name)} asks to come in`
      : `${isolated(name)} and ${others === 1 ? 'one other ask' : `${others} others ask`} to come in`,
  admitName: (name: string): string => `Admit ${name}`,
  denyName: (name: string): string => `Turn away ${name}`,
  askMicrophoneOf: (name: string): string => `Ask ${name} to turn on the microphone`,
  askCameraOf: (name: string): string => `Ask ${name} to turn on the camera`,
  makeHost: (name: string): string => `Make ${name} host`,
  handOverQuestion: (name: string): string => `Make ${isolated(name)} the host?`,
  waitingCount: (count: number): string => (count === 1 ? '1 person waits' : `${count} people wait`),
  peopleCount: (count: number): string => (count === 1 ? '1 person' : `${count} people`),
  notAnAddress: 'This is not the address of a room',
  notAnAddressHint: 'Check the link, or ask the person who sent it for a new one.',
  missingAttributes: 'This page did not say which room to open.',
  missingAttributesHint: 'The <video-room> tag needs the attributes “signal” and “room”.',
  shortcut: (label: string, key: string): string => `${label} (${key.toUpperCase()})`,
} as const

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

export const deviceKindWords: Readonly<Record<DeviceKind, string>> = {
  microphone: words.microphone,
  camera: words.camera,
  speaker: words.speaker,
}

export const routeWishWords: Readonly<Record<RouteWish, string>> = {
  auto: 'Automatic',
  direct: 'Direct',
  relay: 'Through a relay',
}

const unknown = '–'
const inMs = (ms: number | null): string => (ms === null ? unknown : `${Math.round(ms)} ms`)
const inMbps = (bps: number | null): string =>
  bps === null ? unknown : `${(bps / 1_000_000).toFixed(bps < 1_000_000 ? 2 : 1)} Mbit/s`

/** What a person is told of a link, in this order. */
export const figureWords = (link: LinkFigures): readonly (readonly [term: string, value: string])[] => [
  ['Round trip', inMs(link.rttMs)],
  ['Jitter', inMs(link.jitterMs)],
  ['Lost', link.lossShare === null ? unknown : `${(100 * link.lossShare).toFixed(1)} %`],
  ['Received', inMbps(link.receivedBps)],
  ['Sent', inMbps(link.sentBps)],
  ['Path', link.isTurned ? words.throughTurn : words.direct],
]

/** A name within a sentence: its direction does not spread to the words around it (UAX #9, FSI and PDI). */
function isolated(name: string): string {
  return `\u2068${name}\u2069`
}

/** The name to show; nobody is shown without one. */
export const nameOf = (displayName: string): string => (displayName === '' ? words.unnamed : displayName)

/** One or two letters for the avatar: of the first and the last word; whole characters, whatever the script. */
export function initialsOf(displayName: string): string {
  const parts = nameOf(displayName).split(/\s+/u)
  const first = firstCharacter(parts[0])
  const last = parts.length > 1 ? firstCharacter(parts.at(-1)) : ''
  return (first + last).toLocaleUpperCase()
}

/** Loading the rules of all scripts takes a browser 10 to 25 ms, right while a link is made: only when they are needed. */
let segmenter: Intl.Segmenter | null = null

/** One letter or digit that nothing combines with: what nearly every name begins with. */
const plainCharacter = /^[\p{L}\p{N}](?![\p{M}\u200d])/u

/** Some emoji and accented letters are several code points that must stay together. */
function firstCharacter(text = ''): string {
  const plain = plainCharacter.exec(text)
  if (plain !== null) return plain[0]
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  const [first] = segmenter.segment(text)
  return first?.segment ?? ''
}
