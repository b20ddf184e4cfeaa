/** How much later a packet arrives for each trunk on its way: the same relays, the same pace, in turns. */
import { setTimeout as pause } from 'node:timers/promises'
import { delayOf, openDirect, stampNext, toMicroseconds, type Path } from './hop-delay.ts'
import { LoadChain, type LoadStream } from './load-chain.ts'
import { Vp8Stream } from './vp8-stream.ts'

export interface ChainDelayFigures {
  readonly packetsPerSecond: number
  /** Straight over loopback; then by the number of relays: one, two, three. */
  readonly directMs: readonly number[]
  readonly byRelaysMs: readonly (readonly number[])[]
}

/** Of each path. */
const packetsPerSecond = 100
const warmUpPackets = 100
const relays = 3

export async function measureChainDelay(packets: number): Promise<ChainDelayFigures> {
  const direct = await openDirect()
  const chain = await LoadChain.start(relays)
  const streams = await chain.open(Array.from({ length: relays }, (_, to) => ({ to, viewers: 1 })))
  const paths = [direct, ...streams.map(pathOf)]
  const gapMs = 1_000 / packetsPerSecond / paths.length
  for (let packet = 0; packet < packets + warmUpPackets; packet += 1) {
    for (const path of paths) {
      path.send()
      await pause(gapMs)
    }
  }
  await pause(200)
  const [directMs = [], ...byRelaysMs] = paths.map(({ delaysMs }) =>
    delaysMs.slice(warmUpPackets).map(toMicroseconds),
  )
  for (const path of paths) await path.close()
  await chain.end()
  return { packetsPerSecond, directMs, byRelaysMs }
}

function pathOf({ publisher, viewers: [viewer] }: LoadStream): Path {
  const stream = new Vp8Stream({ ssrc: 7, packetsPerSecond, framesPerKey: 10 })
  const delaysMs: number[] = []
  if (!viewer) throw new Error('somebody watches')
  viewer.onMedia = (bytes) => {
    if (viewer.guest.srtp) delaysMs.push(delayOf(viewer.guest.srtp, stream, bytes))
  }
  return {
    delaysMs,
    send: () => publisher.guest.sendRtp(stampNext(stream)),
    close: async () => {},
  }
}
