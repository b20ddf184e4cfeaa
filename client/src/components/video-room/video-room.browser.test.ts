import { afterEach, describe, expect, it, vi } from 'vitest'
import type { VideoRoomEventType } from '../events.ts'
import { button, deep, deepAll, field, focused, textOf } from '../testing/deep.ts'
import {
  anOccupant,
  aRoomId,
  lobbyView,
  liveSource,
  mutedSource,
  occupantId,
  roomView,
} from '../testing/fake-session.ts'
import { drawn, openTestRoom } from '../testing/test-room.ts'
import { words } from '../words.ts'
import { endingWords, problemWords, refusalWords } from '../trouble-words.ts'

const self = (more = {}) => anOccupant('s', 'Ada', { isSelf: true, link: 'none', ...more })
const host = self({ isHost: true })
const guest = anOccupant('g', 'Grace Hopper')

/** The details of the events of this type, as they come. */
function heard(room: HTMLElement, type: VideoRoomEventType): unknown[] {
  const list: unknown[] = []
  room.addEventListener(type, (event) => list.push(event.detail))
  return list
}

/** A task has passed: what waits for "still out of the document?" has been decided. */
const task = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

describe('<video-room>', () => {
  afterEach(() => {
    for (const room of document.querySelectorAll('test-room')) room.remove()
    localStorage.clear()
  })

  it('says what is missing on a page that names no room', async () => {
    const room = await openTestRoom((unnamed) => {
      unnamed.room = ''
    })
    expect(textOf(room)).toContain(words.missingAttributes)
    expect(room.state).toBeNull()
    room.room = 'lobby'
    await drawn(room)
    expect(textOf(room)).toContain(words.notAnAddress)
    expect(room.state).toBeNull()
  })

  it('starts the preview in the lobby and joins with the name that was typed', async () => {
    const room = await openTestRoom()
    expect(room.fakeMedia.view.captures.camera.status).toBe('live')
    const input = field(room)
    expect(input.value).toBe('Ada Lovelace')
    input.value = 'Ada'
    button(room, words.join).click()
    await drawn(room)
    expect(room.fake.asked).toEqual([['join', 'Ada']])
    expect(room.state?.status).toBe('in-room')
    room.remove()
    const later = await openTestRoom((empty) => {
      empty.displayName = ''
    })
    expect(field(later).value, 'the name is typed once').toBe('Ada')
  })

  it('J2 tells what is wrong with each device and what to do, and offers to join without', async () => {
    const room = await openTestRoom((unlucky) => {
      unlucky.fakeMedia.failing.camera = 'denied'
      unlucky.fakeMedia.failing.microphone = 'busy'
    })
    const errors = heard(room, 'vr-error')
    expect(textOf(room)).toContain(problemWords.denied('camera').hint)
    expect(textOf(room)).toContain(problemWords.busy('microphone').hint)
    expect(button(room, words.joinWithout)).toBeTruthy()
    delete room.fakeMedia.failing.camera
    button(room, `${words.tryAgain}: ${words.camera}`).click()
    await drawn(room)
    expect(room.fakeMedia.view.captures.camera.status).toBe('live')
    expect(textOf(room)).not.toContain(problemWords.denied('camera').hint)
    expect(button(room, words.join)).toBeTruthy()
    room.fakeMedia.capture('camera', { status: 'absent', track: null, problem: 'missing' })
    expect(errors).toEqual([{ kind: 'media', code: 'missing', source: 'camera' }])
  })

  it('A2 a full room counts down, and lets one try again when the time has come', async () => {
    const room = await openTestRoom()
    const errors = heard(room, 'vr-error')
    room.fake.afterJoin = { ...lobbyView, refusal: { code: 'room_full', retryAfterMs: 900 } }
    button(room, words.join).click()
    await drawn(room)
    expect(textOf(room)).toContain(refusalWords.room_full.title)
    expect(errors).toEqual([{ kind: 'refusal', code: 'room_full', retryAfterMs: 900 }])
    button(room, words.remainsToTry(1)).click()
    await drawn(room)
    expect(room.fake.asked).toHaveLength(1)
    await vi.waitFor(() => button(room, words.tryAgain), { timeout: 3_000 })
    button(room, words.tryAgain).click()
    await drawn(room)
    expect(room.fake.asked).toHaveLength(2)
  })

  it('a join that takes long can be called off', async () => {
    const room = await openTestRoom()
    room.fake.showStatus('joining')
    await drawn(room)
    button(room, words.cancel).click()
    expect(room.fake.asked).toEqual([['leave']])
  })

  it('J3 waits for the host and shows the call when the host is there', async () => {
    const room = await openTestRoom()
    room.fake.show(roomView([self()], { status: 'waiting-for-host' }))
    await drawn(room)
    expect(textOf(room)).toContain(words.waitingForHost)
    room.fake.show(roomView([self(), anOccupant('h', 'Hedy', { isHost: true })]))
    await drawn(room)
    expect(textOf(room)).not.toContain(words.waitingForHost)
    expect(deepAll(room, '[role=group]').map((tile) => tile.ariaLabel)).toEqual([
      words.tileOfSelf('Ada'),
      'Hedy',
    ])
  })

  it('M1 M2 the bar switches the sources, and the labels stay while the state changes', async () => {
    const room = await openTestRoom()
    room.fake.show(roomView([host, guest]))
    await drawn(room)
    const microphone = button(room, words.microphone)
    expect(microphone.ariaPressed).toBe('true')
    microphone.click()
    button(room, words.camera).click()
    await drawn(room)
    expect(room.fake.asked).toEqual([
      ['setMicrophone', false],
      ['setCamera', false],
    ])
    expect(button(room, words.microphone)).toBe(microphone)
    expect(microphone.ariaPressed).toBe('false')
    button(room, words.shareScreen).click()
    expect(room.fake.asked.at(-1)).toEqual(['shareScreen', true])
  })

  it('H1 the host mutes at once, and removes or ends only after a question', async () => {
    const room = await openTestRoom()
    room.fake.show(
      roomView([host, anOccupant('g', 'Grace', { sources: { ...guest.sources, camera: liveSource() } })]),
    )
    await drawn(room)
    button(room, words.people).click()
    await drawn(room)
    button(room, words.muteMicrophoneOf('Grace')).click()
    button(room, words.muteCameraOf('Grace')).click()
    button(room, words.removeName('Grace')).click()
    await drawn(room)
    expect(room.fake.asked).toEqual([
      ['muteOccupant', occupantId('g'), 'microphone'],
      ['muteOccupant', occupantId('g'), 'camera'],
    ])
    button(deep(room, 'dialog'), words.cancel).click()
    await drawn(room)
    expect(deepAll(room, 'dialog')).toEqual([])
    button(room, words.endRoom).click()
    await drawn(room)
    button(deep(room, 'dialog'), words.endRoomConfirm).click()
    await drawn(room)
    expect(room.fake.asked.at(-1)).toEqual(['endRoom'])
  })

  it('H2 a participant is offered no host action', async () => {
    const room = await openTestRoom()
    room.fake.show(roomView([self(), anOccupant('h', 'Hedy', { isHost: true })]))
    await drawn(room)
    button(room, words.people).click()
    await drawn(room)
    const names = deepAll(room, 'vr-occupant-list').flatMap((list) => deepAll(list, 'button'))
    expect(names).toEqual([])
  })

  it('H1 says who muted, to the owner and on the tile', async () => {
    const room = await openTestRoom()
    room.fake.show(roomView([self(), guest]))
    room.fake.announce({
      type: 'mute-changed',
      occupantId: occupantId('s'),
      source: 'microphone',
      mutedBy: 'host',
    })
    const muted = { ...guest.sources, microphone: mutedSource('host') }
    room.fake.show(roomView([self(), { ...guest, sources: muted }]))
    await drawn(room)
    expect(textOf(room)).toContain(words.mutedByHost)
    expect(deepAll(room, `[role=img][aria-label="${words.microphoneMutedByHost}"]`)).toHaveLength(1)
  })

  it('every announcement reaches the page as a composed, bubbling event', async () => {
    const room = await openTestRoom()
    const seen: string[] = []
    const types = ['vr-state-changed', 'vr-joined', 'vr-occupant-joined', 'vr-occupant-left'] as const
    for (const type of [...types, 'vr-mute-changed', 'vr-error', 'vr-left'] as const) {
      document.body.addEventListener(type, (event) => seen.push(`${event.type} ${event.composed}`), {
        once: true,
      })
    }
    const grace = { occupantId: occupantId('g'), displayName: 'Grace' }
    room.fake.show(roomView([host]))
    room.fake.announce({ type: 'joined', occupantId: occupantId('s'), isHost: true })
    room.fake.announce({ type: 'occupant-joined', ...grace })
    room.fake.announce({
      type: 'mute-changed',
      occupantId: occupantId('g'),
      source: 'camera',
      mutedBy: 'self',
    })
    room.fake.announce({ type: 'error', code: 'not_allowed', about: null })
    room.fake.announce({ type: 'occupant-left', ...grace })
    room.leave()
    expect(seen).toEqual([
      'vr-state-changed true',
      'vr-joined true',
      'vr-occupant-joined true',
      'vr-mute-changed true',
      'vr-error true',
      'vr-occupant-left true',
      'vr-left true',
    ])
  })

  it('requests of its parts stay inside', async () => {
    const room = await openTestRoom()
    const leaked: Event[] = []
    document.body.addEventListener('vr-request', (event) => leaked.push(event), { once: true })
    button(room, words.microphone).click()
    await drawn(room)
    expect(leaked).toEqual([])
    expect(room.fakeMedia.view.captures.microphone.status).toBe('muted')
  })

  it('leaving releases the devices; coming back switches on what was on', async () => {
    const room = await openTestRoom()
    button(room, words.join).click()
    await drawn(room)
    await room.setCamera(false)
    button(room, words.leave).click()
    await drawn(room)
    expect(textOf(room)).toContain(endingWords.left.title)
    expect(room.fakeMedia.isClosed).toBe(true)
    expect(focused()?.textContent, 'the focus is where the news is').toBe(endingWords.left.title)
    button(room, endingWords.left.again ?? '').click()
    await drawn(room)
    expect(room.state?.status).toBe('in-room')
    expect(room.fakeMedia.view.captures.microphone.status).toBe('live')
    expect(room.fakeMedia.view.captures.camera.status).toBe('absent')
  })

  it('J7 says that the call went on in another tab', async () => {
    const room = await openTestRoom()
    room.fake.show({ ...lobbyView, status: 'ended', endReason: 'taken_over' })
    await drawn(room)
    expect(textOf(room)).toContain(endingWords.taken_over.title)
  })

  it('a move in the document keeps the session and the devices', async () => {
    const room = await openTestRoom()
    button(room, words.join).click()
    await drawn(room)
    const { fake } = room
    const place = document.createElement('div')
    document.body.append(place)
    place.append(room)
    await task()
    await drawn(room)
    expect(room.fake).toBe(fake)
    expect(fake.asked).toEqual([['join', 'Ada Lovelace']])
    expect(room.fakeMedia.isClosed).toBe(false)
    button(room, words.microphone).click()
    expect(fake.asked.at(-1)).toEqual(['setMicrophone', false])
    place.remove()
  })

  it('a removal leaves the room and releases the devices; a later insertion starts anew', async () => {
    const room = await openTestRoom()
    const left = heard(room, 'vr-left')
    button(room, words.join).click()
    await drawn(room)
    const { fake } = room
    room.remove()
    await task()
    expect(fake.asked.slice(1)).toEqual([['leave'], ['close']])
    expect(room.fakeMedia.isClosed).toBe(true)
    expect(left).toEqual([{ reason: 'left' }])
    document.body.append(room)
    await drawn(room)
    expect(room.fake).not.toBe(fake)
    expect(room.state?.status).toBe('lobby')
  })

  it('another room in the attribute leaves the old one', async () => {
    const room = await openTestRoom()
    const { fake } = room
    fake.show(roomView([host]))
    room.setAttribute('room', aRoomId.replace('3f1c', '4f1c'))
    await drawn(room)
    expect(fake.asked).toEqual([['leave'], ['close']])
    expect(room.fake.wish.roomId).toBe(aRoomId.replace('3f1c', '4f1c'))
    expect(room.state?.status).toBe('lobby')
  })

  it('the token goes to the session only when it can be one', async () => {
    const token = 'A'.repeat(43)
    const room = await openTestRoom((hosting) => hosting.setAttribute('token', token))
    expect(room.fake.wish.hostToken).toBe(token)
    const other = await openTestRoom((hosting) => hosting.setAttribute('token', 'nonsense'))
    expect(other.fake.wish.hostToken).toBeNull()
  })

  it('a link that cannot be copied is shown for copying by hand', async () => {
    const copying = vi
      .spyOn(navigator.clipboard, 'writeText')
      .mockRejectedValue(new DOMException('no', 'NotAllowedError'))
    const room = await openTestRoom((inviting) => {
      inviting.inviteUrl = 'https://rooms.example/#room=1'
    })
    room.fake.show(roomView([host, guest]))
    await drawn(room)
    button(room, words.invite).click()
    await drawn(room)
    button(room, words.copyLink).click()
    await drawn(room)
    expect(field(room, 'dialog input').value).toBe('https://rooms.example/#room=1')
    button(deep(room, 'dialog'), words.close).click()
    await drawn(room)
    copying.mockResolvedValue(undefined)
    button(room, words.copyLink).click()
    await drawn(room)
    expect(textOf(room)).toContain(words.linkCopied)
    copying.mockRestore()
  })

  it('held-back sound is offered by a button, and played after the tap', async () => {
    const context = new AudioContext()
    const [track] = context.createMediaStreamDestination().stream.getAudioTracks()
    const playing = vi.spyOn(HTMLAudioElement.prototype, 'play')
    playing.mockRejectedValue(new DOMException('gesture', 'NotAllowedError'))
    vi.spyOn(HTMLMediaElement.prototype, 'paused', 'get').mockReturnValue(true)
    const room = await openTestRoom()
    const sounding = { ...guest.sources, microphone: liveSource(track ?? null) }
    room.fake.show(roomView([host, { ...guest, sources: sounding }]))
    await drawn(room)
    await vi.waitFor(() => button(room, words.tapToHear))
    playing.mockResolvedValue(undefined)
    const before = playing.mock.calls.length
    button(room, words.tapToHear).click()
    await drawn(room)
    expect(playing.mock.calls.length).toBeGreaterThan(before)
    expect(textOf(room)).not.toContain(words.tapToHear)
    vi.restoreAllMocks()
    await context.close()
  })

  it('M8 tells the session which pictures nobody can see', async () => {
    const room = await openTestRoom()
    const ben = occupantId('b')
    room.fake.show(roomView([anOccupant('s', 'Ada', { isSelf: true, link: 'none' }), anOccupant('b', 'Ben')]))
    await vi.waitFor(() => expect(room.fake.watched.get(`${ben} camera`)).toBe(true))
    room.style.display = 'none'
    await vi.waitFor(() => expect(room.fake.watched.get(`${ben} camera`)).toBe(false))
    room.style.display = ''
    await vi.waitFor(() => expect(room.fake.watched.get(`${ben} camera`)).toBe(true))
  })

  it('loud people have a ring, and so has one’s own voice', async () => {
    const room = await openTestRoom()
    room.fake.show(roomView([host, guest]))
    await drawn(room)
    room.fake.sample([{ heard: [{ occupantId: occupantId('g'), source: 'microphone', level: 0.4 }] }])
    await drawn(room)
    expect(deepAll(room, '.ring.speaking')).toHaveLength(1)
    room.fakeMedia.level(0.2)
    await drawn(room)
    expect(deepAll(room, '.ring.speaking')).toHaveLength(2)
    room.fake.sample([{ heard: [] }])
    room.fakeMedia.level(0)
    await drawn(room)
    expect(deepAll(room, '.ring.speaking')).toHaveLength(0)
  })
})
