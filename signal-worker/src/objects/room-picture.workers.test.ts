import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { smallJpeg } from '@video-room/shared/testing/small-jpeg.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connect, createRoom, enter, join } from '../worker-fixture.ts'

const objectOf = (roomId: string) => env.ROOM.get(env.ROOM.idFromName(roomId))
const show = { type: 'knock-picture', picture: smallJpeg } as const

async function atDoor() {
  const room = await createRoom({ admission: 'knock', knockPicture: true })
  const host = await enter(room, 'host')
  const ada = await join(room.roomId, { displayName: 'ada' })
  const socket = await connect(room.roomId, ada.resumeToken)
  expect(await socket.next('knocking')).toEqual({ type: 'knocking', mayShowPicture: true })
  await host.socket.next('knocks')
  return { room, host, ada: { ...ada, socket } }
}

/** All that the room's object keeps, as text. */
const stored = (roomId: string): Promise<string> =>
  runInDurableObject(objectOf(roomId), (_room, { storage: { sql } }) => {
    const tables = sql.exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`).toArray()
    const own = tables.filter(({ name }) => !name.startsWith('_cf') && !name.startsWith('sqlite'))
    return JSON.stringify(own.map(({ name }) => sql.exec(`SELECT * FROM "${name}"`).toArray()))
  })

afterEach(() => void vi.restoreAllMocks())

describe('a picture at the door', () => {
  it('KN8 reaches the host; neither storage nor log ever holds it', async () => {
    const lines: unknown[] = []
    for (const method of ['log', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void lines.push(...words))
    }
    const { room, host, ada } = await atDoor()
    ada.socket.send(show)
    const { occupantId } = ada
    expect(await host.socket.next('knock-picture')).toEqual({ ...show, occupantId })
    for (let n = 0; n < 5; n += 1) ada.socket.send(show)
    expect(await ada.socket.next('error')).toMatchObject({ code: 'rate_limited', about: 'knock-picture' })
    const someOfIt = smallJpeg.slice(20, 60)
    const kept = await stored(room.roomId)
    expect(kept).toContain(occupantId)
    expect(kept).not.toContain(someOfIt)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.map(String).join('\n')).not.toContain(someOfIt)
  })

  it('KN8 a room that slept passes it on, and asks anew for a host who comes back', async () => {
    const { room, host, ada } = await atDoor()
    await evictDurableObject(objectOf(room.roomId))
    ada.socket.send(show)
    await host.socket.next('knock-picture')
    host.socket.close()
    await evictDurableObject(objectOf(room.roomId))
    const again = await connect(room.roomId, host.resumeToken)
    expect((await again.next('knocks')).knocks).toHaveLength(1)
    expect(await ada.socket.next('knocking')).toMatchObject({ mayShowPicture: true })
    ada.socket.send({ type: 'knock-picture', picture: null })
    expect(await again.next('knock-picture')).toMatchObject({ picture: null })
  })

  it.each([
    ['SVG', btoa('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['too large', smallJpeg.replace('==', '').padEnd(6_148, 'A')],
    ['no base64', 'javascript:alert(1)'],
  ])('KN8 what is no small JPEG goes no further than the codec: %s', async (_what, picture) => {
    const { host, ada } = await atDoor()
    ada.socket.sendRaw(JSON.stringify({ v: 1, type: 'knock-picture', picture }))
    expect(await ada.socket.next('error')).toMatchObject({ code: 'malformed' })
    expect(await host.socket.drain()).not.toContainEqual(expect.objectContaining({ type: 'knock-picture' }))
  })
})
