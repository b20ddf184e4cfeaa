/**
 * Decides: every word people read or hear, in one place: plain, and saying what to do next.
 * Does not decide: when it is shown.
 * Invariants: each table is total over its codes; a code without words does not compile.
 */
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { DeviceKind } from '../media/view.ts'

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
  direct: 'Direct',
  throughTurn: 'Direct, through TURN',
  waitingForRelay: 'Waiting for a relay',
  switching: 'Switching…',
  notConnected: 'Not connected',
  someRelay: 'Relay',
  mediaDetails: 'Connection details',
  noFigures: 'No figures yet.',
  wayNow: 'Now',
  wayPrepared: 'Being prepared',
  wayHistory: 'In this call',
  sinceTime: (time: string): string => `Since ${time}.`,
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
  showPicture: 'Show the host a picture of me',
  showPictureHint: 'One small still, now. Only the host sees it, and nobody keeps it.',
  showPictureNeedsCamera: 'Turn on your camera to show one.',
  shownPicture: 'What the host sees of you',
  askPicture: 'See who knocks',
  askPictureHint: 'Who asks to come in may show you a small picture. It is up to them.',
  seats: 'Seats for participants',
  whenHostLeaves: 'When the host leaves',
  hostWait: 'How long the room waits',
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
  via: (place: string, ...more: string[]): string =>
    more.length === 0 ? `Via relay ${isolated(place)}` : `Via ${[place, ...more].map(isolated).join(' → ')}`,
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
  pictureOf: (name: string): string => `Picture of ${name}`,
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

/** What may become of a room without a host (MD9). */
export const hostLeaveWords: Readonly<Record<RoomSettings['onHostLeave'], string>> = {
  wait: 'The room waits for a host',
  promote: 'Someone else becomes host',
  end: 'The room ends for everyone',
}

/** 90 s → "90 seconds", an hour → "1 hour": the largest unit that gives a whole number. */
export function durationWords(ms: number): string {
  const [unit, count] =
    durationUnits
      .map(([name, unitMs]) => [name, ms / unitMs] as const)
      .find(([, n]) => Number.isInteger(n)) ?? (['second', Math.round(ms / 1_000)] as const)
  if (ms === 0) return 'not at all'
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`
}
const durationUnits = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

export const deviceKindWords: Readonly<Record<DeviceKind, string>> = {
  microphone: words.microphone,
  camera: words.camera,
  speaker: words.speaker,
}

/** A name within a sentence: its direction does not spread to the words around it (UAX #9, FSI and PDI). */
function isolated(name: string): string {
  return `\u2068${name}\u2069`
}

/** Several names in a sentence. */
export const namesOf = (displayNames: readonly string[]): string =>
  new Intl.ListFormat('en').format(displayNames.map((name) => isolated(nameOf(name))))

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
