/**
 * Registers `<video-room>` and its parts. This is what `<script type="module" src="video-room.js">` runs. Importing it in
 * Node (server-side rendering) does nothing harmful; loading it twice in a page neither.
 */
import { ConfirmDialog } from './components/confirm-dialog/confirm-dialog.ts'
import { ControlBar } from './components/control-bar/control-bar.ts'
import { DevicePickers } from './components/device-pickers/device-pickers.ts'
import { Door } from './components/door/door.ts'
import { Grid } from './components/grid/grid.ts'
import { HostSettings } from './components/host-settings/host-settings.ts'
import { Lobby } from './components/lobby/lobby.ts'
import { Notice } from './components/notice/notice.ts'
import { OccupantList } from './components/occupant-list/occupant-list.ts'
import { RouteBadge } from './components/route-badge/route-badge.ts'
import { Share } from './components/share/share.ts'
import { Tile } from './components/tile/tile.ts'
import { Toasts } from './components/toasts/toasts.ts'
import { VideoRoom } from './components/video-room/video-room.ts'

const elements: Readonly<Record<string, CustomElementConstructor>> = {
  'vr-confirm-dialog': ConfirmDialog,
  'vr-control-bar': ControlBar,
  'vr-device-pickers': DevicePickers,
  'vr-door': Door,
  'vr-grid': Grid,
  'vr-host-settings': HostSettings,
  'vr-lobby': Lobby,
  'vr-notice': Notice,
  'vr-occupant-list': OccupantList,
  'vr-route-badge': RouteBadge,
  'vr-share': Share,
  'vr-tile': Tile,
  'vr-toasts': Toasts,
  'video-room': VideoRoom,
}

if (typeof customElements !== 'undefined') {
  for (const [name, element] of Object.entries(elements)) {
    if (customElements.get(name) === undefined) customElements.define(name, element)
  }
}

export { VideoRoom }
export type { VideoRoomEventDetails } from './components/events.ts'
export type { RouteEvidence } from './components/route-evidence.ts'
