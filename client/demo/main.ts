/**
 * The demonstration page: makes a room on the landing page, and shows `<video-room>` for `#room=<address>`: emoji, words,
 * code or UUID. The address bar always shows the emoji, which browsers copy percent-encoded (AD2).
 */
import { parseAddress } from '@video-room/shared/emoji/address.ts'
import { limits } from '@video-room/shared/limits.ts'
import { routeWishSchema } from '@video-room/shared/route.ts'
import { routeWishWords } from '../src/components/route-words.ts'
import { words } from '../src/components/words.ts'
import { refusalWords } from '../src/components/trouble-words.ts'
import { VideoRoom } from '../src/define.ts'
import { createRoom } from '../src/signal/room-http.ts'
import { creatorKeyAt, forgetCreatorKey, hostTokenOf, keepCreatorKey, keepHostToken } from './keys.ts'
import { snippetOf } from './snippet.ts'

const signal = location.origin

function element<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page lacks #${id}`)
  return found
}

const landing = element('landing', HTMLElement)
const roomPlace = element('room', HTMLElement)
const form = element('create', HTMLFormElement)
const keyField = element('key-field', HTMLLabelElement)
const keyInput = element('key', HTMLInputElement)
const guests = element('guests', HTMLSelectElement)
const route = element('route', HTMLSelectElement)
const askFirst = element('ask-first', HTMLInputElement)
const trouble = element('trouble', HTMLParagraphElement)

/** `#room=<address>` opens a room, `#creator=<key>` brings a creator key along; anything else is the landing page. */
function readFragment(): string | null {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const creatorKey = fragment.get('creator')
  if (creatorKey !== null) {
    keepCreatorKey(creatorKey)
    // A secret stays neither in the address bar nor in the history.
    history.replaceState(null, '', location.pathname)
  }
  return fragment.get('room')
}

function show(): void {
  const name = readFragment()
  landing.hidden = name !== null
  roomPlace.hidden = name === null
  roomPlace.replaceChildren()
  if (name === null) void showLanding()
  else showRoom(name)
}

function showRoom(name: string): void {
  const address = parseAddress(name)?.emoji ?? name
  const fragment = `#room=${encodeURIComponent(address)}`
  if (location.hash !== fragment) history.replaceState(null, '', fragment)
  const room = new VideoRoom()
  room.signal = signal
  room.room = address
  room.token = hostTokenOf(address) ?? ''
  room.inviteUrl = `${location.origin}${location.pathname}${fragment}`
  const wayOut = document.createElement('a')
  wayOut.slot = 'way-out'
  wayOut.href = '#'
  wayOut.textContent = 'Back to the start'
  room.append(wayOut)
  roomPlace.append(room)
}

async function showLanding(): Promise<void> {
  keyField.hidden = (await creatorKeyAt(signal)) !== null
}

function say(code: keyof typeof refusalWords): void {
  const { title, hint } = refusalWords[code]
  trouble.textContent = `${title}. ${hint}`
}

async function create(): Promise<void> {
  const creatorKey = keyField.hidden ? await creatorKeyAt(signal) : keyInput.value.trim()
  if (creatorKey === null || creatorKey === '') {
    keyField.hidden = false
    keyInput.focus()
    return say('creator_proof_required')
  }
  const result = await createRoom({
    signal,
    creatorKey,
    maxParticipants: Number(guests.value),
    admission: askFirst.checked ? 'knock' : 'open',
    route: routeWishSchema.options[route.selectedIndex] ?? 'auto',
  })
  if (!result.ok) {
    if (result.code === 'creator_proof_invalid') {
      forgetCreatorKey()
      keyField.hidden = false
    }
    return say(result.code)
  }
  keepCreatorKey(creatorKey)
  keepHostToken(result.room.emoji, result.room.hostToken)
  location.hash = `room=${encodeURIComponent(result.room.emoji)}`
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  trouble.textContent = ''
  const [button] = form.getElementsByTagName('button')
  button?.setAttribute('aria-disabled', 'true')
  void create().finally(() => button?.removeAttribute('aria-disabled'))
})

for (let count = 1; count <= limits.maxParticipantsCeiling; count += 1) {
  guests.add(new Option(words.peopleCount(count), String(count)))
}

for (const wish of routeWishSchema.options) route.add(new Option(routeWishWords[wish], wish))

element('snippet', HTMLElement).textContent = snippetOf(signal)
element('copy-snippet', HTMLButtonElement).addEventListener('click', () => {
  navigator.clipboard.writeText(snippetOf(signal)).then(
    () => (element('copied', HTMLParagraphElement).textContent = 'Copied.'),
    // Without the right to copy the code can still be selected by hand.
    () => getSelection()?.selectAllChildren(element('snippet', HTMLElement)),
  )
})

addEventListener('hashchange', show)
show()
