/**
 * Decides: which media thread serves the next room (RG8).
 * Does not decide: whether the relay serves it at all, nor for how long.
 * Invariants: the one with the fewest links, of equals the lowest; a room that has few links yet counts for as many as the registry
 * takes it to bring, so that rooms that come at once do not all go to one.
 */
import { limits } from '@video-room/shared/limits.ts'

export interface PlacedRoom {
  readonly thread: number
  readonly links: number
}

export function chosenThread(rooms: readonly PlacedRoom[], threads: number): number {
  const expected = Array.from({ length: threads }, () => 0)
  for (const { thread, links } of rooms)
    expected[thread] = (expected[thread] ?? 0) + Math.max(links, limits.relayRoomLinks)
  return expected.indexOf(Math.min(...expected))
}
