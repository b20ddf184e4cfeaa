/** Every bound of the product, with its reason. Nothing else defines a limit. */

export const limits = {
  /** An offer with four media sections measures 6–10 kB, one with every codec of Chromium 23 kB; 64 kB leaves room
   *  for browsers to grow and is small enough to parse on any phone. Bytes of UTF-8, checked before parsing. */
  messageMaxBytes: 64 * 1024,
  /** The room adds its own fields to what it passes on; what fitted into the room must fit into its readers. */
  roomMessageMaxBytes: 66 * 1024,
  /** A create or join body is under 1 kB; 16 kB forgives pretty-printing. Checked before parsing. */
  bodyMaxBytes: 16 * 1024,
  /** Long enough for any real name, short enough for one line of a tile. Unicode code points. */
  displayNameMaxLength: 64,
  /** RFC 9110 sets no bound for Idempotency-Key; 128 characters hold any UUID or hash. */
  idempotencyKeyMaxLength: 128,

  /** The brief: one host and one participant, until someone asks for more. */
  maxParticipantsDefault: 1,
  /** Above this nobody can be found in a grid, and a mesh has failed long before. */
  maxParticipantsCeiling: 15,

  /** A room nobody ends is ended after a working day; the embedder may ask for less. */
  roomLifetimeDefaultMs: 12 * 3_600_000,
  roomLifetimeMinMs: 60_000,
  roomLifetimeMaxMs: 7 * 24 * 3_600_000,
  /** An ended room still answers `room_ended` (not `room_not_found`) for this long, then everything is deleted. */
  roomTombstoneMs: 3_600_000,

  /** A seat outlives its socket by this: a reload takes 1–3 s, a change of network up to 20 s. */
  graceMs: 30_000,
  /** Between the join and the socket lies the permission prompt of the browser; people need time to answer it. */
  joinToSocketMs: 60_000,
  /** Clients ping this often; the platform answers without waking the room. */
  heartbeatMs: 10_000,
  /** Two lost pings and a slow third: the far end is gone although no one closed the socket. */
  heartbeatMissedMs: 25_000,
  /** How often a room with sockets looks for silent ones. The only wake-up of a quiet room. */
  presenceSweepMs: 30_000,
  /** People at the door at once; each is a line in the host's list, and none holds a seat. */
  knocksMax: 32,
  /** A knock outlives its socket by this: long enough for a reload, short enough not to be let in unseen. */
  knockGraceMs: 15_000,
  /** A room may hear this many knocks at once and then this many a second; the host's list is no loudspeaker. */
  knockBurst: 10,
  knocksPerSecond: 1,
  /** A picture at the door, in base64: a face 96 pixels across is a JPEG of 2 to 4 kB. */
  knockPictureMaxLength: 6 * 1024,
  knockPictureSidePx: 96,
  /** Changing one's mind a few times is human; the host's list is no cinema. */
  knockPictureBurst: 3,
  knockPicturesPerSecond: 0.2,
  /** A host who steps out to fetch someone is back in minutes; the embedder may say otherwise, up to a day. */
  hostGraceDefaultMs: 5 * 60_000,
  hostGraceMaxMs: 24 * 3_600_000,
  /** The gate may be across a network; an answer that takes longer than this counts as none. */
  gateAnswerMs: 4_000,
  /** Tries to bring a gate up to date that was out of reach: first and ceiling. Rooms wake for them, so not too often. */
  gateRetryFirstMs: 500,
  gateRetryMaxMs: 10_000,
  /** A join asks a gate again that has just failed only after this: those in line behind it are told at once. */
  gateRestMs: 1_000,
  /** Objects that hold a Redis connection each, for all rooms of a deployment: one serves 2,400 commands a second
   *  (measured), four survive a slow one among them. Another number moves rooms between them, which harms nothing. */
  gateways: 4,
  /** Connecting (TLS included) and any one command; a Redis that needs longer is down for people who wait at a door. */
  redisAnswerMs: 2_000,
  /** Commands of one gateway under way at once; the next is refused at once. At 1 ms each, 256 are a quarter second. */
  redisCommandsMax: 256,
  /** After a failure a gateway refuses at once for this long; then it tries again: recovery is felt within it. */
  redisRestMs: 500,
  /** How often the gateway that hears the control channel looks whether it still hears it. */
  controlCheckMs: 20_000,
  /** Rooms of one creator that may be open at once, unless its proof says less. */
  roomsPerCreatorMax: 1_000,
  /** A creator at its quota asks again this soon at the latest: any of its rooms may have been ended meanwhile. */
  creatorQuotaRetryMs: 60_000,
  /** One creator may make this many rooms at once (a timetable that begins on the hour) and then this many a second. */
  createBurst: 200,
  createsPerSecond: 10,
  /** Keys of each kind that may be current at once: a rotation overlaps two, an operator with a few embedders has ten. */
  creatorKeysMax: 32,
  /** A creator's JWT is made for one booking: longer than this ahead it would be a password. */
  creatorTokenMaxMs: 3_600_000,
  /** How far the clock of an embedder's backend may be off. */
  creatorTokenLeewayMs: 30_000,
  /** A JWT with EdDSA signature and pinned settings takes 600 characters. */
  creatorTokenMaxLength: 4_096,
  /** Tokens of removed occupants that a room remembers; the oldest is forgotten first. */
  removedTokensMax: 256,

  /** A socket may burst this many messages (an ICE trickle on a machine with many addresses) … */
  messageBurst: 120,
  /** … and sustain this many a second. A call in steady state sends none. */
  messagesPerSecond: 20,
  /** Malformed or forbidden messages that one socket may send before it is closed with 4400. */
  violationsMax: 8,
  /** One room: a class of thirty may click at once, a flood may not. */
  joinBurst: 40,
  joinsPerSecond: 2,
  /** A full room names the end of a grace when to ask again; at the latest this, as anyone may leave at any time. */
  roomFullRetryMs: 5_000,
  /** Events of one room that wait for a webhook receiver: a full room coming and going for hours; the oldest goes first. */
  webhooksMax: 256,
  /** A receiver that was down is tried again within minutes of its return, and not for ever. */
  webhookRetryFirstMs: 1_000,
  webhookRetryMaxMs: 5 * 60_000,
  webhookGiveUpMs: 24 * 3_600_000,
  /** A receiver puts the event into its own queue and answers; one that works first has this long. */
  webhookTimeoutMs: 10_000,
  /** Deliveries of one wake-up: an alarm may run for 15 minutes, and slow receivers need their time. */
  webhookBatchMax: 32,
  /** A room tells its creator's ledger that it has ended until the ledger heard it: a place in the quota waits for it. */
  ledgerRetryFirstMs: 1_000,
  ledgerRetryMaxMs: 60_000,
  /** Rejected input is counted all the time and logged at most this often, so that a flood cannot fill a log. */
  rejectionLogMs: 60_000,
  /** One address at one edge: the same, over all rooms. Creating is rarer than joining. */
  requestBurst: 120,
  requestsPerSecond: 20,
  /** Addresses an edge remembers for this; a bounded table, the oldest entry goes first. */
  requestSourcesMax: 4_096,

  /** The reader's own wait before a socket is tried again: first, growth and ceiling (full jitter). */
  reconnectFirstMs: 250,
  reconnectMaxMs: 5_000,
  /** A client that could not come back within the seat's grace and a bit more gives up and says so. */
  reconnectGiveUpMs: 45_000,
  /** Create and join are one small round trip each; a slow 3G answers in 3 s. */
  requestTimeoutMs: 10_000,
  /** A socket that has not opened by then is tried anew. */
  socketOpenTimeoutMs: 10_000,

  /** Joining is watched by a person: a socket that cannot be opened twice over is told, not tried for ever. */
  joinGiveUpMs: 20_000,
  /** The platform answers a ping at the edge, in one round trip; a slow 3G takes 3 s. */
  pongTimeoutMs: 5_000,
  /** Signals of one link kept while its far end or the room is away: an offer and the candidates of many addresses. */
  heldSignalsMax: 64,

  /** A link that receives nothing at all for this is suspect: a frame is due every 33 ms, a ping every second. */
  linkSilentMs: 2_000,
  /** A first connection judged: the browser's own verdict takes 16 s, people give up sooner. */
  linkConnectMs: 8_000,
  /** A suspect link may try an ICE restart this long before it is remade. */
  linkRestartMs: 4_000,
  /** A link that another route replaces is kept this long at most: finding a relay (5 s) and connecting to it. */
  linkDrainMs: 8_000,
  /** … and this long after its successors stand: by then each has shown its first picture (measured: 0.4 s cold). */
  linkSettleMs: 600,
  /** How often a relay is told anew what is wanted of it: a window that is being resized says a new width 60 times a second. */
  wantsIntervalMs: 200,
  /** How wide a picture is taken to be shown when nobody said: nothing better is published to more than one. */
  shownWidthDefaultPx: 1_280,
  /** Wider than any screen. */
  shownWidthMaxPx: 16_384,
  /** Slots of each kind on a relay link from its first offer on: camera and screen, or voice and the sound of the screen. */
  slotsMin: 2,
  /** All that a full room can publish of one kind: half of `relaySectionsMax`, the four that send left out. */
  slotsMax: 2 * 15,
  /** How often a link is looked at, and how often its data channel carries one byte to prove that it lives. */
  linkSampleMs: 500,
  linkPingMs: 1_000,
  /** A migration that is not committed by then is given up, and nobody has seen anything: a relay connects in 0.4 s, cold. */
  migrationMs: 10_000,
  /** How much longer, where everyone reaches the relay and giving up would only make a mesh of too many: devices that are busy take longer. */
  crowdPatienceMs: 20_000,
  /** While a route is prepared its links are looked at more often: the move waits for what they show. */
  migrationSampleMs: 100,
  /** A direct attempt is judged: across NATs that let it through it takes 0.2 s (measured), the browser's own verdict 16 s. */
  directJudgedMs: 3_000,
  /** A relay link that stands by hears nothing but answers to ICE's checks, one every 2.5 s in Chromium: three missed are silence. */
  standbySilentMs: 7_500,
  /** A source that brought nothing for this does not flow; a slow screen (5 pictures a second) still does (MG3). */
  flowingMs: 500,
  /** Packets of a sound after which it has come over the next route too: 100 ms of Opus (MG3). */
  readyPackets: 5,
  /** A browser begins at 300 kbit/s and needs this long to find out what an uplink holds: until then it is no verdict (FX1). */
  uplinkRampMs: 5_000,
  /** Below this a picture is at most 360p, and another way may do better; above it a smaller picture is the browser's own choice. */
  uplinkScarceBps: 500_000,
  /** A relay link stands by only after this, so that it takes nothing from the first picture of a direct one that works. */
  standbyAfterMs: 1_500,
  /** Above this many people a mesh asks more of an uplink than homes have: n − 1 pictures up. */
  meshOccupantsMax: 4,
  /** … and comes back only below it, so that one who comes and goes moves nobody. */
  meshReturnOccupantsMax: 3,
  /** Trouble must last: a moment of loss is repaired by NACK, and a move costs two encoders for a second. */
  troubleMs: 3_000,
  /** Of 20 packets more than one lost, over `troubleMs`: above it pictures freeze while they are repaired. */
  lossyShare: 0.05,
  /** The way back is taken when direct has been as good for this long. */
  directBetterMs: 20_000,
  /** A relay must be quicker by both, for `directBetterMs`, to take a room from a mesh that works. */
  latencyGainShare: 0.3,
  latencyGainMs: 50,
  /** Direct may be this much slower than the relay and is still the better way: it costs nobody anything. */
  directSlackMs: 20,
  /** Between two moves that nobody asked for and nothing forces. */
  routeDwellMs: 30_000,
  /** Such moves of a room within `routeBudgetMs`; then it stays where it is until the oldest is that long ago. */
  routeSwitchesMax: 6,
  routeBudgetMs: 10 * 60_000,
  /** Direct links that stand by and failed are tried again after this, doubled up to the ceiling. */
  directRetryFirstMs: 15_000,
  directRetryMaxMs: 5 * 60_000,
  /** A relay that an occupant could not reach is not stood by again before this. */
  standbyRetryMs: 60_000,
  /** How often an occupant says new figures when no verdict changed, and how much they must have changed. */
  reportIntervalMs: 5_000,
  reportChangeShare: 0.25,
  reportChangeMs: 10,
  /** A round trip of a minute is none. */
  reportedMsMax: 60_000,
  /** A page looks for gaps from so long before a new route until so long after: pictures have changed over by then. */
  gapBeforeMs: 1_000,
  gapAfterMs: 3_000,
  /** … and compares with so many of the seconds before that. */
  gapSteadyMs: 5_000,
  /** A longer gap is told as this: media that was away for a minute is no matter of a move. */
  gapMaxMs: 60_000,
  /** A call says how it flows when that changes, and this often: an operator's number of calls is never older than twice that. */
  callWordMs: 10 * 60_000,
  /** A room that was not heard for two of those words and a bit is not counted any more. */
  callCountedMs: 25 * 60_000,
  /** The next sound is let speak so long after the tile has heard of it: until a busy browser has a few of its packets in hand. */
  soundTakesOverMs: 150,
  /** The former one is open for longer, as a busy page draws its tiles late; less than `linkSettleMs`, after which it would stop. */
  soundPartsMs: 400,
  /** Of what a link sends while another stands up beside it, so that both fit through one uplink. */
  overlapBitrateShare: 0.6,
  /** Nothing is held down where the estimate says that this many times what is sent fits: the same again, and half of it for the smaller layers. */
  uplinkRoomFactor: 2.5,
  /** Routes of one stay that a person can look back at. */
  routeHistoryMax: 32,
  /** Relays in one route: a chain of three hops joins four. */
  routeRelaysMax: 4,
  /** A second relay must take this share off the longest way between two people, and at least this much of it: it costs a hop. */
  chainGainShare: 0.15,
  chainGainMs: 10,
  /** A chain that is better by less than this share than the best single relay has had its time. */
  chainKeepShare: 0.05,
  /** A tree that is longer by no more than one of these is as good, if its relays are less busy … */
  chainLoadMs: 5,
  chainLoadShare: 0.05,
  /** … by so much: how busy a relay is changes from look to look, and what two looks say must be the same. */
  chainLoadStep: 0.25,
  /** Looks at all distances in a row that must say the same before the tree is changed. */
  chainRounds: 2,
  /** From a look at the registry until occupants have measured what it named: three round trips of the slowest, and the room's. */
  chainProbeMs: 2_500,
  /** The first look, once a room is relayed; then, with nothing to change, half as often each time. */
  chainSurveyFirstMs: 2_000,
  chainSurveyMaxMs: 300_000,
  /**
   * Of so many measurements of one way the shortest counts: a busy machine makes any of them longer, and none makes one shorter. A way
   * that became longer for good is seen so many looks later.
   */
  chainProbesKept: 4,
  /**
   * Questions and answers that are remembered of one way: the older half goes when there are more. Of 64 that were all answered it
   * is believed that less than 2 % are lost; looks that ask five each have so many after a dozen.
   */
  chainChecksKept: 128,
  /** Questions that one measurement may say it asked: a connection of two seconds asks ten, a relay sums up some minutes. */
  checksMax: 1_000,
  /** Less loss than this between any two is not worth a move: repairs hide it. */
  chainLossWorthShare: 0.02,
  /** What loses less must lose at most this share of what the present way does … */
  chainLossGainShare: 0.5,
  /** … and may be longer by this much: a quarter, and what a nearer relay would be chosen for. */
  chainLossRttShare: 0.25,
  chainLossRttMs: 50,
  /** Where people are at home, so that little is lost, also minds time: one packet in a hundred is worth ten milliseconds. */
  chainLossWorthMs: 1_000,
  /** While the present way loses, looks go on at this rhythm: they also count what other ways lose. */
  chainLossyLookMs: 10_000,
  /** Others that one occupant measures: each is a connection of two seconds. */
  chainProbesMax: 4,
  /** Relays that a tree is made of are the nearest two of each occupant, no more than these in all: 336 trees of up to four. */
  chainCandidatesMax: 6,
  /** A trunk that was not there for so long is given up: whoever is behind it comes to the first relay. */
  trunkLostMs: 5_000,
  /**
   * After a commit media goes on over the trunks of the former route, too: relays hear of the next one one after the other, and none may
   * stop sending what another still shows. The way to a relay and back around the world is a third of it.
   */
  formerRouteMs: 1_000,
  /** After a branch was lost or could not be had, no tree is made for this long. */
  chainRestMs: 60_000,
  /** Trunks between two occupants: each adds a hop of jitter and key-frame delay; what has come further is dropped (CH4). */
  routeHopsMax: 3,
  /** An operator's word for a place, shown to people. UTF-16 units. */
  regionMaxLength: 64,
  /** Addresses of one media thread of a relay, over both families and both protocols: what a ticket holds. */
  relayCandidatesMax: 16,
  /** Media threads of one relay, each with a port of its own: more cores than one process can feed with handshakes. */
  relayThreadsMax: 64,
  /** Addresses of all threads of one relay: so many threads with UDP and TCP at two addresses each; 20 kB of a hello. */
  relayHelloCandidatesMax: 256,
  /** Sections of one relay link: four to send, and one for each source of a full room's others. */
  relaySectionsMax: 4 + 4 * 15,
  /** A ticket must be used within this; the link it opened lives on (RL4). */
  ticketMs: 60_000,
  /** How often a relay says how busy it is: rooms that come in between share the little that is guessed. */
  relayLoadMs: 5_000,
  /** Two lost words and a slow third: no room is sent to it any more (RG2). */
  relaySilentMs: 15_000,
  /** Relays of one deployment; at 50 rooms each, far more than one registry should serve. */
  relaysMax: 256,
  /** Keys of relays that may be current at once. */
  relayKeysMax: 32,
  /** Keys of operators that may be current at once: one for each person or program, and a rotation. */
  operatorKeysMax: 32,
  /** Others whose distance one relay probes: a few packets a minute to each. */
  relaysProbedMax: 32,
  /** Of a relay nobody has measured yet (RG3): light in fibre takes 5 ms there and back for so much, and less than that load outweighs. */
  relayNearKm: 500,
  /** Joins of which a room remembers where they came from, in memory alone: more people than a relay is chosen for. */
  whereaboutsKept: 16,
  /** Links that a room is taken to bring to a relay until its next load says how many there are. */
  relayRoomLinks: 4,
  /** The registry is one hop and a look at a table away. */
  relayAnswerMs: 3_000,
  /** A summoned relay opens one socket; one that is not there by then is not coming (RG4). */
  relayConnectMs: 5_000,
  /** A relay whose socket was lost goes on serving for this long: a reconnect takes 0.3 s, people wait for no more (RT3). */
  relayGraceMs: 3_000,
  /** A relay that lives opens its next socket within 0.3 s (measured); what was prepared meanwhile is not committed before this. */
  relayReturnMs: 600,
  /** A return to the mesh that does not last this long was a mistake: the next one waits twice as long, up to the ceiling. */
  returnProvedMs: 2 * 60_000,
  directBetterMaxMs: 5 * 60_000,
  /** Links of two people to one relay that fail within this are no trouble of theirs: it is the relay, or the way to it (RT3). */
  relayDoubtMs: 15_000,
  /** A room without a relay asks again: first and ceiling. Someone sits before a black picture, so not too seldom. */
  relayRetryFirstMs: 500,
  relayRetryMaxMs: 10_000,
  /** Relays that a room does not want back at once. */
  relaysShunnedMax: 8,
  /** A relay speaks to everyone in the room by one socket: slots for each who joins, and who speaks three times a second. */
  relayMessageBurst: 1_920,
  relayMessagesPerSecond: 320,

  /** Candidates that appear within this window travel in one message. */
  candidateBatchMs: 15,
} as const
