/** What relay-sfu/bench/network.ts measures: the relay's processes on real sockets, one line of JSON after the other. */
import * as v from 'valibot'
import { linesOf } from './measuring-child.ts'

const floorSchema = v.object({ offeredPerSecond: v.number(), cpuUsPerPacket: v.number() })
const forwardingSchema = v.object({
  name: v.string(),
  profile: v.picklist(['aead-aes-128-gcm', 'aes128-cm-hmac-sha1-80']),
  offeredPerSecond: v.number(),
  forwardedPerSecond: v.number(),
  lostShare: v.number(),
  cpuUsPerPacket: v.number(),
  cpuShare: v.number(),
  rssMegabytes: v.number(),
  drops: v.record(v.string(), v.number()),
})
const delaySchema = v.object({
  packetsPerSecond: v.number(),
  directMs: v.array(v.number()),
  relayMs: v.array(v.number()),
})
const joiningSchema = v.object({
  joins: v.number(),
  cpuMsPerJoin: v.number(),
  controlCpuMsPerJoin: v.number(),
  emptyMegabytes: v.number(),
  fewLinks: v.number(),
  manyLinks: v.number(),
  kilobytesPerLink: v.number(),
  floorCpuMs: v.number(),
})
const lineSchema = v.variant('type', [
  v.object({ type: v.literal('joining'), figures: joiningSchema }),
  v.object({ type: v.literal('delay'), figures: delaySchema }),
  v.object({ type: v.literal('forwarding'), figures: forwardingSchema, floor: floorSchema }),
])

export interface NetworkFigures {
  readonly joining: v.InferOutput<typeof joiningSchema>
  readonly delay: v.InferOutput<typeof delaySchema>
  readonly forwarding: readonly {
    readonly figures: v.InferOutput<typeof forwardingSchema>
    readonly floor: v.InferOutput<typeof floorSchema>
  }[]
}

export const measureNetwork = async (isQuick: boolean): Promise<NetworkFigures> =>
  figuresOf(await linesOf('network.ts', 'the network', isQuick))

function figuresOf(text: readonly string[]): NetworkFigures {
  const lines = text.map((line) => v.parse(lineSchema, JSON.parse(line)))
  const joining = lines.find((line) => line.type === 'joining')
  const delay = lines.find((line) => line.type === 'delay')
  if (joining === undefined || delay === undefined) throw new Error('the network was measured in part only')
  return {
    joining: joining.figures,
    delay: delay.figures,
    forwarding: lines.filter((line) => line.type === 'forwarding'),
  }
}
