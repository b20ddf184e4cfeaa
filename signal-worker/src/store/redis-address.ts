/**
 * Decides: what a REDIS_URL means.
 * Does not decide: how it is connected to (redis-open.ts).
 * Invariants: an address that is not understood is null, never a guess; what may be shown of one holds no password.
 */

export interface RedisAddress {
  /** One server, or some nodes of a cluster; it names the others itself. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly isCluster: boolean
  readonly isTls: boolean
  readonly username: string | null
  readonly password: string | null
  readonly db: number
}

const shape = /^(redis|rediss)(-cluster)?:\/\/(?:([^@/\s]*)@)?([^@/?#\s]+)(?:\/(\d{1,4})?)?$/

/**
 * `redis://[[user]:password@]host[:port][/db]`, `rediss://` with TLS, and `redis-cluster://` or `rediss-cluster://` with
 * several nodes between commas. User and password are percent-encoded. Null for anything else.
 */
export function parseRedisUrl(url: string): RedisAddress | null {
  const [, scheme, cluster, login, hosts, db] = shape.exec(url) ?? []
  if (hosts === undefined) return null
  const isCluster = cluster !== undefined
  const nodes = hosts.split(',').map(nodeOf)
  const known = nodes.filter((node) => node !== null)
  if (known.length !== nodes.length || (!isCluster && nodes.length > 1)) return null
  // A cluster has no other databases than 0.
  if (isCluster && Number(db ?? 0) !== 0) return null
  const credentials = credentialsOf(login)
  if (credentials === null) return null
  return { nodes: known, isCluster, isTls: scheme === 'rediss', db: Number(db ?? 0), ...credentials }
}

function nodeOf(text: string): { readonly host: string; readonly port: number } | null {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  const number = Number(port ?? 6_379)
  return host === undefined || number < 1 || number > 65_535 ? null : { host, port: number }
}

function credentialsOf(
  login: string | undefined,
): { readonly username: string | null; readonly password: string | null } | null {
  if (login === undefined) return { username: null, password: null }
  const [user = '', ...rest] = login.split(':')
  try {
    const [username, password] = [user, rest.join(':')].map((part) => decodeURIComponent(part))
    return {
      username: username === undefined || username === '' ? null : username,
      password: password === undefined || password === '' ? null : password,
    }
  } catch {
    // A stray percent sign.
    return null
  }
}

/** For people: where, how, and nothing secret. */
export function redisAddressShown({ nodes, isCluster, isTls }: RedisAddress): string {
  const where = nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
  return `${isCluster ? 'cluster at ' : ''}${where}${isTls ? ' with TLS' : ''}`
}
