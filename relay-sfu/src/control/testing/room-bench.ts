/** A room's core for tests: events in by name, effects out, and a transport that believes every command. */
import type { LinkId, OccupantId, RelayId, Secret } from '@video-room/shared/ids.ts'
import type { RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { encodeToRelay, type ToRelay } from '@video-room/shared/protocol/relay-signal.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import type { OfferFacts, SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { OccupantView, Publication, Snapshot } from '@video-room/shared/snapshot.ts'
import { kindOf, sources, type MediaKind, type Source } from '@video-room/shared/source.ts'
import type { LinkCommand } from '../link-command.ts'
import { reduceRelayRoom } from '../relay-room.ts'
import { initialRelayRoom } from '../room-connection.ts'
import type { RelayRoomEffect, RelayRoomEvent } from '../room-event.ts'
import type { RelayRoomState } from '../room-state.ts'

export const occupant = (letter: string): OccupantId => `o_${letter.repeat(16)}` as OccupantId
export const link = (digit: string): LinkId => digit.repeat(12) as LinkId
export const relayId = (letter: string): RelayId => `r_${letter.repeat(16)}` as RelayId
export const secret = (letter: string): Secret => letter.repeat(43) as Secret
export const fingerprint = (pair: string): string => Array.from({ length: 32 }, () => pair).join(':')

const codecs = { audio: 'opus', video: 'vp8' } as const
const section = (
  index: number,
  kind: MediaKind,
  source: Source | null,
  direction: 'send' | 'receive',
): SectionFacts => ({
  mid: String(index),
  kind,
  direction,
  source,
  codecs: [{ name: codecs[kind], payloadType: 96, rtxPayloadType: null }],
  extensions: {},
  rids: [],
})

/** Four send sections, then `slots` receiving ones of each kind: audio first. */
export function factsOf(pair: string, slots = 3): OfferFacts {
  const sending = sources.map((source, index) => section(index, kindOf[source], source, 'send'))
  const kinds: readonly MediaKind[] = ['audio', 'video']
  const receiving = kinds.flatMap((kind, at) =>
    Array.from({ length: slots }, (_, index) => section(4 + at * slots + index, kind, null, 'receive')),
  )
  return { fingerprint: fingerprint(pair), sections: [...sending, ...receiving] }
}

export const live = (...names: readonly Source[]): readonly Publication[] =>
  names.map((source) => ({ source, mutedBy: null }))

export const viewOf = (letter: string, publications: readonly Publication[] = []): OccupantView => ({
  occupantId: occupant(letter),
  displayName: letter,
  isHost: letter === 'a',
  isPresent: true,
  publications: [...publications],
})

export const snapshotOf = (...occupants: readonly OccupantView[]): Snapshot => ({
  revision: 7,
  route: {
    kind: 'relayed',
    epoch: 2,
    relays: [{ relayId: relayId('r'), region: 'here' }],
  },
  settings: defaultSettings,
  occupants: [...occupants],
})

interface Heard {
  readonly admitted: boolean
  readonly forwarded: ReadonlySet<Source>
  readonly slots: ReadonlyMap<number, { readonly linkId: LinkId; readonly source: Source }>
  readonly wants: ReadonlyMap<number, number>
}

type Event = RelayRoomEvent extends infer One
  ? One extends RelayRoomEvent
    ? Omit<One, 'atMs' | 'random'>
    : never
  : never

export class RoomBench {
  state: RelayRoomState = initialRelayRoom(relayId('r'), secret('s'), 0)
  /** What the transport has open. */
  readonly open = new Map<LinkId, Heard>()
  atMs = 0

  /** Reduces one event and obeys it; answers its effects. */
  take(event: Event): readonly RelayRoomEffect[] {
    const whole = { ...event, atMs: this.atMs, random: 0.5 } as RelayRoomEvent
    const { state, effects } = reduceRelayRoom(this.state, whole)
    this.state = state
    for (const effect of effects) this.#obey(effect)
    return effects
  }

  hear(message: RoomToRelay): readonly RelayRoomEffect[] {
    return this.take({ type: 'message-received', attempt: this.state.attempt, message })
  }

  patch(changed: readonly OccupantView[], left: readonly OccupantId[] = []): readonly RelayRoomEffect[] {
    const revision = (this.state.snapshot?.revision ?? 0) + 1
    return this.hear({ type: 'room-changed', patch: { revision, changed: [...changed], left: [...left] } })
  }

  signal(letter: string, said: ToRelay, generation = 1): readonly RelayRoomEffect[] {
    return this.hear({ type: 'signal', from: occupant(letter), generation, payload: encodeToRelay(said) })
  }

  /** Summoned, welcomed, with a link for every occupant: `a` has link `a…`, and so on. */
  welcome(...views: readonly OccupantView[]): this {
    if (this.state.attempt === 0) this.take({ type: 'summoned', secret: secret('s') })
    this.hear({ type: 'relay-welcome', snapshot: snapshotOf(...views), resumeToken: secret('t') })
    this.links(...views.map((view) => view.occupantId.slice(2, 3)))
    return this
  }

  links(...letters: readonly string[]): readonly RelayRoomEffect[] {
    const links = letters.map((letter) => ({
      occupantId: occupant(letter),
      linkId: link(letter),
      generation: 1,
    }))
    return this.hear({ type: 'relay-links', links })
  }

  /** Facts and DTLS of this occupant's link, which fit. */
  admit(letter: string, slots = 3): readonly RelayRoomEffect[] {
    const facts = factsOf('AB', slots)
    const described = this.signal(letter, { facts })
    const secured = this.take({ type: 'link-secured', linkId: link(letter), fingerprint: facts.fingerprint })
    return [...described, ...secured]
  }

  #obey(effect: RelayRoomEffect): void {
    if (effect.type === 'open-link' || effect.type === 'dial-link') {
      if (this.open.has(effect.linkId)) throw new Error('opened twice')
      const nothing: Heard = { admitted: false, forwarded: new Set(), slots: new Map(), wants: new Map() }
      this.open.set(effect.linkId, nothing)
    }
    if (effect.type === 'close-link' && !this.open.delete(effect.linkId)) throw new Error('closed twice')
    if (effect.type === 'command-link') {
      const heard = this.open.get(effect.linkId)
      if (heard === undefined) throw new Error('a command for a link that is not open')
      for (const linkId of pointedAt(effect.command))
        if (!this.open.has(linkId)) throw new Error('pointed at a link that is not open')
      this.open.set(effect.linkId, obeyed(heard, effect.command))
    }
  }
}

