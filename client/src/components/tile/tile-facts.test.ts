import { describe, expect, it } from 'vitest'
import type { MediaTrack } from '../../core/view.ts'
import { FakeMedia } from '../testing/fake-media.ts'
import { anOccupant, liveSource, mutedSource } from '../testing/fake-session.ts'
import { words } from '../words.ts'
import { tilesOf } from './tile-facts.ts'

const aTrack = (kind: string): MediaTrack => ({
  id: kind,
  kind,
  readyState: 'live',
  enabled: true,
  stop: () => {},
  addEventListener: () => {},
  removeEventListener: () => {},
})

const sound = aTrack('audio')
const picture = aTrack('video')
const { view: media } = new FakeMedia()
const notOffered = { offered: false, mutedBy: null, track: null, nextTrack: null }

describe('tile facts', () => {
  it.each(['self', 'host'] as const)(
    'M2 M5 H3 what is muted by %s is not rendered, even when a track is there',
    (by) => {
      const muted = { offered: true, mutedBy: by, track: picture, nextTrack: picture }
      const guest = anOccupant('g', 'Grace', {
        sources: {
          microphone: { ...muted, track: sound, nextTrack: sound },
          camera: muted,
          screen: muted,
          'screen-audio': notOffered,
        },
      })
      const [tile, ...rest] = tilesOf([guest], media)
      expect(tile).toMatchObject({ video: null, nextVideo: null, sound: null, nextSound: null })
      expect(tile?.microphone).toBe(by === 'host' ? 'muted-by-host' : 'off')
      expect(tile?.camera).toBe(by === 'host' ? 'muted-by-host' : 'off')
      expect(rest, 'a muted screen has no tile').toEqual([])
    },
  )

  it('one’s own sound is never played, and one’s own camera is shown as in a mirror', () => {
    const own = new FakeMedia()
    own.capture('camera', { status: 'live', track: picture })
    own.capture('microphone', { status: 'live', track: sound })
    const self = anOccupant('s', 'Ada', { isSelf: true })
    const [tile] = tilesOf([self], own.view)
    expect(tile).toMatchObject({ sound: null, video: picture, isMirrored: true, microphone: 'live' })
    expect(tile?.label).toBe(words.tileOfSelf('Ada'))
  })

  it('a shared screen has its own tile with its own sound, beside its owner', () => {
    const guest = anOccupant('g', 'Grace', {
      sources: {
        microphone: liveSource(sound),
        camera: mutedSource(),
        screen: liveSource(picture),
        'screen-audio': liveSource(sound),
      },
    })
    const tiles = tilesOf([guest, anOccupant('h', 'Hedy')], media)
    expect(tiles.map(({ label }) => label)).toEqual(['Grace', words.screenOf('Grace'), 'Hedy'])
    expect(tiles[1]).toMatchObject({ video: picture, sound, isMirrored: false })
  })

  it('one’s own screen is not shown inside itself', () => {
    const own = new FakeMedia()
    own.capture('screen', { status: 'live', track: picture })
    const tiles = tilesOf([anOccupant('s', 'Ada', { isSelf: true })], own.view)
    expect(tiles[1]).toMatchObject({ label: words.yourScreen, video: null, sound: null })
  })

  it('a connection that is not there is said, in the order of what matters', () => {
    const veils = [
      anOccupant('a', 'A', { isPresent: false, link: 'recovering' }),
      anOccupant('b', 'B', { link: 'recovering' }),
      anOccupant('c', 'C', { link: 'connecting' }),
      anOccupant('d', 'D', { link: 'connected' }),
      anOccupant('e', 'E', { isSelf: true, isPresent: false }),
    ].map((occupant) => tilesOf([occupant], media)[0]?.veil)
    expect(veils).toEqual([words.away, words.recovering, words.connecting, null, null])
  })

  it('MG1 what the next route brings is known beforehand, and nothing of oneself', () => {
    const [next, nextSound] = [aTrack('video'), aTrack('audio')]
    const sources = {
      ...anOccupant('g', 'Grace').sources,
      microphone: liveSource(sound, nextSound),
      camera: liveSource(picture, next),
    }
    const [tile] = tilesOf([anOccupant('g', 'Grace', { sources })], media)
    expect(tile).toMatchObject({ video: picture, nextVideo: next, sound, nextSound })
    const [own] = tilesOf([anOccupant('s', 'Ada', { isSelf: true, sources })], media)
    expect(own).toMatchObject({ nextVideo: null, sound: null, nextSound: null })
  })

  it('someone who offers no microphone is not shown as live', () => {
    const quiet = anOccupant('g', 'Grace')
    const [tile] = tilesOf([{ ...quiet, sources: { ...quiet.sources, microphone: notOffered } }], media)
    expect(tile?.microphone).toBe('none')
  })
})
