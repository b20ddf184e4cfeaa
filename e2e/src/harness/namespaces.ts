/** Network namespaces of the machine, each a network of its own: made, wired, asked and removed. Linux, as root. */
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The slowest of these commands takes a tenth of a second on a busy machine. */
const commandMs = 10_000

/** Runs a command to its end. Throws with all that it said when it fails. */
export function command(words: readonly string[], input = ''): string {
  const [program = '', ...rest] = words
  const { status, stdout, stderr, error } = spawnSync(program, rest, {
    input,
    encoding: 'utf8',
    timeout: commandMs,
  })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`)
  return stdout
}

/** The words that run what follows them inside. */
export const inside = (namespace: string): readonly string[] => ['ip', 'netns', 'exec', namespace]

/** IPv4 alone, so that there is one way between two people and not a second one by link-local addresses. */
export function makeNamespace(name: string): void {
  command(['ip', 'netns', 'add', name])
  command(
    [...inside(name), 'sh', '-eu'],
    ['all', 'default'].map((which) => `echo 1 > /proc/sys/net/ipv6/conf/${which}/disable_ipv6\n`).join(''),
  )
  command(['ip', '-n', name, 'link', 'set', 'lo', 'up'])
}

export function removeNamespace(name: string): void {
  spawnSync('ip', ['netns', 'del', name], { timeout: commandMs })
}

/** One end of a cable. */
export interface Plug {
  readonly namespace: string
  readonly name: string
  /** With its prefix; none for a port of a bridge. */
  readonly address?: string
}

export function cable(one: Plug, other: Plug): void {
  const peer = ['peer', 'name', other.name, 'netns', other.namespace]
  command(['ip', '-n', one.namespace, 'link', 'add', one.name, 'type', 'veth', ...peer])
  for (const { namespace, name, address } of [one, other]) {
    if (address !== undefined) command(['ip', '-n', namespace, 'addr', 'add', address, 'dev', name])
    command(['ip', '-n', namespace, 'link', 'set', name, 'up'])
  }
}

export interface Wrapper {
  readonly path: string
  remove(): Promise<void>
}

/** A program's stand-in that runs it inside, for those who take the path of a program and nothing else. */
export async function wrapperFor(namespace: string, program: string): Promise<Wrapper> {
  const folder = await mkdtemp(join(tmpdir(), 'video-room-inside-'))
  const path = join(folder, 'program')
  await writeFile(path, `#!/bin/sh\nexec ${inside(namespace).join(' ')} '${program}' "$@"\n`)
  await chmod(path, 0o755)
  return { path, remove: () => rm(folder, { recursive: true, force: true }) }
}
