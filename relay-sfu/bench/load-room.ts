/** Rooms of load: who publishes, who watches whom, and the relay process that carries them. */
import { randomLinkId } from '../src/io/testing/tickets.ts'
import { makeDtlsIdentity } from '../src/io/dtls-identity.ts'
import type { SrtpProfile } from '../src/media/boundary.ts'
import { sendSection, slotSection } from '../src/media/testing/facts.ts'
import { startChild, type TestChild } from '../src/io/testing/child-process.ts'
import { LoadLink } from './load-link.ts'
import type { LinkPlan, RelayHello, RelayLook, RelayOrder } from './relay-process.ts'

export type RelayChild = TestChild<RelayHello, RelayOrder, RelayLook>

export const startRelay = (nodeOptions: readonly string[] = [], threads = 1): Promise<RelayChild> =>
  startChild<RelayHello, RelayOrder, RelayLook>(new URL('relay-process.ts', import.meta.url), nodeOptions, {
    MEDIA_THREADS: String(threads),
  })

/** `publishers` of the occupants send a camera; everyone watches each of the others. */
export interface RoomShape {
  readonly occupants: number
  readonly publishers: number
}

export interface LoadRoom {
  readonly publishers: readonly LoadLink[]
  readonly occupants: readonly LoadLink[]
}

/** Sections in the order of their m-lines: the camera, then a slot for each other publisher. */
function plansOf({ occupants, publishers }: RoomShape): readonly LinkPlan[] {
  const ids = Array.from({ length: occupants }, () => randomLinkId())
  return ids.map((linkId, own) => {
    const others = ids.slice(0, publishers).filter((_, at) => at !== own)
    return {
      linkId,
      sections: [sendSection('0', 'camera'), ...others.map((_, at) => slotSection(String(at + 1), 'video'))],
      slots: others.map((other, at) => ({ slot: at + 1, linkId: other, source: 'camera' as const })),
    }
  })
}

/** Rooms are dealt out to the relay's media threads, one after the other. */
export async function openRooms(
  relay: RelayChild,
  shape: RoomShape,
  rooms: number,
  profile: SrtpProfile = 'aead-aes-128-gcm',
): Promise<readonly LoadRoom[]> {
  const identity = await makeDtlsIdentity()
  const { candidates, iceKey } = relay.hello
  const open: LoadRoom[] = []
  for (let room = 0; room < rooms; room += 1) {
    const links = plansOf(shape)
    const thread = room % candidates.length
    const candidate = candidates[thread]
    if (!candidate) throw new Error('a relay without an address')
    await relay.ask({ type: 'open', links, thread })
    const occupants: LoadLink[] = []
    for (const { linkId } of links)
      occupants.push(await LoadLink.connect(candidate, iceKey, linkId, identity, profile))
    open.push({ occupants, publishers: occupants.slice(0, shape.publishers) })
  }
  return open
}

export function closeRooms(rooms: readonly LoadRoom[]): void {
  for (const { occupants } of rooms) for (const link of occupants) link.close()
}
