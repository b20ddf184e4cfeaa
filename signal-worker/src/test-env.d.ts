/** What `cloudflare:workers` gives the tests (vitest.workers.config.ts). */
declare namespace Cloudflare {
  interface Env {
    readonly ROOM: DurableObjectNamespace<import('./objects/room-object.ts').Room>
    readonly CREATOR_LEDGER: DurableObjectNamespace<import('./objects/creator-ledger.ts').CreatorLedger>
  }
  interface GlobalProps {
    mainModule: typeof import('./index.ts')
  }
}
