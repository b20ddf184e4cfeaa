/** The whole worker, with a window that tests look through: how often a room woke. */
import type { RoomId } from '@video-room/shared/ids.ts'
import type { Env } from '../env.ts'
import app from '../index.ts'
import { Room as WholeRoom } from '../objects/room-object.ts'

export { CreatorLedger } from '../objects/creator-ledger.ts'
export { RelayRegistry } from '../objects/relay-registry.ts'
export { RoomInfoGateway } from '../objects/room-info-gateway.ts'
export { RouteTally } from '../objects/route-tally.ts'

export class Room extends WholeRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS probe (life INTEGER)')
    ctx.storage.sql.exec('INSERT INTO probe VALUES (1)')
  }

  /** How often this room's object was made: once more for every sleep that ended. */
  async lives(): Promise<number> {
    return Number(this.ctx.storage.sql.exec('SELECT count(*) AS lives FROM probe').one()['lives'])
  }
}

export default {
  async fetch(
    request: Request,
    env: Env & { readonly ROOM: DurableObjectNamespace<Room> },
    ctx: ExecutionContext,
  ) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/probe/lives') {
      const roomId = searchParams.get('room') as RoomId
      const rooms = env.ROOM as unknown as DurableObjectNamespace<Room>
      return Response.json(await rooms.get(rooms.idFromName(roomId)).lives())
    }
    return app.fetch(request, env, ctx)
  },
}
