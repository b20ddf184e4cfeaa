/** How far a relay is from everyone: a process before it that is late. */
import { fileURLToPath } from 'node:url'
import { startChild, type Child } from './child.ts'
import { eventually } from './wait.ts'

const script = fileURLToPath(new URL('distance-process.ts', import.meta.url))

export interface Distance {
  /** Of the relay, and the same before it. */
  readonly port: number
  /** The address that people know. */
  readonly outside: string
  /** The address that the relay listens on. */
  readonly inside: string
  /** By the address of the far end, each way. */
  readonly oneWayMs: Readonly<Record<string, number>>
  /** Of everyone else, other relays among them. */
  readonly othersMs: number
}

/** `place`: words that run what follows them elsewhere. */
export async function keepDistance(distance: Distance, place: readonly string[]): Promise<Child> {
  const [program, ...words] = [...place, process.execPath, script] as const
  const child = startChild(program, [...words, JSON.stringify(distance)], {})
  await eventually('the distance is kept', () => {
    if (child.exitCode() !== null) throw new Error(`it ended: ${child.output()}`)
    return Promise.resolve(child.lines().includes('listens'))
  })
  return child
}
