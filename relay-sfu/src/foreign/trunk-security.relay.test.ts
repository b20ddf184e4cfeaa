/** Whom a trunk is not for: another certificate at either end, a ticket of another link, one that is over. */
import { describe, expect, it } from 'vitest'
import type { ServedTrunk } from '@video-room/shared/protocol/relay-messages.ts'
import { makeDtlsIdentity } from '../io/dtls-identity.ts'
import { mintTicket, nowS, randomLinkId } from '../io/testing/tickets.ts'
import { relayLimits } from '../limits.ts'
import { longIt } from '../testing/long.ts'
import { setChain } from './testing/chain-stage.ts'
import type { ChainPlan, ChainRoom } from './testing/chain-room.ts'
import { until } from './testing/until.ts'

const stage = setChain({ relays: 2 })
const [answers, dials] = [0, 1]

/** Ann publishes here, Bob watches there, and what the room says of the trunk between them is not the truth. */
async function forged(forge: NonNullable<ChainPlan['forge']>): Promise<ChainRoom> {
  const room = await stage.lab.open({ parents: [null, answers], forge })
  const ann = room.seat(answers, 'a', 'camera')
  const publisher = await stage.raw(ann, { sends: true })
  await stage.raw(room.seat(dials, 'b'))
  await until('Ann is connected', () => publisher.state === 'connected')
  return room
}

const failures = (room: ChainRoom, relay: number): number =>
  room.heard.filter((one) => one.relay === relay && one.message.type === 'link-failed').length

const nothingCrossed = (): void => {
  const { packets } = stage.lab.between(dials, answers).crossings
  expect(packets).toEqual([])
}

const drops = async (why: string): Promise<number> =>
  (await stage.lab.relay(answers).report()).droppedPackets[why] ?? 0

const withTicket = (
  trunk: ServedTrunk,
  change: (linkId: ServedTrunk['linkId']) => Parameters<typeof mintTicket>,
): ServedTrunk => {
  if (trunk.ticket === undefined) return trunk
  const { ufrag, password } = mintTicket(...change(trunk.linkId))
  return { ...trunk, ticket: { ...trunk.ticket, iceUfrag: ufrag, icePwd: password } }
}

describe('CH3 a certificate that the room did not name', () => {
  it.each([
    ['the relay that is dialled', dials],
    ['the relay that dials', answers],
  ])('of %s: no trunk, nothing crosses, and the room is told', async (_, deceived) => {
    const { fingerprint } = await makeDtlsIdentity()
    const room = await forged((trunk, relay) => (relay === deceived ? { ...trunk, fingerprint } : trunk))
    await until('the room is told', () => failures(room, deceived) >= 2)
    nothingCrossed()
  })
})

it('CH3 a ticket that is over gets no answer: nothing crosses', async () => {
  const before = await drops('stun-expired')
  const { iceKey } = stage.lab.relay(answers)
  await forged((trunk) => withTicket(trunk, (linkId) => [iceKey, linkId, nowS() - 1]))
  await until('it was asked in vain', async () => (await drops('stun-expired')) > before + 3)
  nothingCrossed()
  expect(stage.lab.between(dials, answers).crossings.dtls).toBe(0)
})

it('CH3 one character of the pwd changed gets no answer: nothing crosses', async () => {
  const before = await drops('stun-forged')
  await forged((trunk) => {
    if (trunk.ticket === undefined) return trunk
    const { icePwd } = trunk.ticket
    return {
      ...trunk,
      ticket: { ...trunk.ticket, icePwd: (icePwd.startsWith('A') ? 'B' : 'A') + icePwd.slice(1) },
    }
  })
  await until('it was asked in vain', async () => (await drops('stun-forged')) > before + 3)
  nothingCrossed()
})

// It takes as long as relays wait for a trunk that does not come up.
longIt(
  'CH3 a ticket of another link, or one that is over, is no trunk: the room is told in the end',
  async () => {
    const { iceKey } = stage.lab.relay(answers)
    for (const expiresAtS of [nowS() + 60, nowS() - 1]) {
      const room = await forged((trunk) => withTicket(trunk, () => [iceKey, randomLinkId(), expiresAtS]))
      const told = (): number => failures(room, dials) + failures(room, answers)
      await until('the room is told', () => told() > 0, relayLimits.linkUpMs + 5_000)
      nothingCrossed()
      await stage.clear()
    }
  },
)
