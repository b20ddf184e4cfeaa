/** Rooms of foreign stacks: each publishes and each receives, through a real relay. */
import { slotSsrc } from '@video-room/shared/sdp/facts.ts'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { BrowserGuest, inboundOf, layerOf, wantCamera } from './testing/browser-guest.ts'
import { startChromium, startFirefox, type TestBrowser } from './testing/browsers.ts'
import { DatachannelGuest, type ReceivedRtp } from './testing/datachannel-guest.ts'
import { PageServer } from './testing/page-server.ts'
import { layeredPicture, smallPicture, widths } from './testing/stage.ts'
import { RelayLab } from './testing/relay-lab.ts'
import { until } from './testing/until.ts'
import { WrtcGuest } from './testing/wrtc-guest.ts'

let lab: RelayLab
let pages: PageServer
let browsers: readonly TestBrowser[]
let inChromium: BrowserGuest
let inFirefox: BrowserGuest
const guests: { close(): void }[] = []

beforeAll(async () => {
  const [startedLab, startedPages, chromium, firefox] = await Promise.all([
    RelayLab.start(),
    PageServer.start(),
    startChromium(),
    startFirefox(),
  ])
  lab = startedLab
  pages = startedPages
  browsers = [chromium, firefox]
  inChromium = await BrowserGuest.open(chromium, pages)
  inFirefox = await BrowserGuest.open(firefox, pages)
}, 120_000)
afterEach(async () => {
  for (const guest of guests.splice(0)) guest.close()
  await Promise.all([inChromium.leave(), inFirefox.leave()])
  lab.room.leaveAll()
})
afterAll(async () => {
  await Promise.all([...browsers.map((browser) => browser.stop()), pages.stop(), lab.stop()])
}, 60_000)

const keep = <Guest extends { close(): void }>(guest: Guest): Guest => {
  guests.push(guest)
  return guest
}
const sources = ['microphone', 'camera'] as const

it('Chromium and Firefox see and hear each other', async () => {
  const [ann, bob] = [lab.room.seat('a', ...sources), lab.room.seat('b', ...sources)]
  await inChromium.join(ann, { picture: smallPicture('red'), hasSound: true })
  await inFirefox.join(bob, { picture: smallPicture('blue'), hasSound: true })
  await inChromium.shows(bob, ({ color, frames }) => color === 'blue' && frames > 20)
  await inFirefox.shows(ann, ({ color, frames }) => color === 'red' && frames > 20)
  await inChromium.sees(
    'sound from Firefox',
    (view) => (inboundOf(view, bob, 'microphone')?.soundEnergy ?? 0) > 0.01,
  )
  await inFirefox.sees(
    'sound from Chromium',
    (view) => (inboundOf(view, ann, 'microphone')?.soundEnergy ?? 0) > 0.01,
  )
})

/** Firefox numbers its layers' pictures so much alike that they must be made one row, or base layers are dropped. */
it('layers of Firefox change before Chromium, and those of Chromium before Firefox: every change shows, and nothing stands still', async () => {
  for (const [publisher, viewer] of [
    [inFirefox, inChromium],
    [inChromium, inFirefox],
  ] as const) {
    const [ann, bob] = [lab.room.seat('a', 'camera'), lab.room.seat('b')]
    await publisher.join(ann, { picture: layeredPicture('red') })
    await publisher.sees('every layer is sent', (view) =>
      ['f', 'h', 'q'].every((rid) => (layerOf(view, rid)?.frames ?? 0) > 5),
    )
    await viewer.join(bob)
    for (const widthPx of [widths.q, widths.f, widths.h, widths.q]) {
      wantCamera(bob, ann, widthPx)
      const { frames } = await viewer.shows(ann, (picture) => picture.widthPx === widthPx)
      await viewer.shows(ann, (picture) => picture.frames > frames + 5 && picture.widthPx === widthPx)
    }
    const figures = inboundOf(await viewer.look(), ann, 'camera')
    console.log(
      `${figures?.framesDecoded} frames, ${figures?.framesDropped} dropped, ${figures?.freezes} freezes`,
    )
    expect(figures?.packetsLost).toBe(0)
    expect(figures?.framesDropped).toBeLessThan(0.1 * (figures?.framesDecoded ?? 0))
    await Promise.all([publisher.leave(), viewer.leave()])
    lab.room.leaveAll()
  }
}, 120_000)

/** VP8 as libwebrtc sends it, from a key frame on: at least this many packets. */
let recording: readonly ReceivedRtp[] = []

it('T1 Chromium, libwebrtc and libdatachannel in one room: decoded, and complete in the order of their numbers', async () => {
  const [ann, bob, carl] = [
    lab.room.seat('a', ...sources),
    lab.room.seat('b', ...sources),
    lab.room.seat('c'),
  ]
  await inChromium.join(ann, { picture: smallPicture('red'), hasSound: true })
  const wrtc = keep(new WrtcGuest())
  await wrtc.join(bob, 'green')
  const raw = keep(new DatachannelGuest())
  await raw.join(carl)
  await inChromium.shows(bob, ({ color, frames }) => color === 'green' && frames > 10)
  await inChromium.sees(
    'sound from libwebrtc',
    (view) => (inboundOf(view, bob, 'microphone')?.soundEnergy ?? 0) > 0.01,
  )
  await until('libwebrtc decodes Chromium', () => (wrtc.frames.get(wrtc.midOf(ann, 'camera')) ?? 0) > 10)
  expect(wrtc.seen.get(wrtc.midOf(ann, 'camera'))).toBe('red')
  await until(
    'libwebrtc hears Chromium',
    () => (wrtc.loudSamples.get(wrtc.midOf(ann, 'microphone')) ?? 0) > 1_000,
  )
  for (const seat of [ann, bob]) {
    for (const source of sources) {
      const packets = await until(`libdatachannel gets the ${source}`, () => {
        const received = raw.packetsOf(seat, source)
        return received.length > 60 && received
      })
      const mid = raw.midOf(seat, source)
      expect(new Set(packets.map(({ ssrc }) => ssrc))).toEqual(new Set([slotSsrc(Number(mid))]))
      expectContinuous(packets)
    }
  }
  recording = [...raw.packetsOf(bob, 'camera')]
})

it('libdatachannel, without mid and without mercy, is decoded by Chromium and by Firefox', async () => {
  const [ann, bob, carl] = [lab.room.seat('a'), lab.room.seat('b'), lab.room.seat('c', ...sources)]
  await Promise.all([inChromium.join(ann), inFirefox.join(bob)])
  const raw = keep(new DatachannelGuest())
  await raw.join(carl)
  await until('libdatachannel connects', () => raw.state === 'connected')
  raw.hum()
  raw.play(recording)
  for (const viewer of [inChromium, inFirefox]) {
    await viewer.shows(carl, ({ color, frames }) => color === 'green' && frames > 30)
    await viewer.sees('its sound', (view) => (inboundOf(view, carl, 'microphone')?.packets ?? 0) > 50)
  }
})

/** Neither gaps nor doubles, whatever came late. */
function expectContinuous(packets: readonly ReceivedRtp[]): void {
  const [first] = packets
  const numbers = packets.map(
    ({ sequenceNumber }) => (sequenceNumber - (first?.sequenceNumber ?? 0)) & 0xff_ff,
  )
  expect(numbers).toEqual(numbers.map((_, at) => at))
}
