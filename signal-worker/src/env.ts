/** What the platform binds to this worker (wrangler.toml). The variables are read by config.ts. */
import type { CreatorLedger } from './objects/creator-ledger.ts'
import type { Room } from './objects/room-object.ts'

export interface Env {
  readonly ROOM: DurableObjectNamespace<Room>
  readonly CREATOR_LEDGER: DurableObjectNamespace<CreatorLedger>
  /** The built demo page; absent where only signalling is deployed. */
  readonly ASSETS?: Fetcher
}
