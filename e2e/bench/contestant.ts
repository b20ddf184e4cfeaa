/** What the join benchmark asks of everyone it measures. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { installProbe } from '../src/harness/probe.ts'
import { eventually, within } from '../src/harness/wait.ts'

export interface FirstFrame {
  /** From the click on Join to the first remote frame on screen. */
  readonly firstFrameMs: number
  /** What happened on the way, milliseconds after the click. */
  readonly marks: Readonly<Record<string, number>>
}

export interface Join extends FirstFrame {
  /** Messages on the signalling sockets because of this join, both directions, heartbeats left out. */
  readonly joinerMessages: number
  readonly waiterMessages: number
}

export interface Contestant<Result = Join> {
  readonly name: string
  join(): Promise<Result>
  close(): Promise<void>
}

/** The same for everyone: a fake camera of this size, whatever the page would ask for. */
function installSmallCamera(): void {
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = (constraints) =>
    native(constraints?.video ? { ...constraints, video: { width: 640, height: 360 } } : constraints)
}

/** Without a graphics card drawing costs more than the call; a small window leaves the processor to what is measured. */
const viewport = { width: 640, height: 480 }

export async function measuredContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport })
  await context.addInitScript(installSmallCamera)
  await context.addInitScript(installProbe)
  return context
}

/** Heartbeats of the two protocols: they come by the clock, not by the join. */
const heartbeat = /^(ping|pong|\{"type":"HEARTBEAT"\})$/

/** Counts the page's socket messages from now on. */
export function countMessages(page: Page): () => number {
  let count = 0
  const tally = ({ payload }: { payload: string | Buffer }): void => {
    if (!heartbeat.test(payload.toString())) count += 1
  }
  page.on('websocket', (socket) => socket.on('framesent', tally).on('framereceived', tally))
  return () => count
}

/** Candidates trickle on after the first frame: a join is over when its sockets have been quiet for this long. */
const quietMs = 1_000

export async function untilQuiet(...counts: readonly (() => number)[]): Promise<void> {
  let seen = -1
  let sinceMs = performance.now()
  await eventually('the signalling is quiet', () => {
    const total = counts.reduce((sum, count) => sum + count(), 0)
    if (total !== seen) sinceMs = performance.now()
    seen = total
    return performance.now() - sinceMs >= quietMs
  })
}

/** Clicks, and waits for the first remote frame. */
export async function measureFirstFrame(joiner: Page, clickJoin: () => Promise<void>): Promise<FirstFrame> {
  await joiner.evaluate(() => window.probe.armClick())
  await clickJoin()
  const firstFrameMs = await within(
    'the first remote frame',
    joiner.evaluate(() => window.probe.firstFrame()),
  )
  return { firstFrameMs, marks: await joiner.evaluate(() => ({ ...window.probe.marks })) }
}

/** The same, and the end of the join's signalling. */
export async function measureJoin(
  joiner: Page,
  joinerCount: () => number,
  waiterCount: () => number,
  clickJoin: () => Promise<void>,
): Promise<Join> {
  await untilQuiet(joinerCount, waiterCount)
  const before = { joiner: joinerCount(), waiter: waiterCount() }
  const { firstFrameMs } = await measureFirstFrame(joiner, clickJoin)
  await untilQuiet(joinerCount, waiterCount)
  return {
    firstFrameMs,
    joinerMessages: joinerCount() - before.joiner,
    waiterMessages: waiterCount() - before.waiter,
    marks: await joiner.evaluate(() => ({ ...window.probe.marks })),
  }
}
