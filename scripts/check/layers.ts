/**
 * Who may import whom (design §4 rule 5): shared ← everything; pure ← io, links, objects, components ← entry.
 * A file belongs to the first layer that matches it. A layer may import itself, what `may` lists, and the packages
 * of `packages` whose own `only` matches. Tests may import anything of their workspace.
 */
export interface Layer {
  readonly name: string
  readonly files: RegExp
  /** Names of the layers it may import beside itself. */
  readonly may: readonly string[]
}

export const layers: readonly Layer[] = [
  { name: 'shared', files: /^shared\/src\//, may: [] },

  { name: 'room', files: /^signal-worker\/src\/room\//, may: ['shared'] },
  { name: 'log', files: /^signal-worker\/src\/log\.ts$/, may: [] },
  // What REDIS_URL means: `npm start` asks as well.
  { name: 'redis address', files: /^signal-worker\/src\/store\/redis-address\.ts$/, may: [] },
  { name: 'store', files: /^signal-worker\/src\/store\//, may: ['shared', 'log', 'redis address'] },
  // Real servers for tests and benchmarks; nothing of the product imports it.
  { name: 'worker bench', files: /^signal-worker\/src\/testing\//, may: ['shared'] },
  { name: 'creators', files: /^signal-worker\/src\/creators\//, may: ['shared', 'log', 'worker'] },
  { name: 'relays', files: /^signal-worker\/src\/relays\//, may: ['shared', 'room'] },
  { name: 'metrics', files: /^signal-worker\/src\/metrics\//, may: ['shared', 'room'] },
  { name: 'doors', files: /^signal-worker\/src\/doors\//, may: ['shared', 'room'] },
  {
    name: 'objects',
    files: /^signal-worker\/src\/objects\//,
    may: ['shared', 'log', 'room', 'store', 'creators', 'relays', 'metrics', 'doors', 'worker', 'worker env'],
  },
  // The bindings name the class of each object, as a type: the one place that looks both ways.
  { name: 'worker env', files: /^signal-worker\/src\/env\.ts$/, may: ['objects', 'redis address'] },
  {
    name: 'worker entry',
    files: /^signal-worker\/src\/(app|create-room|operator-routes|index)\.ts$/,
    may: ['shared', 'log', 'creators', 'metrics', 'relays', 'worker', 'worker env', 'objects'],
  },
  {
    name: 'worker',
    files: /^signal-worker\/src\/[^/]+\.ts$/,
    may: ['shared', 'log', 'redis address', 'room', 'store', 'creators', 'relays', 'doors'],
  },

  { name: 'view', files: /^client\/src\/(core|media)\/view\.ts$/, may: ['shared'] },
  { name: 'core', files: /^client\/src\/core\//, may: ['shared', 'view'] },
  { name: 'links', files: /^client\/src\/links\//, may: ['shared', 'view', 'core'] },
  { name: 'platform', files: /^client\/src\/platform\.ts$/, may: ['shared', 'links'] },
  { name: 'signal', files: /^client\/src\/signal\//, may: ['shared', 'view', 'core', 'platform'] },
  { name: 'media', files: /^client\/src\/media\//, may: ['shared', 'view'] },
  {
    name: 'components',
    files: /^client\/src\/components\//,
    may: ['shared', 'view', 'core', 'media', 'session', 'platform', 'signal'],
  },
  {
    name: 'client entry',
    files: /^client\/src\/(define|index)\.ts$/,
    may: ['shared', 'view', 'core', 'platform', 'links', 'signal', 'media', 'session', 'components'],
  },
  {
    name: 'session',
    files: /^client\/src\/[^/]+\.ts$/,
    may: ['shared', 'view', 'core', 'platform', 'links', 'signal', 'media'],
  },
  {
    name: 'demo',
    files: /^client\/demo\//,
    may: ['shared', 'view', 'client entry', 'components', 'session', 'signal'],
  },

  // Bounds and log lines: everyone's.
  { name: 'relay limits', files: /^relay-sfu\/src\/limits\.ts$/, may: [] },
  { name: 'relay log', files: /^relay-sfu\/src\/log\.ts$/, may: ['shared'] },
  { name: 'relay wire', files: /^relay-sfu\/src\/wire\//, may: ['shared', 'relay limits'] },
  { name: 'relay media', files: /^relay-sfu\/src\/media\//, may: ['shared', 'relay limits', 'relay wire'] },
  {
    name: 'relay control',
    files: /^relay-sfu\/src\/control\//,
    may: ['shared', 'relay limits', 'relay media'],
  },
  {
    name: 'relay io',
    files: /^relay-sfu\/src\/io\//,
    may: ['shared', 'relay limits', 'relay log', 'relay wire', 'relay media', 'relay control'],
  },
  {
    name: 'relay entry',
    files: /^relay-sfu\/src\/[^/]+\.ts$/,
    may: ['shared', 'relay limits', 'relay log', 'relay wire', 'relay media', 'relay control', 'relay io'],
  },
  {
    // Relays, guests and networks of the tests, which benchmarks use as well.
    name: 'relay lab',
    files: /^relay-sfu\/src\/foreign\/testing\//,
    may: [
      'shared',
      'relay limits',
      'relay log',
      'relay wire',
      'relay media',
      'relay control',
      'relay io',
      'relay entry',
    ],
  },
  {
    name: 'relay bench',
    files: /^relay-sfu\/bench\//,
    may: [
      'shared',
      'relay limits',
      'relay log',
      'relay wire',
      'relay media',
      'relay control',
      'relay io',
      'relay entry',
      'relay lab',
    ],
  },

  {
    name: 'sim',
    files: /^sim\/src\//,
    may: ['shared', 'view', 'core', 'room', 'relay limits', 'relay control'],
  },
  {
    name: 'e2e',
    files: /^e2e\//,
    may: ['shared', 'view', 'components', 'session', 'client entry', 'worker bench'],
  },
  { name: 'scripts', files: /^scripts\//, may: ['redis address'] },
  { name: 'config', files: /(^|\/)[^/]*\.config\.ts$/, may: [] },
]

const nodeFiles = /^(scripts|sim|e2e|relay-sfu\/bench)\/|^relay-sfu\/src\/(io\/)?[^/]+\.ts$|\.config\.ts$/

/** Every package the product may import, and the files that may. Anything else is refused. */
export const packages: readonly { readonly name: RegExp; readonly only: RegExp }[] = [
  // One vendor, one file.
  { name: /^simple-peer(\/|$)/, only: /^client\/src\/links\/(mesh-link|simple-peer[^/]*)\.ts$/ },
  { name: /^lean-qr\/nano$/, only: /^client\/src\/components\/share\/qr-code\.ts$/ },
  { name: /^lit(\/|$)/, only: /^client\/src\/components\// },
  { name: /^ioredis$/, only: /^signal-worker\/src\/(store\/redis-open|testing\/redis-server)\.ts$/ },
  { name: /^jose$/, only: /^signal-worker\/src\/creators\/creator-token\.ts$/ },
  { name: /^hono(\/|$)/, only: /^signal-worker\/src\/[^/]+\.ts$/ },
  { name: /^cloudflare:/, only: /^signal-worker\/src\/(objects\/[^/]+|index|env)\.ts$/ },
  { name: /^werift$/, only: /^relay-sfu\/src\/(io\/dtls[^/]*|wire\/[^/]+)\.ts$/ },
  { name: /^ws$/, only: /^relay-sfu\/src\/io\/signal-socket\.ts$/ },
  { name: /^valibot$/, only: /^(shared|signal-worker|client|relay-sfu|e2e)\// },
  // Tools and tests; the product itself runs where there is no Node.
  // The worker mints tickets in one breath, and WebCrypto has only promises. workerd has this module by default since 2026-08-04.
  { name: /^node:crypto$/, only: new RegExp(`^signal-worker/src/secrets\\.ts$|${nodeFiles.source}`) },
  { name: /^node:/, only: nodeFiles },
  { name: /^(vite|vitest)(\/|$)/, only: /^(scripts|e2e)\/|\.config\.ts$/ },
  { name: /^@(vitest|cloudflare)\/[\w-]+(\/|$)/, only: /\.config\.ts$/ },
  { name: /^jsqr$/, only: /^client\/src\/components\/testing\// },
  { name: /^(peer|peerjs|playwright-core|puppeteer-core|axe-core)$/, only: /^e2e\// },
]
