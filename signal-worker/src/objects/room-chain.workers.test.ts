import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayId } from '@video-room/shared/ids.ts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { register, registry, relayIdOf, toRoom, type RegistryProbe } from '../relay-fixture.ts'
import { createRoom, enter, type connect } from '../worker-fixture.ts'

type Room = Awaited<ReturnType<typeof createRoom>>
type Socket = Awaited<ReturnType<typeof connect>>

const objectOf = (roomId: string) => env.ROOM.get(env.ROOM.idFromName(roomId))

/** Moves the clock, then lets the timer of the object fire. */
async function later(object: DurableObjectStub, ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  await runDurableObjectAlarm(object)
}

beforeEach(async () => {
  await later(registry(), limits.relaySilentMs)
  vi.useRealTimers()
})
afterEach(() => void vi.useRealTimers())

async function arrive({ roomId }: Room, relay: RegistryProbe) {
  for (;;) {
    const summon = await relay.next('summon')
    if (summon.roomId !== roomId) continue
    const socket = await toRoom(roomId, summon.secret)
    await socket.next('relay-welcome')
    return { socket, list: await socket.next('relay-links') }
  }
}

/** Each says how far the relays are that it is asked about. */
async function answer(socket: Socket, rttsMs: Readonly<Record<RelayId, number>>): Promise<void> {
  const { relays } = await socket.next('probe-relays')
  const rtts = relays.map(({ relayId }) => ({ relayId, rttMs: rttsMs[relayId] ?? null }))
  socket.send({ type: 'relay-probes', rtts })
  // What is answered after it tells that it was heard.
  socket.send({ type: 'link-failed', to: relayIdOf('nobody'), generation: 1 })
  await socket.next('error')
}

it('CH1 CH3 CH5 two far people measure two relays: the second is summoned by name, and a trunk is listed with a ticket of the first', async () => {
  const [sin, fra] = [relayIdOf('sin'), relayIdOf('fra')]
  const first = await register('sin')
  const room = await createRoom({ route: 'relay', maxParticipants: 3 })
  const host = await enter(room, 'host')
  const { socket: middle } = await arrive(room, first)
  const second = await register('fra')
  // Each relay knows the other, and says how far it is.
  await first.next('relays')
  first.send({ type: 'relay-load', links: 1, rooms: 1, cpu: 0, rtts: [{ relayId: fra, rttMs: 60 }] })
  const guest = await enter(room, 'guest')
  const { socket } = guest
  await socket.next('start')

  for (let look = 0; look < limits.chainRounds; look += 1) {
    await later(objectOf(room.roomId), limits.chainSurveyFirstMs)
    await Promise.all([
      answer(host.socket, { [sin]: 8, [fra]: 150 }),
      answer(socket, { [sin]: 150, [fra]: 9 }),
    ])
    await later(objectOf(room.roomId), limits.chainProbeMs)
  }
  const branch = await arrive(room, second)
  // The tree was prepared in the step that let it in.
  const { trunks } = branch.list
  const { migration } = await untilPrepared(socket)
  expect(migration).toMatchObject({
    relays: [{ relayId: sin }, { relayId: fra, parentId: sin }],
    homes: { [guest.occupantId]: fra },
  })
  expect(trunks).toEqual([expect.objectContaining({ relayId: sin, ticket: expect.any(Object) })])
  const answered = await untilTrunks(middle)
  expect(answered).toEqual([expect.objectContaining({ relayId: fra, linkId: trunks?.[0]?.linkId })])
  expect(answered[0]).not.toHaveProperty('ticket')
})

async function untilTrunks(relay: Awaited<ReturnType<typeof toRoom>>) {
  for (;;) {
    const { trunks } = await relay.next('relay-links')
    if (trunks !== undefined) return trunks
  }
}

async function untilPrepared(socket: Socket) {
  for (;;) {
    const { patch } = await socket.next('room-changed')
    if (patch.migration?.kind === 'relayed' && patch.migration.relays.length > 1)
      return { migration: patch.migration }
  }
}
