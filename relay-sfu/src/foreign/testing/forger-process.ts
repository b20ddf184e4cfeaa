/** A forger in a process of its own: what it costs to send is no burden of the relay's, nor of whoever watches. */
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { Forger } from '../../io/testing/forger.ts'
import { serveOrders } from '../../io/testing/child-process.ts'

export type ForgerOrder =
  | {
      readonly type: 'start'
      readonly relay: RelayCandidate
      readonly sources: number
      readonly packets: readonly Buffer[]
    }
  | { readonly type: 'look' }

export interface ForgerAnswer {
  readonly sent: number
  readonly replies: number
}

let forger: Forger | null = null

serveOrders(null, async (order: ForgerOrder): Promise<ForgerAnswer> => {
  if (order.type === 'start') {
    forger = new Forger(order.relay, order.sources, order.packets)
    forger.start()
  }
  return { sent: forger?.sent ?? 0, replies: forger?.replies ?? 0 }
})
