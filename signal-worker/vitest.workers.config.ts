import { readFileSync } from 'node:fs'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** The one thing tests take from wrangler.toml: its assets need a built demo page, which these tests do not. */
const wranglerToml = readFileSync(new URL('../wrangler.toml', import.meta.url), 'utf8')
const compatibilityDate = /^compatibility_date = "([\d-]+)"$/m.exec(wranglerToml)?.[1]
if (compatibilityDate === undefined) throw new Error('wrangler.toml names no compatibility_date')

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: './src/index.ts',
      miniflare: {
        compatibilityDate,
        durableObjects: {
          ROOM: { className: 'Room', useSQLite: true },
          CREATOR_LEDGER: { className: 'CreatorLedger', useSQLite: true },
          ROOM_INFO_GATEWAY: { className: 'RoomInfoGateway', useSQLite: true },
          RELAY_REGISTRY: { className: 'RelayRegistry', useSQLite: true },
          ROUTE_TALLY: { className: 'RouteTally', useSQLite: true },
        },
        bindings: {
          // Of `creator-key-of-these-tests` and of `another-creator-key-of-these-tests`.
          CREATOR_KEYS:
            'tests:sha256:0d8fd7cc5b378e7520553c81a144165d93df1f008cb0b8498b2023bf88ffc19f ' +
            'others:sha256:b7921e2176fefae69f7963b7d0059272e1d20caee10a84a5eb18c5825099c23f',
          // Of `relay-key-of-these-tests-0123456789`.
          RELAY_KEYS: 'sha256:66f93fa028ae298dafd45eb6697b57981522095963fbcf53b211fbd58834bd83',
          // Of `operator-key-of-these-tests-0123456789`.
          OPERATOR_KEYS: 'sha256:18b16402aa3d69d43288d9f4a4c938f12e418099b4684b9b5a569b8b8af00d8a',
          CREATOR_JWT_SECRETS: 'acme.1:the-secret-of-a-backend-in-these-tests',
          ALLOWED_ORIGINS: 'same-origin, https://embedder.example',
          ICE_SERVERS: '[{"urls":["stun:127.0.0.1:3478"]}]',
        },
      },
    }),
  ],
  test: {
    name: 'signal-worker (workerd)',
    include: ['src/**/*.workers.test.ts'],
    globalSetup: ['src/testing/webhook-receiver.ts'],
    // A thousand steps of real SQLite take 4 s on a quiet machine.
    testTimeout: 60_000,
    silent: 'passed-only',
  },
})
