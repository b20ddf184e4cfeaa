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
        durableObjects: { ROOM: { className: 'Room', useSQLite: true } },
        bindings: {
          CREATOR_KEYS: 'creator-key-of-these-tests',
          ALLOWED_ORIGINS: 'same-origin, https://embedder.example',
          ICE_SERVERS: '[{"urls":["stun:127.0.0.1:3478"]}]',
        },
      },
    }),
  ],
  test: {
    name: 'signal-worker (workerd)',
    include: ['src/**/*.workers.test.ts'],
    // A thousand steps of real SQLite take 4 s on a quiet machine.
    testTimeout: 60_000,
    silent: 'passed-only',
  },
})
