/** Every bound of the relay, with its reason. What the whole product shares stands in shared/src/limits.ts. */

export const relayLimits = {
  /** A link that is neither proved nor described by then is given up; the browser's own end gives up after 8 s. */
  linkUpMs: 15_000,
  /** A room that cannot be reached keeps its media for this long: a deploy of the worker takes a few seconds. */
  roomLostMs: 10_000,
  /** The room waits 5 s for a summoned relay (RG4); an attempt that hangs must leave time for another one. */
  roomSocketOpenMs: 2_000,
  /** How wide a picture is sent to a viewer who has not said yet what they look at. Device pixels. */
  modestWidthPx: 640,
  /** Who speaks changes with every breath; eyes follow a mark that moves three times a second. */
  speakersEveryMs: 300,
} as const
