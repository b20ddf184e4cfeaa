/** Relays in a line, each a process of its own, with publishers at the first and viewers wherever they are wanted. */
import { occupantIdSchema, type LinkId } from '@video-room/shared/ids.ts'
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import * as v from 'valibot'
import type { LinkOutgoing, LinkPublication } from '../src/control/link-command.ts'
import { makeDtlsIdentity } from '../src/io/dtls-identity.ts'
import { mintTicket, randomLinkId } from '../src/io/testing/tickets.ts'
import type { TrunkIncoming } from '../src/media/boundary.ts'
import { sendSection, slotSection } from '../src/media/testing/facts.ts'
import { trunkMid } from '../src/media/trunk-profile.ts'
import { LoadLink } from './load-link.ts'
import { startRelay, type RelayChild } from './load-room.ts'
import type { LinkPlan } from './relay-process.ts'

/** A camera that goes from the first relay to this one, where so many watch it. */
export interface StreamWish {
  readonly to: number
  readonly viewers: number
  /** Of the publisher; absent: a camera without layers. */
  readonly sections?: readonly SectionFacts[]
}

export interface LoadStream {
  readonly publisher: LoadLink
  readonly viewers: readonly LoadLink[]
}

/** Where a relay is found by the one that dials it. */
type Between = (relay: RelayCandidate) => Promise<RelayCandidate>

const source = 'camera'
/** Of the viewers' only section that receives. */
export const viewerSlot = 1
const profile = 'aead-aes-128-gcm'

export class LoadChain {
  readonly relays: readonly RelayChild[]
  /** `trunks[n]` joins relay n to the one before; the first has none. */
  readonly #trunks: readonly (LinkId | null)[]
  #links: LoadLink[] = []

  static async start(count: number, between: Between = async (relay) => relay): Promise<LoadChain> {
    const relays = await Promise.all(Array.from({ length: count }, () => startRelay()))
    const trunks: (LinkId | null)[] = []
    for (const [at, relay] of relays.entries()) {
      const before = relays[at - 1]
      trunks.push(before ? await join(before, relay, between) : null)
    }
    return new LoadChain(relays, trunks)
  }

  private constructor(relays: readonly RelayChild[], trunks: readonly (LinkId | null)[]) {
    this.relays = relays
    this.#trunks = trunks
  }

  relay(at: number): RelayChild {
    const found = this.relays[at]
    if (!found) throw new Error(`there is no relay ${at}`)
    return found
  }

  /** All that the chain carries: once. */
  async open(wishes: readonly StreamWish[]): Promise<readonly LoadStream[]> {
    const identity = await makeDtlsIdentity()
    const connect = async (at: number, linkId: LinkId): Promise<LoadLink> => {
      const { candidate, iceKey } = this.relay(at).hello
      const link = await LoadLink.connect(candidate, iceKey, linkId, identity, profile)
      this.#links.push(link)
      return link
    }
    const streams = wishes.map((wish) => ({ ...wish, linkId: randomLinkId() }))
    const camera = sendSection('0', source)
    const links = streams.map(({ linkId, sections = [camera] }) => planOf(linkId, sections))
    await this.relay(0).ask({ type: 'open', links })
    await this.#carry(streams)
    const open: LoadStream[] = []
    for (const { linkId, to, viewers } of streams) {
      const publication = this.#publicationAt(to, linkId)
      const sections = [camera, slotSection(String(viewerSlot), 'video')]
      const plans = Array.from({ length: viewers }, () => ({
        ...planOf(randomLinkId(), sections),
        slots: [{ slot: viewerSlot, ...publication }],
      }))
      await this.relay(to).ask({ type: 'open', links: plans })
      const watching: LoadLink[] = []
      for (const plan of plans) watching.push(await connect(to, plan.linkId))
      open.push({ publisher: await connect(0, linkId), viewers: watching })
    }
    return open
  }

  async end(): Promise<void> {
    for (const link of this.#links.splice(0)) link.close()
    await Promise.all(this.relays.map((relay) => relay.end()))
  }

  #trunk(at: number): LinkId {
    const found = this.#trunks[at]
    if (!found) throw new Error(`no trunk leads to relay ${at}`)
    return found
  }

  #publicationAt(at: number, linkId: LinkId): LinkPublication {
    if (at === 0) return { linkId, source }
    return { linkId: this.#trunk(at), source, mid: midOf(linkId, at) }
  }

  async #carry(streams: readonly { readonly linkId: LinkId; readonly to: number }[]): Promise<void> {
    for (let at = 1; at < this.relays.length; at += 1) {
      const crossing = streams.filter(({ to }) => to >= at)
      const outgoing = crossing.map(({ linkId }): LinkOutgoing => {
        return { mid: midOf(linkId, at), source, publication: this.#publicationAt(at - 1, linkId) }
      })
      const incoming = crossing.map(({ linkId }): TrunkIncoming => {
        return { mid: midOf(linkId, at), source, isForwarded: true }
      })
      const linkId = this.#trunk(at)
      const nothing = { type: 'set-trunk', incoming: [], outgoing: [] } as const
      await this.relay(at).ask({ type: 'command', linkId, command: { ...nothing, incoming } })
      await this.relay(at - 1).ask({ type: 'command', linkId, command: { ...nothing, outgoing } })
    }
  }
}

const planOf = (linkId: LinkId, sections: readonly SectionFacts[]): LinkPlan => ({
  linkId,
  sections,
  slots: [],
})

/** As the room would, by its occupant; a link of the benchmark has none. */
const midOf = (linkId: LinkId, hops: number): string =>
  trunkMid(v.parse(occupantIdSchema, `o_${linkId.padEnd(16, '_')}`), source, hops)

async function join(answers: RelayChild, dials: RelayChild, between: Between): Promise<LinkId> {
  const linkId = randomLinkId()
  const { iceKey, fingerprint, candidate } = answers.hello
  const { ufrag, password } = mintTicket(iceKey, linkId)
  const ticket = { iceUfrag: ufrag, icePwd: password, fingerprint, candidates: [await between(candidate)] }
  await answers.ask({ type: 'join', trunk: { linkId, ticket: null } })
  await dials.ask({ type: 'join', trunk: { linkId, ticket } })
  await Promise.all([answers, dials].map((relay) => relay.ask({ type: 'await', linkId })))
  return linkId
}
