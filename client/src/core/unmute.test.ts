import { describe, expect, test } from 'vitest'
import { host, occupant, self, third, Walk } from './testing/session-walk.ts'

const own = (microphone: 'self' | 'host' | null, camera: 'self' | 'host' | null = 'self') =>
  occupant(self, [
    { source: 'microphone', mutedBy: microphone },
    { source: 'camera', mutedBy: camera },
  ])
const muteMicrophone = { type: 'set-capture', source: 'microphone', on: false }
const notAllowed = { type: 'error', code: 'not_allowed', about: 'publish' } as const

/** Inside a room where nobody un-mutes unasked, with both sources muted. */
const moderated = (): Walk =>
  new Walk()
    .captures({ microphone: 'muted', camera: 'muted' })
    .enter(occupant(self), occupant(host))
    .change(own('host', 'host'))
    .settings({ mayUnmute: false })

describe('a room where participants may not un-mute themselves', () => {
  test('MD7 H5 a refused un-mute takes the capture back, and says so', () => {
    const walk = moderated().take({ type: 'capture-wished', source: 'microphone', on: true })
    walk.captures({ microphone: 'live', camera: 'muted' })
    expect(walk.sent).toMatchObject([{ type: 'publish', source: 'microphone', mutedBy: null }])
    walk.hear(notAllowed)
    expect(walk.effects).toEqual([muteMicrophone, { type: 'emit', announcement: notAllowed }])
    const [me] = walk.view.occupants
    expect(me?.sources.microphone).toMatchObject({ mutedBy: 'host', track: null })
    expect(walk.captures({ microphone: 'muted', camera: 'muted' }).sent).toEqual([])
  })

  test('MD7 the second try is asked and refused like the first', () => {
    const walk = moderated()
    for (let round = 0; round < 3; round += 1) {
      walk.take({ type: 'capture-wished', source: 'microphone', on: true })
      walk.captures({ microphone: 'live', camera: 'muted' })
      expect(walk.sent).toHaveLength(1)
      expect(walk.hear(notAllowed).effects[0]).toEqual(muteMicrophone)
      walk.captures({ microphone: 'muted', camera: 'muted' })
    }
  })

  test('MD7 a snapshot from before one’s own mute is no answer to the un-mute after it', () => {
    const walk = moderated().change(own(null)).captures({ microphone: 'live', camera: 'muted' })
    walk.captures({ microphone: 'muted', camera: 'muted' }).captures({ microphone: 'live', camera: 'muted' })
    // Something else has changed; then the mute, and the refusal.
    walk.change(occupant(third)).change(own('self')).hear(notAllowed)
    expect(walk.effects[0]).toEqual(muteMicrophone)
    expect(walk.state.told.microphone).toBe('self')
  })

  test('MD7 of two un-mutes under way only the refused one is taken back', () => {
    const walk = moderated().captures({ microphone: 'live', camera: 'muted' })
    walk.captures({ microphone: 'live', camera: 'live' })
    // The host had asked for the microphone: the room shows it live, then refuses the camera.
    walk.change(own(null, 'host')).hear(notAllowed)
    expect(walk.effects[0]).toEqual({ type: 'set-capture', source: 'camera', on: false })
    expect(walk.state.told).toEqual({ microphone: null, camera: 'host' })
  })

  test('MD7 a microphone that the room records as muted is switched off at the owner', () => {
    const walk = new Walk().captures({ microphone: 'live' }).enter(occupant(self), occupant(host))
    walk.change(occupant(self, [{ source: 'microphone', mutedBy: 'host' }]))
    expect(walk.effects[0]).toEqual(muteMicrophone)
    expect(walk.hear(notAllowed).asked).toEqual([])
  })

  test('MD7 M7 an un-mute during an outage is asked for after the repeat, never smuggled in with it', () => {
    const walk = moderated().change(own('self')).lose()
    walk.take({ type: 'capture-wished', source: 'microphone', on: true })
    walk.captures({ microphone: 'live', camera: 'muted' }).timer().answer()
    walk.welcome(own('self'), occupant(host))
    expect(walk.sent).toMatchObject([
      { type: 'media-ready', publications: [{ mutedBy: 'self' }, { mutedBy: 'self' }] },
      { type: 'publish', source: 'microphone', mutedBy: null },
    ])
    expect(walk.hear(notAllowed).effects[0]).toEqual(muteMicrophone)
  })
})

describe('the host asks to un-mute', () => {
  test('MD10 H4 it is told once and changes nothing by itself', () => {
    const walk = moderated().hear({ type: 'unmute-asked', source: 'microphone' })
    expect(walk.asked).toEqual([])
    expect(walk.announced).toEqual([{ type: 'unmute-asked', source: 'microphone' }])
    expect(walk.view.unmuteAsked).toEqual(['microphone'])
    expect(walk.hear({ type: 'unmute-asked', source: 'microphone' }).announced).toEqual([])
  })

  test('MD10 yes switches on, and the un-mute goes to the room', () => {
    const walk = moderated().hear({ type: 'unmute-asked', source: 'microphone' })
    walk.take({ type: 'unmute-answered', source: 'microphone', yes: true })
    expect(walk.effects).toEqual([{ type: 'set-capture', source: 'microphone', on: true }])
    expect(walk.view.unmuteAsked).toEqual([])
    walk.captures({ microphone: 'live', camera: 'muted' })
    expect(walk.sent).toMatchObject([{ type: 'publish', source: 'microphone', mutedBy: null }])
  })

  test('MD10 no, and also the own button, ends the question', () => {
    const declined = moderated().hear({ type: 'unmute-asked', source: 'microphone' })
    declined.take({ type: 'unmute-answered', source: 'microphone', yes: false })
    expect(declined.effects).toEqual([])
    expect(declined.view.unmuteAsked).toEqual([])
    const pressed = moderated().hear({ type: 'unmute-asked', source: 'microphone' })
    pressed.captures({ microphone: 'live', camera: 'muted' })
    expect(pressed.view.unmuteAsked).toEqual([])
  })

  test('MD10 who is heard already is not asked', () => {
    const walk = new Walk().captures({ microphone: 'live' }).enter(occupant(self), occupant(host))
    expect(walk.hear({ type: 'unmute-asked', source: 'microphone' }).announced).toEqual([])
  })

  test('MD10 the question survives an outage, and ends with the session', () => {
    const walk = moderated().hear({ type: 'unmute-asked', source: 'microphone' }).lose().timer().answer()
    walk.welcome(own('host', 'host'), occupant(host), occupant(third))
    expect(walk.view.unmuteAsked).toEqual(['microphone'])
    expect(walk.lose(4410).view.unmuteAsked).toEqual([])
  })
})
