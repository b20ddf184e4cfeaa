/** What a publisher's browser believes its way out carries, and what it makes of it: directly and through the relay. */
import type { Browser } from 'playwright-core'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { Deployment } from '../src/harness/deployment.ts'
import { installProbe } from '../src/harness/probe.ts'
import { RoomPage } from '../src/harness/room-page.ts'
import { within } from '../src/harness/wait.ts'

/** One look, so long after the link stood. */
export interface UplinkLook {
  readonly afterMs: number
  readonly availableBps: number
  /** Of the largest picture that is sent: the one of a mesh link, or the layer `f`. */
  readonly targetBps: number
  readonly width: number
  readonly framesPerSecond: number
}

const looksAtMs = [2_000, 5_000]
/** The camera's own 720p; drawing it costs what the window is large. */
const viewport = { width: 640, height: 480 }

/** Runs inside the page, and must not refer to anything outside itself. */
async function lookAtUplink(atMs: readonly number[]): Promise<UplinkLook[]> {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  const isUp = (one: RTCPeerConnection): boolean => one.connectionState === 'connected'
  while (!window.probe.connections.some(isUp)) await pause(10)
  const startMs = performance.now()
  const connection = window.probe.connections.find(isUp)
  const looks: UplinkLook[] = []
  for (const afterMs of atMs) {
    await pause(startMs + afterMs - performance.now())
    let availableBps = 0
    let largest = { targetBps: 0, width: 0, framesPerSecond: 0 }
    for (const [, entry] of (await connection?.getStats()) ?? []) {
      if (entry.type === 'candidate-pair') availableBps = entry.availableOutgoingBitrate ?? availableBps
      if (entry.type !== 'outbound-rtp' || entry.kind !== 'video') continue
      const { targetBitrate = 0, frameWidth = 0, framesPerSecond = 0 } = entry
      const isFull = entry.rid === undefined || entry.rid === 'f'
      if (isFull && frameWidth >= largest.width)
        largest = { targetBps: targetBitrate, width: frameWidth, framesPerSecond }
    }
    looks.push({ afterMs, availableBps, ...largest })
  }
  return looks
}

/** A host whose camera is off, and a guest who publishes: the machine encodes once. */
export async function measureUplink(
  browser: Browser,
  deployment: Deployment,
  route: RouteWish,
): Promise<readonly UplinkLook[]> {
  const open = async (name: string): Promise<RoomPage> => {
    const context = await browser.newContext({ viewport })
    await context.addInitScript(installProbe)
    return new RoomPage(await context.newPage(), name, deployment.origin)
  }
  const host = await open('Host')
  const guest = await open('Guest')
  try {
    const link = await host.createRoom({ route })
    await host.join()
    await host.toggle('camera')
    await guest.openLink(link)
    await guest.previews()
    const looks = guest.page.evaluate(lookAtUplink, looksAtMs)
    await guest.askToJoin()
    return await within('the uplink was looked at', looks, 30_000)
  } finally {
    await guest.page.context().close()
    await host.page.context().close()
  }
}
