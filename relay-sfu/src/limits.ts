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

  /** Handshakes of DTLS under way at once: at 10 ms of computing each, the last of 64 waits for half a second. */
  handshakesMax: 64,
  /** From the first ClientHello to Finished: six lost flights of a browser's back-off, and then no one waits any more. */
  handshakeMs: 15_000,
  /** Flights sent again because the far end repeated its own; every repeat costs a kilobyte. */
  handshakeRepeatsMax: 16,
  /** Bytes of messages that came early or in pieces: a certificate chain of a strange client, twice over. */
  handshakeBufferMaxBytes: 16_384,
  /** Flight 5 has five messages; one that runs further ahead than this belongs to no handshake of ours. */
  handshakeMessagesAheadMax: 6,
} as const
