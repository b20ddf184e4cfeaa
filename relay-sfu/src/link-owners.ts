/**
 * Which room a link belongs to. Ids are unique over all rooms (RL2); a room hears of its own links and reaches no others, all of them
 * on its own media thread (RG8).
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import type { Transport, TransportEvents } from './io/transport.ts'
import { loggableLink, type Log } from './log.ts'
import type { RoomDriver, RoomNews, RoomTransport } from './room-driver.ts'

type Owner = Pick<RoomDriver, 'take' | 'thread'>

export class LinkOwners {
  readonly #log: Log
  readonly #owners = new Map<LinkId, Owner>()
  /** Those of the links that lead to other relays. */
  readonly #trunks = new Set<LinkId>()
  readonly #lost: Record<string, number> = {}

  constructor(log: Log) {
    this.#log = log
  }

  get links(): number {
    return this.#owners.size
  }

  get trunks(): number {
    return this.#trunks.size
  }

  /** Since the start, by reason. */
  get lostLinks(): Readonly<Record<string, number>> {
    return { ...this.#lost }
  }

  /** What the transport tells; rooms hear it. */
  get events(): TransportEvents {
    const tell = (linkId: LinkId, news: RoomNews): void => this.#owners.get(linkId)?.take(news)
    return {
      onSecured: (linkId, fingerprint) => tell(linkId, { type: 'link-secured', linkId, fingerprint }),
      onLost: (linkId, why) => {
        if (!this.#owners.has(linkId)) return
        this.#lost[why] = (this.#lost[why] ?? 0) + 1
        this.#log('info', 'link-lost', { link: loggableLink(linkId), why })
        tell(linkId, { type: 'link-lost', linkId })
      },
      onSpeakers: (speakers, thread) => {
        // Nothing was said of those on other threads: they go on as they are.
        for (const room of new Set(this.#owners.values()))
          if (room.thread === thread) room.take({ type: 'speakers-changed', speakers })
      },
    }
  }

  /** The transport as a room has it. */
  transportFor(transport: Transport, owner: () => Owner): RoomTransport {
    const isOwn = (linkId: LinkId): boolean => this.#owners.get(linkId) === owner()
    const take = (linkId: LinkId): boolean => {
      const isFree = !this.#owners.has(linkId)
      if (isFree) this.#owners.set(linkId, owner())
      else this.#log('error', 'link-of-another-room', { link: loggableLink(linkId) })
      return isFree
    }
    return {
      open: (linkId, place) => {
        if (!take(linkId)) return
        if (place?.isTrunk) this.#trunks.add(linkId)
        transport.open(linkId, { ...place, thread: owner().thread })
      },
      dial: (linkId, ticket) => {
        if (!take(linkId)) return
        this.#trunks.add(linkId)
        transport.dial(linkId, ticket, owner().thread)
      },
      roundTripMs: (linkId) => (isOwn(linkId) ? transport.roundTripMs(linkId) : null),
      close: (linkId) => {
        if (!isOwn(linkId)) return
        this.#owners.delete(linkId)
        this.#trunks.delete(linkId)
        transport.close(linkId)
      },
      command: (linkId, command) => {
        if (isOwn(linkId)) transport.command(linkId, command)
      },
    }
  }
}
