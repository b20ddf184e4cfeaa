/** What `cloudflare:workers` gives the tests (vitest.workers.config.ts). */
declare namespace Cloudflare {
  interface Env {
    readonly ROOM: DurableObjectNamespace<import('./objects/room-object.ts').Room>
    readonly CREATOR_LEDGER: DurableObjectNamespace<import('./objects/creator-ledger.ts').CreatorLedger>
    readonly ROOM_INFO_GATEWAY: DurableObjectNamespace<
      import('./objects/room-info-gateway.ts').RoomInfoGateway
    >
    readonly RELAY_REGISTRY: DurableObjectNamespace<import('./objects/relay-registry.ts').RelayRegistry>
    readonly ROUTE_TALLY: DurableObjectNamespace<import('./objects/route-tally.ts').RouteTally>
  }
  interface GlobalProps {
    mainModule: typeof import('./index.ts')
  }
}
