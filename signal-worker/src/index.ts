/** The worker: signalling, and the demo page beside it. A bad setting stops it here, at the start. */
import { env } from 'cloudflare:workers'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'

export { CreatorLedger } from './objects/creator-ledger.ts'
export { RelayRegistry } from './objects/relay-registry.ts'
export { RoomInfoGateway } from './objects/room-info-gateway.ts'
export { Room } from './objects/room-object.ts'
export { RouteTally } from './objects/route-tally.ts'

export default createApp(readConfig(env))
