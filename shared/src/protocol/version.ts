/** The version of the wire. A change that an older endpoint would misread raises it (PROTOCOL.md, VR). */
export const protocolVersion = 1

/** The WebSocket subprotocol both sides speak (RFC 6455, section 1.9). The room answers with this one. */
export const socketProtocol = 'video-room.v1'

/** The one that relays speak, to the registry and to rooms (RG1, RG4). */
export const relayProtocol = 'video-room.relay.v1'

/** The second offered subprotocol carries the resume token, so that it never stands in a URL that gets logged (SK2). */
export const tokenProtocolPrefix = 'video-room.token.'
