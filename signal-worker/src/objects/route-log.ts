/** What an operator may count of routes: one line for each that was committed, and for each that was prepared and given up. */
import { log } from '../log.ts'
import type { RoomState } from '../room/state.ts'

export function logRoute(who: { readonly room: string }, before: RoomState, after: RoomState): void {
  const { migration } = before.routing
  const isEnded = migration !== null && after.routing.migration?.route.epoch !== migration.route.epoch
  if (after.route.epoch !== before.route.epoch) {
    const { kind, epoch, reasons = [] } = after.route
    const relays = after.route.kind === 'mesh' ? 0 : after.route.relays.length
    const isVoted = isEnded && migration.route.epoch === epoch
    log('info', 'route', { ...who, kind, epoch, relays, reasons: reasons.join(), isPrepared: isVoted })
  } else if (isEnded && after.status === 'open') {
    const { kind, epoch, reasons = [] } = migration.route
    log('info', 'route-given-up', { ...who, kind, epoch, reasons: reasons.join() })
  }
}
