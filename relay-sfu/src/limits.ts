/** Every bound of the relay, with its reason. What the whole product shares stands in shared/src/limits.ts. */

export const relayLimits = {
  /** A link that is neither proved nor described by then is given up; the browser's own end gives up after 8 s. */
  linkUpMs: 15_000,
  /** A room that cannot be reached keeps its media for this long: a deploy of the worker takes a few seconds. */
  roomLostMs: 10_000,
  /** Occupants of a room that moved on keep their old link until the next one stands: half a second, on a bad day this. */
  roomLingerMs: 5_000,
  /** The room waits 5 s for a summoned relay (RG4); an attempt that hangs must leave time for another one. */
  roomSocketOpenMs: 2_000,
  /** The registry is sought for ever; its restart is found within this, and a thousand relays do not storm it. */
  registryRetryMaxMs: 15_000,
  /** A relay that was never registered tries as often without waiting longer: it and its worker were started together. */
  registryEagerTries: 24,
  /** How far other relays are is asked this often, a share sooner or later so that a start of many does not beat in time. */
  relayProbeMs: 15_000,
  relayProbeSpread: 0.2,
  /** Answers of one relay that make its distance: one that was late, and one that was lost, do not move the median. */
  probesKept: 5,
  /** … and of so many it is told how many questions were lost: of 80, over five minutes, one is seen. */
  lossProbesKept: 20,
  /** What may wait in a signalling socket for a slow far end; one that takes no more is taken for lost. Bytes. */
  signalBufferMaxBytes: 1_024 * 1_024,
  /** How wide a picture is sent to a viewer who has not said yet what they look at. Device pixels. */
  modestWidthPx: 640,
  /** A link whose occupant is at home elsewhere now goes on until what comes over the trunk is shown in its place. */
  movedLinkMs: 2_000,
  /** A trunk that failed is dialled again after this, then less and less often: two relays may be cut off for hours. */
  trunkRetryFirstMs: 250,
  trunkRetryMaxMs: 5_000,
  /** How often a trunk is asked how long it is; the room hears of it only when it is another by much. */
  trunkMeasureMs: 5_000,
  /** Who speaks above the others changes with every turn of a talk; each word of it goes to everyone by way of the room. */
  speakersEveryMs: 1_000,

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
  /** A flight of our own that nobody answers is sent again: a second, as RFC 6347 has it, is a long time between relays … */
  dialFlightMs: 250,
  /** … and twice as late each time, up to this. */
  dialFlightMaxMs: 2_000,

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

  /** A camera in three layers takes 2.5 Mbit/s, a sharp screen 5, and probes may double either for a moment. */
  publisherBitrateBps: 12_000_000,
  /** A publisher may be this far ahead of its bitrate: probes and key frames come in bursts. Seconds of it. */
  publisherBurstSeconds: 2,
  /** Four sources, one of them in three layers, with RTX: 14 SSRCs. A browser that renews all of them is welcome once … */
  publisherSsrcsBurst: 32,
  /** … and then one at a time, as when a camera is changed. */
  publisherSsrcsPerSecond: 0.2,
  /** Arrivals that feedback may be about: what the fastest publisher sends in most of a second. A power of two. */
  publisherArrivalsKept: 1_024,
  /** A trunk carries what a full room sends: sixteen publishers at their most. */
  trunkBitrateBps: 192_000_000,
  /** At 20,000 packets/s the reports of four turns, should the thread be late. A power of two. */
  trunkArrivalsKept: 4_096,
  /** Packets that a trunk may have under way until it hears of them: 0.8 s at its most. A power of two. */
  trunkSentKept: 16_384,
  /** They have 14 SSRCs each, which come again under other names when they change their homes, all at once at worst … */
  trunkSsrcsBurst: 512,
  /** … and one newcomer after the other. */
  trunkSsrcsPerSecond: 16,
  /**
   * SSRCs of one direction of a trunk. None is used twice, and none may be forgotten: 14 for whoever comes or changes homes, 580
   * times in the life of a trunk. Two megabytes when all were used.
   */
  trunkSrtpStreamsMax: 8_192,
  /** Publications that the far end may speak about: a full room has 64, and twice as many while homes are changed. */
  trunkWantsMax: 256,
  /** A trunk that falters for some milliseconds loses packets of everyone at once. Bytes. */
  trunkRepairBurstBytes: 1_024 * 1_024,
  /** What repairs may add to what is forwarded; more would only feed a queue that overflows. */
  repairShare: 0.3,
  /** A viewer that comes in asks for the packets of one key frame at once. Bytes. */
  repairBurstBytes: 64 * 1_024,

  /** Addresses from which one link may be heard: a browser tries each of its own, and again after a change of network. */
  linkAddressesMax: 16,
  /** Credentials that one link used: the first, and one for each ICE restart; the oldest is forgotten. */
  linkCredentialsMax: 16,
  /**
   * A relay that is dialled is asked this often at first, when a packet was lost or its room is a moment behind ours, and less often
   * later, when it is more likely that nobody is there; and then no more: the room has another way by that time.
   */
  dialRetryMs: 250,
  dialEagerMs: 2_000,
  dialPatientRetryMs: 500,
  dialMs: 10_000,
  /** A trunk is asked for a sign of life this often, and every `dialRetryMs` while it gives none. */
  dialCheckMs: 1_000,
  /**
   * A trunk that gives none for this long is lost. Between relays nothing sleeps or changes network, and ten questions in a row that
   * are lost are no chance; behind it a whole part of the room sees nothing.
   */
  dialSilentMs: 3_000,
  /** Links that are dialled and not up yet, at once: those of all rooms that a lost relay had, 10 ms of computing each. */
  dialsMax: 64,

  /**
   * Plain STUN to another relay: so many questions, so that it is known how many are lost, one after the other, and how long the last
   * one waits for its answer. The other side of the world is 300 ms away.
   */
  probeQuestions: 4,
  probeIntervalMs: 100,
  probeLastMs: 600,
  /** Probes at once. All relays that there are to probe (RG6): who asks for more asks twice. */
  probesMax: 32,

  /** Links whose ticket came before the room's word, at once; and how long the room has for its word. */
  pendingLinksMax: 256,
  pendingLinkMs: 10_000,
  /** Nothing authentic for this: the link is gone. Browsers check every 2.5 s, and a phone in a lift is back by then. */
  linkSilentMs: 15_000,
  /** Ids of closed links whose tickets are refused (I4), and for how long: a ticket lives a minute, clocks differ. */
  barredLinksMax: 4_096,
  barredLinkMs: 2 * 60_000,
  /**
   * What unknown sources may ask of the control thread. One address and port: a browser's checks before its first answer. All
   * together: 4,000 forged requests a second cost 80 ms of computing; a genuine client among 10,000 gets through in its
   * first three tries.
   */
  strangerBurst: 16,
  strangerPerSecond: 8,
  strangersBurst: 1_000,
  strangersPerSecond: 4_000,
  /** Plain STUN, which anybody may ask, each answer twice as large as the question. */
  plainStunBurst: 200,
  plainStunPerSecond: 200,
  /** STUN and DTLS from an address that is known: every pair checked often, a flight in pieces. */
  acquaintanceBurst: 200,
  acquaintancePerSecond: 100,
  /** How often links are looked at for silence. */
  linkSweepMs: 1_000,
  /** Packets are handed to the system at the end of a turn, or when this many wait. */
  flushPackets: 64,
  /** The media logic is woken at most this often; reports and repairs are planned in tens of milliseconds. */
  tickMinMs: 5,
} as const
