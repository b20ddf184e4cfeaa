/** Every bound of the relay, with its reason. What the whole product shares stands in shared/src/limits.ts. */

export const relayLimits = {
  /** A link that is neither proved nor described by then is given up; the browser's own end gives up after 8 s. */
  linkUpMs: 15_000,
  /** A room that cannot be reached keeps its media for this long: a deploy of the worker takes a few seconds. */
  roomLostMs: 10_000,
  /** The room waits 5 s for a summoned relay (RG4); an attempt that hangs must leave time for another one. */
  roomSocketOpenMs: 2_000,
  /** The registry is sought for ever; its restart is found within this, and a thousand relays do not storm it. */
  registryRetryMaxMs: 15_000,
  /** What may wait in a signalling socket for a slow far end; one that takes no more is taken for lost. Bytes. */
  signalBufferMaxBytes: 1_024 * 1_024,
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

  /** Datagrams that wait for the system: 10 ms of a busy relay. More would be late anyway and are dropped. */
  sendSlotsMax: 1_024,
  /** Asked of the system for each UDP socket, which may give less: 20 ms of a gigabit. Bytes. */
  socketBufferBytes: 4 * 1_024 * 1_024,
  /** Connections of ICE-TCP over all, and from one address: browsers open one for each of their own addresses. */
  tcpConnectionsMax: 1_024,
  tcpConnectionsPerAddressMax: 32,
  /** A connection over which no verified STUN request came by then is closed. */
  tcpUnverifiedMs: 5_000,
  /** What waits in a connection for a slow far end: half a second of video; after that, packets are dropped. Bytes. */
  tcpQueueMaxBytes: 256 * 1_024,

  /** SSRCs of one direction of a link, RTX included: 60 slots of a full room take 120, four sources with layers 14. */
  srtpStreamsMax: 160,
} as const
