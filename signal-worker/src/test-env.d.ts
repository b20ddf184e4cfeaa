/** What `cloudflare:workers` gives the tests (vitest.workers.config.ts). */
declare namespace Cloudflare {
  interface Env {
    readonly ROOM: DurableObjectNamespace<import('./objects/room-object.ts').Room>
  }
  interface GlobalProps {
    mainModule: typeof import('./index.ts')
  }
}
