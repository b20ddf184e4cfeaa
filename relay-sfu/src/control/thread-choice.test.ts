import { limits } from '@video-room/shared/limits.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chosenThread, type PlacedRoom } from './thread-choice.ts'

const on = (thread: number, links: number): PlacedRoom => ({ thread, links })

describe('the thread of the next room', () => {
  it('RG8 is the one there is', () => {
    expect(chosenThread([on(0, 90)], 1)).toBe(0)
  })

  it('RG8 is the one with the fewest links, of equals the lowest', () => {
    expect(chosenThread([], 3)).toBe(0)
    expect(chosenThread([on(0, 10), on(1, 9), on(2, 9)], 3)).toBe(1)
    expect(chosenThread([on(0, 10), on(0, 10), on(1, 16)], 2)).toBe(1)
  })

  it('RG8 rooms that come at once, before anyone is in them, are spread', () => {
    const rooms: PlacedRoom[] = []
    for (let count = 0; count < 8; count += 1) rooms.push(on(chosenThread(rooms, 4), 0))
    expect(rooms.map(({ thread }) => thread)).toEqual([0, 1, 2, 3, 0, 1, 2, 3])
  })

  it('RG8 a small room is taken for the room that it may become', () => {
    expect(chosenThread([on(0, 1), on(0, 1), on(1, limits.relayRoomLinks + 1)], 2)).toBe(1)
  })

  it('RG8 never leaves one thread more than a room ahead of another', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.array(fc.nat(16), { maxLength: 100 }),
        (threads, sizes) => {
          const rooms: PlacedRoom[] = []
          for (const links of sizes) rooms.push(on(chosenThread(rooms, threads), links))
          const loads = Array.from({ length: threads }, (_, thread) =>
            rooms
              .filter((room) => room.thread === thread)
              .reduce((sum, { links }) => sum + Math.max(links, limits.relayRoomLinks), 0),
          )
          expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(16)
        },
      ),
    )
  })
})
