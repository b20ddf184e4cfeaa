/** Gateways alone, with rooms that only remember what they were told: what does not need a room is tested without one. */
import { DurableObject } from 'cloudflare:workers'
import type { RoomId } from '@video-room/shared/ids.ts'
import type { Env } from '../env.ts'
import { gatewayOf } from '../objects/room-info-gateway.ts'
import type { RoomCommand } from '../store/redis.ts'

export { RoomInfoGateway } from '../objects/room-info-gateway.ts'

export class Room extends DurableObject {
  readonly #controls: unknown[] = []

  async control(request: unknown): Promise<{ readonly ok: true; readonly value: null }> {
    this.#controls.push(request)
    return { ok: true, value: null }
  }

  /** As JSON. */
  async controls(): Promise<string> {
    return JSON.stringify(this.#controls)
  }
}

export class CreatorLedger extends DurableObject {}

export class RelayRegistry extends DurableObject {}

export class RouteTally extends DurableObject {}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/command') {
      const command = await request.json<RoomCommand>()
      return Response.json(await gatewayOf(env, command.roomId).run(command))
    }
    if (pathname === '/controls') {
      const rooms = env.ROOM as unknown as DurableObjectNamespace<Room>
      return new Response(await rooms.get(rooms.idFromName(searchParams.get('room') as RoomId)).controls())
    }
    return new Response('ok')
  },
}
