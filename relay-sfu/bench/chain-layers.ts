/** How soon a layer crosses a trunk when a far viewer wants it, and how soon it stops when nobody does. */
import { setTimeout as pause } from 'node:timers/promises'
import { Crossings } from '../src/io/testing/crossings.ts'
import { LossyShim } from '../src/io/testing/lossy-shim.ts'
import { within } from '../src/io/testing/wire.ts'
import { srtpOverheadBytes } from '../src/media/ports.ts'
import { sendSection } from '../src/media/testing/facts.ts'
import { seededRandom } from '../src/media/testing/random.ts'
import { SyntheticPublisher } from '../src/media/testing/synthetic-publisher.ts'
import { LoadChain, viewerSlot } from './load-chain.ts'
import type { LoadLink } from './load-link.ts'

/** Milliseconds, of each round. */
export interface LayerFigures {
  /** From the want to the first packet on the trunk, for one who saw nothing, the largest layer, the smallest. */
  readonly firstMs: readonly number[]
  readonly downMs: readonly number[]
  readonly upMs: readonly number[]
  /** From the want that gives a layer up to its last packet on the trunk. */
  readonly stopMs: readonly number[]
}

/** Of the synthetic camera: 960 pixels across, and half of them twice. */
const widths = { f: 960, q: 240 } as const
const sections = [sendSection('0', 'microphone'), sendSection('1', 'camera', ['f', 'h', 'q'])]
const settleMs = 1_000
const advanceMs = 3
const answerMs = 5_000
/** Of SRTCP its index, too (RFC 3711, section 3.4). */
const sealRoom = srtpOverheadBytes + 4

export async function measureLayers(rounds: number): Promise<LayerFigures> {
  const shims: LossyShim[] = []
  const chain = await LoadChain.start(2, async (relay) => {
    const shim = await LossyShim.start(relay, 1)
    shims.push(shim)
    return shim.candidate
  })
  const [shim] = shims
  const [stream] = await chain.open([{ to: 1, viewers: 1, sections }])
  const viewer = stream?.viewers[0]
  if (!shim || !stream || !viewer) throw new Error('a trunk and who uses it')
  const crossings = new Crossings(shim)
  const publishing = publish(stream.publisher)
  const want = async (widthPx: number): Promise<number> => {
    const atMs = performance.now()
    const command = { type: 'set-want', slot: viewerSlot, widthPx } as const
    await chain.relay(1).ask({ type: 'command', linkId: viewer.linkId, command })
    return atMs
  }
  const crosses = async (rid: keyof typeof widths): Promise<number> => {
    const first = new Promise<number>((resolve) => {
      crossings.onPacket = (packet) => {
        if (packet.way === 'down' && packet.rid === rid) resolve(packet.atMs)
      }
    })
    const wantedMs = await want(widths[rid])
    const crossedMs = await within(answerMs, `layer ${rid}`, first)
    await pause(settleMs)
    return crossedMs - wantedMs
  }
  const lastOf = (rid: string, sinceMs: number): number =>
    Math.max(sinceMs, ...crossings.since(sinceMs, 'down').map((one) => (one.rid === rid ? one.atMs : 0))) -
    sinceMs
  await want(0)
  await pause(settleMs)
  const figures = { firstMs: [], downMs: [], upMs: [], stopMs: [] } as {
    [Name in keyof LayerFigures]: number[]
  }
  for (let round = 0; round < rounds; round += 1) {
    figures.firstMs.push(await crosses('f'))
    figures.downMs.push(await crosses('q'))
    figures.upMs.push(await crosses('f'))
    const givenUpMs = await want(0)
    await pause(settleMs)
    figures.stopMs.push(lastOf('f', givenUpMs))
  }
  clearInterval(publishing)
  await chain.end()
  await shim.stop()
  return figures
}

/** As a browser sends: key frames and repairs on demand. */
function publish(link: LoadLink): NodeJS.Timeout {
  const { guest } = link
  const camera = new SyntheticPublisher({
    id: 1,
    random: seededRandom(1),
    send: (bytes) => {
      if (!isRtcp(bytes)) return guest.sendRtp(bytes)
      const sealed = Buffer.alloc(bytes.length + sealRoom)
      sealed.set(bytes)
      const length = guest.srtp?.protectRtcp(sealed, bytes.length) ?? 0
      return guest.wire.send(sealed.subarray(0, length))
    },
  })
  link.onReport = (bytes) => {
    const copy = Buffer.from(bytes)
    const length = guest.srtp?.unprotectRtcp(copy, copy.length) ?? -1
    if (length > 0) camera.receive(copy.subarray(0, length), performance.now())
  }
  return setInterval(() => camera.advance(performance.now()), advanceMs)
}

/** RFC 5761, section 4. */
const isRtcp = (bytes: Uint8Array): boolean => (bytes[1] ?? 0) >= 192 && (bytes[1] ?? 0) <= 223
