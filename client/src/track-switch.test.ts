import { limits } from '@video-room/shared/limits.ts'
import { expect, test } from 'vitest'
import { FakeClock, FakeTrack } from './testing/fake-room.ts'
import { TrackSwitch } from './track-switch.ts'

function newSwitch() {
  const clock = new FakeClock()
  return { clock, tracks: new TrackSwitch(clock.after), sound: new FakeTrack('sound') }
}

test('MG6 a sound that was open gives way in a moment, not at once', async () => {
  const { clock, tracks, sound } = newSwitch()
  tracks.open(sound)
  tracks.giveWay(sound)
  await clock.pass(limits.soundPartsMs - 1)
  tracks.giveWay(sound)
  expect(sound.enabled).toBe(true)
  await clock.pass(1)
  expect(sound.enabled).toBe(false)
})

test('M5 what nobody opened is shut at once, as it comes', () => {
  const { clock, tracks, sound } = newSwitch()
  tracks.giveWay(sound)
  expect([sound.enabled, clock.armed]).toEqual([false, 0])
})

test('MD2 what gives way and is muted meanwhile is shut at once', async () => {
  const { clock, tracks, sound } = newSwitch()
  tracks.open(sound)
  tracks.giveWay(sound)
  tracks.shut(sound)
  expect([sound.enabled, clock.armed]).toEqual([false, 0])
})

test('MG5 what gives way and is wanted again stays open', async () => {
  const { clock, tracks, sound } = newSwitch()
  tracks.open(sound)
  tracks.giveWay(sound)
  tracks.open(sound)
  await clock.pass(limits.soundPartsMs * 2)
  expect(sound.enabled).toBe(true)
})

test('nothing is shut when all has ended', async () => {
  const { clock, tracks, sound } = newSwitch()
  tracks.open(sound)
  tracks.giveWay(sound)
  tracks.clear()
  expect(clock.armed).toBe(0)
})
