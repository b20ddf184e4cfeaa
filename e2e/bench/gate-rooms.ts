/** Rooms as an embedder's backend makes them and people join them, over HTTP. */
import { createHmac, randomUUID } from 'node:crypto'
import { createResponseSchema } from '@video-room/shared/protocol/http.ts'
import * as v from 'valibot'
import { timed, type GateContestant } from './gate-contestants.ts'
import { openHttp } from './gate-http.ts'

/** A creator's rooms are counted one after another; a deployment has many creators, and so has a benchmark. */
const roomsPerCreator = 10

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** RFC 7519, signed with HS256 (RFC 7515). */
function creatorToken(secret: string): string {
  const head = base64url({ alg: 'HS256', typ: 'JWT', kid: 'bench' })
  const exp = Math.floor(Date.now() / 1_000) + 600
  const claims = base64url({ aud: 'video-room', sub: randomUUID(), exp })
  const signature = createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url')
  return `${head}.${claims}.${signature}`
}

export function roomsContestant(name: string, origin: string, secret: string): GateContestant {
  let made = 0
  let token = ''
  return {
    name,
    single: 'join',
    bulk: 'room made and joined',
    open() {
      const http = openHttp(origin)
      const createRoom = async (): Promise<string> => {
        if (made % roomsPerCreator === 0) token = creatorToken(secret)
        made += 1
        const answer = await http.ask('POST', '/room/create', {}, { Authorization: `Bearer ${token}` })
        return v.parse(createResponseSchema, answer).roomId
      }
      const joinRoom = (roomId: string): Promise<unknown> => http.ask('POST', `/room/${roomId}/join`, {})
      return {
        async latencyMs() {
          const roomId = await createRoom()
          return timed(() => joinRoom(roomId))
        },
        once: async () => void (await joinRoom(await createRoom())),
        close: () => http.close(),
      }
    },
  }
}
