/** What a page's sockets said, read beside the product. */
import type { Page } from 'playwright-core'
import { decodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import type { LinkAssignment, ServerMessage } from '@video-room/shared/protocol/messages.ts'

export interface SocketWatch {
  /** Everything the room said, in order, over all sockets of the page. */
  readonly heard: readonly ServerMessage[]
  /** Every link that any `start` ever named. */
  links(): LinkAssignment[]
}

export function watchSocket(page: Page): SocketWatch {
  const heard: ServerMessage[] = []
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      const decoded = decodeServerMessage(payload)
      if (decoded.ok) heard.push(decoded.value)
    })
  })
  return {
    heard,
    links: () => heard.flatMap((message) => (message.type === 'start' ? message.links : [])),
  }
}
