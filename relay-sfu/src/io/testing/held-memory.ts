/** What a measured process holds once its garbage is gone: each of its threads has a heap of its own (memory-probe.ts). */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** `collect` to every other thread; each answers with the bytes it holds. */
export const orderChannel = 'memory-probe'

/** With which Node starts such a process. */
export const probeOptions: readonly string[] = [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL('memory-probe.ts', import.meta.url)),
]

export interface HeldMemory {
  readonly rssBytes: number
  /** On the heaps of all threads, and in buffers beside them. */
  readonly heldBytes: number
}

/** Empties the heap of this thread; answers the bytes that stay. */
export function collectOwn(): number {
  if (!globalThis.gc) throw new Error('needs --expose-gc')
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** For a process with one more thread. The second round frees what the first one unlinked. */
export async function collectGarbage(): Promise<HeldMemory> {
  const channel = new BroadcastChannel(orderChannel)
  let heldBytes = 0
  for (let round = 0; round < 2; round += 1) {
    const answered = once(channel, 'message')
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel of threads has no origins
    channel.postMessage('collect')
    const own = collectOwn()
    const [{ data }] = (await answered) as [{ readonly data: number }]
    heldBytes = own + data
  }
  channel.close()
  return { rssBytes: process.memoryUsage.rss(), heldBytes }
}
