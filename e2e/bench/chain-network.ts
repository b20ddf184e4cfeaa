/** What relay-sfu/bench/chain.ts measures: relays' processes that are joined by trunks, one line of JSON after the other. */
import * as v from 'valibot'
import { linesOf } from './measuring-child.ts'

const millisecondsSchema = v.array(v.number())
const delaySchema = v.object({
  packetsPerSecond: v.number(),
  directMs: millisecondsSchema,
  byRelaysMs: v.array(millisecondsSchema),
})
const trunkSchema = v.object({
  streams: v.number(),
  viewers: v.number(),
  offeredPerSecond: v.number(),
  crossedPerSecond: v.number(),
  crossedKbps: v.number(),
  lostShare: v.number(),
  nearCpuUsPerPacket: v.number(),
  farCpuUsPerPacket: v.number(),
})
const aloneSchema = v.object({
  forwardedPerSecond: v.number(),
  lostShare: v.number(),
  cpuUsPerPacket: v.number(),
})
const floorSchema = v.object({ offeredPerSecond: v.number(), cpuUsPerPacket: v.number() })
const layersSchema = v.object({
  firstMs: millisecondsSchema,
  downMs: millisecondsSchema,
  upMs: millisecondsSchema,
  stopMs: millisecondsSchema,
})
const lineSchema = v.variant('type', [
  v.object({ type: v.literal('delay'), figures: delaySchema }),
  v.object({ type: v.literal('trunk'), trunk: trunkSchema, alone: aloneSchema, floor: floorSchema }),
  v.object({ type: v.literal('viewers'), trunk: trunkSchema }),
  v.object({ type: v.literal('layers'), figures: layersSchema }),
])

export interface ChainFigures {
  readonly delay: v.InferOutput<typeof delaySchema>
  /** By the number of streams: a trunk, a relay alone that sends the same on, the floor. */
  readonly trunks: readonly {
    readonly trunk: v.InferOutput<typeof trunkSchema>
    readonly alone: v.InferOutput<typeof aloneSchema>
    readonly floor: v.InferOutput<typeof floorSchema>
  }[]
  /** By the number of far viewers of one stream. */
  readonly viewers: readonly v.InferOutput<typeof trunkSchema>[]
  readonly layers: v.InferOutput<typeof layersSchema>
}

export const measureChain = async (isQuick: boolean): Promise<ChainFigures> =>
  figuresOf(await linesOf('chain.ts', 'the chain', isQuick))

function figuresOf(text: readonly string[]): ChainFigures {
  const lines = text.map((line) => v.parse(lineSchema, JSON.parse(line)))
  const delay = lines.find((line) => line.type === 'delay')
  const layers = lines.find((line) => line.type === 'layers')
  if (delay === undefined || layers === undefined) throw new Error('the chain was measured in part only')
  return {
    delay: delay.figures,
    trunks: lines.filter((line) => line.type === 'trunk'),
    viewers: lines.filter((line) => line.type === 'viewers').map(({ trunk }) => trunk),
    layers: layers.figures,
  }
}