/** The transport knows what a publication is by its link, and asks nobody again. */
function pointedAt(command: LinkCommand): readonly LinkId[] {
  const publications =
    command.type === 'set-slot'
      ? [command.publication]
      : command.type === 'set-trunk'
        ? command.outgoing.map(({ publication }) => publication)
        : []
  return publications.flatMap((publication) => publication?.linkId ?? [])
}

function obeyed(heard: Heard, command: LinkCommand): Heard {
  switch (command.type) {
    case 'set-admitted':
      return { ...heard, admitted: command.isAdmitted }
    case 'set-forwarded': {
      const others = [...heard.forwarded].filter((source) => source !== command.source)
      return { ...heard, forwarded: new Set(command.isForwarded ? [...others, command.source] : others) }
    }
    case 'set-slot': {
      const slots = new Map(heard.slots)
      if (command.publication === null) slots.delete(command.slot)
      else slots.set(command.slot, command.publication)
      return { ...heard, slots }
    }
    case 'set-want':
      return { ...heard, wants: new Map(heard.wants).set(command.slot, command.widthPx) }
    default:
      return heard
  }
}

/** Payloads of signals to this occupant, as they were sent. */
export const saidTo = (effects: readonly RelayRoomEffect[], letter: string): readonly string[] =>
  effects.flatMap((effect) =>
    effect.type === 'send' && effect.message.type === 'signal' && effect.message.to === occupant(letter)
      ? effect.message.payload
      : [],
  )

export const typesOf = (effects: readonly RelayRoomEffect[]): readonly string[] =>
  effects.map((effect) =>
    effect.type === 'send'
      ? `send ${effect.message.type}`
      : effect.type === 'command-link'
        ? effect.command.type
        : effect.type,
  )
