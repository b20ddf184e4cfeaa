import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import { roomInfoSchema } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { bearer, call, connect, createRoom, creatorKey, join, meeting, refusalOf } from './worker-fixture.ts'

/** Stands in vitest.workers.config.ts. */
const otherCreatorKey = 'another-creator-key-of-these-tests'

const control = async (address: string, body: object, key: string | null = creatorKey) =>
  call('POST', `/room/${address}/control`, { body, headers: key === null ? {} : bearer(key) })

describe('control from outside', () => {
  it('RC1 LO1 the creator locks and unlocks, and everyone is told', async () => {
    const { room, host, guest } = await meeting({ maxParticipants: 3 })
    await host.socket.drain()
    expect((await control(room.roomId, { action: 'lock' })).status).toBe(204)
    for (const { socket } of [host, guest]) {
      const { patch } = await socket.next('room-changed')
      expect(patch.settings?.isLocked).toBe(true)
    }
    expect(await refusalOf(call('POST', `/room/${room.roomId}/join`))).toEqual([409, 'room_locked'])
    expect((await control(room.roomId, { action: 'unlock' })).status).toBe(204)
    expect((await join(room.roomId)).isHost).toBe(false)
  })

  it('RC1 MD5 the creator removes someone: the socket closes, the token opens nothing', async () => {
    const { room, guest } = await meeting()
    expect((await control(room.roomId, { action: 'remove', occupantId: guest.occupantId })).status).toBe(204)
    expect(await guest.socket.closed).toEqual({ code: 4403, reason: 'removed' })
    const again = call('POST', `/room/${room.roomId}/join`, { body: { resumeToken: guest.resumeToken } })
    expect(await refusalOf(again)).toEqual([403, 'removed'])
  })

  it('RC1 MD11 the creator changes settings, seats included', async () => {
    const room = await createRoom()
    await join(room.roomId)
    expect(await refusalOf(call('POST', `/room/${room.roomId}/join`))).toEqual([409, 'room_full'])
    const settings = { maxParticipants: 2, mayUnmute: false }
    expect((await control(room.roomId, { action: 'change-settings', settings })).status).toBe(204)
    expect((await join(room.roomId)).settings).toMatchObject(settings)
  })

  it('RC1 AD1 the creator ends the room, named by its address in any form', async () => {
    const { room, host, guest } = await meeting()
    expect((await control(encodeURIComponent(room.emoji), { action: 'end' })).status).toBe(204)
    for (const { socket } of [host, guest]) expect((await socket.closed).code).toBe(4410)
    expect(await refusalOf(call('POST', `/room/${room.code}/join`))).toEqual([410, 'room_ended'])
  })

  it('RC2 nobody else controls a room: another creator, the host, a guest, a stranger', async () => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    const end = { action: 'end' }
    expect(await refusalOf(control(room.roomId, end, otherCreatorKey))).toEqual([403, 'not_allowed'])
    for (const key of [room.hostToken, host.resumeToken, guest.resumeToken, 'x'.repeat(43)]) {
      expect(await refusalOf(control(room.roomId, end, key))).toEqual([403, 'creator_proof_invalid'])
    }
    expect(await refusalOf(control(room.roomId, end, null))).toEqual([401, 'creator_proof_required'])
    expect(await host.socket.drain()).toEqual([])
  })

  it.each([
    ['no action', {}],
    ['an unknown action', { action: 'explode' }],
    ['no occupant', { action: 'remove' }],
    ['an occupant that cannot be', { action: 'remove', occupantId: 'o_"; DROP TABLE' }],
    ['no settings', { action: 'change-settings' }],
    ['settings out of bounds', { action: 'change-settings', settings: { maxParticipants: 99 } }],
  ])('RC1 %s: refused, nothing changes', async (_what, body) => {
    const { roomId } = await createRoom()
    expect(await refusalOf(control(roomId, body))).toEqual([400, 'bad_request'])
    expect((await join(roomId)).settings.maxParticipants).toBe(1)
  })

  it('RC1 a room that is not there, a person who is not there, a wrong method', async () => {
    const nowhere = addressOfBytes(Uint8Array.from([8, 7, 6, 5, 4, 3, 2, 1])).words
    expect(await refusalOf(control(nowhere, { action: 'lock' }))).toEqual([404, 'room_not_found'])
    expect(await refusalOf(control('nonsense', { action: 'lock' }))).toEqual([404, 'room_not_found'])
    const { roomId } = await createRoom()
    const remove = { action: 'remove', occupantId: 'o_nobody__________' }
    expect((await control(roomId, remove)).status).toBe(204)
    expect(await refusalOf(call('GET', `/room/${roomId}/control`))).toEqual([405, 'method_not_allowed'])
  })
})

describe('addresses', () => {
  it('AD1 E3 E5 every form of the address opens the same room on every route', async () => {
    const room = await createRoom({ maxParticipants: 15 })
    const encoded = encodeURIComponent(room.emoji)
    const forms = [
      room.emoji,
      encoded,
      encoded.toLowerCase(),
      Array.from(room.emoji, encodeURIComponent).join('%EF%B8%8F'),
      Array.from(room.emoji).join('\u200d'),
      room.emoji.normalize('NFD'),
      room.words,
      room.words.toUpperCase(),
      room.code,
      room.code.toUpperCase(),
      room.roomId,
    ]
    for (const form of forms) await join(form)
    const { json } = await call('GET', `/room/${encoded}/info`)
    expect(Object.keys(v.parse(roomInfoSchema, json).occupants)).toHaveLength(forms.length)
    const { resumeToken } = await join(room.words)
    const socket = await connect(encoded, resumeToken)
    await socket.next('welcome')
    expect((await call('DELETE', `/room/${room.code}`, { headers: bearer(room.hostToken) })).status).toBe(204)
    expect(await socket.closed).toMatchObject({ code: 4410 })
  })

  it('AD1 E3 what only looks like the address opens nothing', async () => {
    const room = await createRoom()
    const encoded = encodeURIComponent(room.emoji)
    const forged = [
      encodeURIComponent(encoded),
      encoded.slice(0, -3),
      `${encoded}${encodeURIComponent('🏽')}`,
      room.emoji.slice(0, -1),
      `${room.code}%00`,
      // A Cyrillic letter for the Latin one.
      encodeURIComponent(
        room.words.replace(/[aeo]/, (letter) => ({ a: 'а', e: 'е', o: 'о' })[letter] ?? letter),
      ),
      `${room.words}-fox`,
    ]
    for (const form of forged) {
      expect(await refusalOf(call('POST', `/room/${form}/join`))).toEqual([404, 'room_not_found'])
    }
  })
})
