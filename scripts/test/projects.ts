/** Every test runner of the house, in the order of how soon it can say that something is wrong. */
export interface TestProject {
  readonly name: string
  /** Relative to the root; vitest finds the project's files from there. */
  readonly config: string
  /** browsers: Chromium and Firefox. */
  readonly needs: 'node' | 'chromium' | 'browsers' | 'redis'
  /**
   * Waits more than it works (servers that start, stall, come back), or does not mind to wait for others: it runs beside them, its output
   * held back.
   */
  readonly isPatient?: true
}

export const projects: readonly TestProject[] = [
  { name: 'scripts', config: 'scripts/vitest.config.ts', needs: 'node', isPatient: true },
  { name: 'shared', config: 'shared/vitest.config.ts', needs: 'node' },
  { name: 'signal-worker', config: 'signal-worker/vitest.config.ts', needs: 'node' },
  { name: 'relay-sfu', config: 'relay-sfu/vitest.config.ts', needs: 'node' },
  { name: 'client', config: 'client/vitest.config.ts', needs: 'node' },
  {
    name: 'client-browser',
    config: 'client/vitest.browser.config.ts',
    needs: 'chromium',
    isPatient: true,
  },
  {
    name: 'signal-worker-workers',
    config: 'signal-worker/vitest.workers.config.ts',
    needs: 'node',
    isPatient: true,
  },
  {
    name: 'signal-worker-redis',
    config: 'signal-worker/vitest.redis.config.ts',
    needs: 'redis',
    isPatient: true,
  },
  {
    name: 'relay-sfu-sockets',
    config: 'relay-sfu/vitest.relay.config.ts',
    needs: 'browsers',
    isPatient: true,
  },
  { name: 'relay-sfu-foreign', config: 'relay-sfu/vitest.foreign.config.ts', needs: 'browsers' },
  { name: 'sim', config: 'sim/vitest.config.ts', needs: 'node', isPatient: true },
  { name: 'e2e-rooms', config: 'e2e/vitest.rooms.config.ts', needs: 'chromium' },
  { name: 'e2e', config: 'e2e/vitest.config.ts', needs: 'browsers' },
]

/** `client` picks client and client-browser; nothing named picks all. Throws when a name picks nothing. */
export function pickProjects(names: readonly string[]): readonly TestProject[] {
  for (const name of names) {
    if (!projects.some((project) => project.name.startsWith(name))) {
      throw new Error(
        `no project starts with ${name}; there are ${projects.map((one) => one.name).join(', ')}`,
      )
    }
  }
  return projects.filter(
    (project) => names.length === 0 || names.some((name) => project.name.startsWith(name)),
  )
}
