/** Imported into every thread of a measured process (`--import`, with `--expose-gc`): empties its heap when told to. */
import { isMainThread } from 'node:worker_threads'

if (!isMainThread) {
  const orders = new BroadcastChannel('collect-garbage')
  orders.addEventListener('message', () => globalThis.gc?.())
  orders.unref()
}
