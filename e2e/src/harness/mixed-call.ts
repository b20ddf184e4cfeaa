/** A call between a host in Chromium and a guest in Firefox, and how long it stands still while the room moves. */
import type { RouteWish } from '@video-room/shared/route.ts'
import type { FirefoxPage } from './firefox-page.ts'
import type { FirefoxStage } from './firefox-stage.ts'
import { hostRoom } from './meet.ts'
import { longestStandstill, startPerceiving } from './perceived.ts'
import { installPerception } from './perception.ts'
import type { RoomPage } from './room-page.ts'
import { untilVia } from './routes.ts'
import type { Stage } from './stage.ts'

export interface MixedCall {
  readonly host: RoomPage
  readonly guest: FirefoxPage
}

/** Everything that was overlapped, drained or faded is over so long after a move: links of the former route go on for a second (MG6). */
const settleMs = 1_500
/** Long enough for what the machine itself holds back. */
const steadyMs = 1_000

const nowMs = (): number => performance.timeOrigin + performance.now()

/** Each sees the other move. `install`: further scripts in the host's page. */
export async function mixedCall(
  stage: Stage,
  firefox: FirefoxStage,
  route: RouteWish,
  install: readonly (() => void)[] = [],
): Promise<MixedCall> {
  const [{ host, link }, guest] = await Promise.all([
    hostRoom(stage, {
      host: {
        install: [...install, installPerception],
        // Drawing costs what the window is large.
        context: { viewport: { width: 640, height: 480 } },
      },
      settings: { route },
    }),
    firefox.person('Bo Guest'),
  ])
  await guest.join(link)
  await Promise.all([host, guest].map(startPerceiving))
  await Promise.all([host, guest].map((person) => longestStandstill(person, nowMs(), nowMs())))
  return { host, guest }
}

/** The longest that a picture, or a sound, stood still at either end, milliseconds; the test's output has them all. */
async function standstill(
  { host, guest }: MixedCall,
  what: string,
  fromMs: number,
  untilMs: number,
): Promise<number> {
  const seen = await Promise.all(
    [host, guest].map(async (person) => ({
      name: person.name,
      ...(await longestStandstill(person, fromMs, untilMs)),
    })),
  )
  for (const { name, pictureMs, soundMs } of seen) {
    console.log(
      `${what}: ${name} saw no new picture for ${Math.round(pictureMs)} ms, heard nothing for ${Math.round(soundMs)} ms`,
    )
  }
  return Math.max(...seen.flatMap(({ pictureMs, soundMs }) => [pictureMs, soundMs]))
}

/** While nobody moves: what the machine itself holds back. */
export async function steadyStandstill(call: MixedCall): Promise<number> {
  const fromMs = nowMs()
  return standstill(call, 'steady', fromMs, fromMs + steadyMs)
}

/** `come` is what makes the room move to this region, and answers when it was there. */
export async function standstillOfMove(
  call: MixedCall,
  region: string,
  come: () => Promise<number>,
  deadlineMs?: number,
): Promise<number> {
  const fromMs = await come()
  await Promise.all([call.host, call.guest].map((person) => untilVia(person, region, deadlineMs)))
  return standstill(call, `to ${region}`, fromMs, nowMs() + settleMs)
}
