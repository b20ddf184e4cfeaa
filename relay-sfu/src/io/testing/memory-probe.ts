/** Imported into every thread of a measured process (`--import`, with `--expose-gc`): empties its heap when told to, and says what stays. */
import { isMainThread } from 'node:worker_threads'
import { collectOwn, orderChannel } from './held-memory.ts'

if (!isMainThread) {
  const orders = new BroadcastChannel(orderChannel)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel of threads has no origins
  orders.addEventListener('message', () => orders.postMessage(collectOwn()))
  orders.unref()
}
