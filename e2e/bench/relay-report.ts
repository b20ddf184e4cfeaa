/**
 * Decides: what the relay benchmark says: tables for people, the same for programs.
 * Does not decide: how anything was measured (relay-network.ts, relay-uplink.ts, contestant.ts).
 * Invariants: every figure of the relay stands beside its floor or its peer of the same run; every target is named with its
 * figure, met or not.
 */
import type { FirstFrame } from './contestant.ts'
import type { NetworkFigures } from './relay-network.ts'
import type { UplinkLook } from './relay-uplink.ts'
import { percentile } from './statistics.ts'

export interface BrowserFigures {
  readonly mesh: readonly FirstFrame[]
  readonly relay: readonly FirstFrame[]
  /** Of each round. */
  readonly meshUplink: readonly (readonly UplinkLook[])[]
  readonly relayUplink: readonly (readonly UplinkLook[])[]
}

export interface RelayResult {
  /** Of the last minute, at the beginning and at the end: other work on the machine shows in every figure. */
  readonly load: readonly [number, number]
  readonly cores: number
  readonly network: NetworkFigures
  readonly browsers: BrowserFigures
}

/** Issue 4 and design, "Numbers to reach". */
const targets = {
  cpuUsPerPacket: 20,
  kilobytesPerLink: 240,
  cpuMsPerJoin: 6,
  hopP50Ms: 0.3,
  hopP99Ms: 2,
  uplinkShare: 0.9,
  meshFrameMs: 400,
  relayFrameMs: 300,
} as const

interface Verdict {
  readonly target: string
  readonly figure: string
  readonly met: boolean
}

const median = (sample: readonly number[]): number => percentile(sample, 0.5)
const ms = (value: number): string => `${value.toFixed(2)} ms`
const kbps = (bps: number): string => `${Math.round(bps / 1_000)} kbit/s`

type Profile = NetworkFigures['forwarding'][number]['figures']['profile']
const profileWords: Readonly<Record<Profile, string>> = {
  'aead-aes-128-gcm': 'GCM',
  'aes128-cm-hmac-sha1-80': 'CM+SHA1',
}

function forwardingTable({ forwarding }: NetworkFigures): string[] {
  const columns = ['offered/s', 'forwarded/s', 'lost', 'µs/packet', 'floor', 'core', 'RSS MB']
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(22) + cells.map((cell, at) => cell.padStart((columns[at] ?? '').length + 3)).join('')
  return [
    line('CPU of the relay', columns),
    ...forwarding.map(({ figures, floor }) =>
      line(`${figures.name}, ${profileWords[figures.profile]}`, [
        String(Math.round(figures.offeredPerSecond)),
        String(Math.round(figures.forwardedPerSecond)),
        `${(figures.lostShare * 100).toFixed(1)}%`,
        figures.cpuUsPerPacket.toFixed(1),
        floor.cpuUsPerPacket.toFixed(1),
        `${Math.round(figures.cpuShare * 100)}%`,
        String(Math.round(figures.rssMegabytes)),
      ]),
    ),
    'floor: AES-GCM and a send by Node’s public API, as often, at the same pace; nothing received or decided',
    ...forwarding
      .filter(({ figures }) => Object.keys(figures.drops).length > 0)
      .map(({ figures }) => `dropped in ${figures.name}: ${JSON.stringify(figures.drops)}`),
  ]
}

function hopOf({ delay: { directMs, relayMs } }: NetworkFigures) {
  const of = (share: number) => {
    const direct = percentile(directMs, share)
    const relay = percentile(relayMs, share)
    return { direct, relay, added: relay - direct }
  }
  return { p50: of(0.5), p99: of(0.99), count: relayMs.length, sent: directMs.length }
}

const lookOf = (rounds: readonly (readonly UplinkLook[])[], afterMs: number): readonly UplinkLook[] =>
  rounds.flatMap((round) => round.filter((look) => look.afterMs === afterMs))

const availableAt = (rounds: readonly (readonly UplinkLook[])[], afterMs: number): number =>
  median(lookOf(rounds, afterMs).map((look) => look.availableBps))

function uplinkLines(name: string, rounds: readonly (readonly UplinkLook[])[]): string[] {
  const times = [...new Set(rounds.flat().map(({ afterMs }) => afterMs))].toSorted((a, b) => a - b)
  return times.map((afterMs) => {
    const looks = lookOf(rounds, afterMs)
    const available = looks.map((look) => look.availableBps)
    const target = median(looks.map((look) => look.targetBps))
    const width = median(looks.map((look) => look.width))
    const fps = median(looks.map((look) => look.framesPerSecond))
    const range = `${kbps(percentile(available, 0))} to ${kbps(percentile(available, 1))}`
    return `${name.padEnd(6)} after ${afterMs / 1_000} s   ${kbps(median(available)).padStart(12)}  (${range}); largest picture ${width} wide, ${Math.round(fps)} fps, ${kbps(target)}`
  })
}

/** From the ticket, which comes with the answer to the join (RL3), to the link and to the picture. */
function relayLegs(joins: readonly FirstFrame[]) {
  const leg = (from: string, to: string): number =>
    median(
      joins.flatMap(({ firstFrameMs, marks }) => {
        const at: Readonly<Record<string, number>> = { click: 0, ...marks, frame: firstFrameMs }
        const [start, end] = [at[from], at[to]]
        return start === undefined || end === undefined ? [] : [end - start]
      }),
    )
  return {
    clickToTicketMs: leg('click', 'answered'),
    ticketToConnectedMs: leg('answered', 'connected'),
    connectedToFrameMs: leg('connected', 'frame'),
  }
}

function judge({ network, browsers }: RelayResult): Verdict[] {
  const verdicts: Verdict[] = []
  const atMost = (what: string, value: number, most: number, unit: string, digits = 0): void => {
    verdicts.push({
      target: `${what} ≤ ${most} ${unit}`,
      figure: `${value.toFixed(digits)} ${unit}`,
      met: value <= most,
    })
  }
  const full = network.forwarding.filter(
    ({ figures }) => figures.name === '1 → 16' && figures.profile === 'aead-aes-128-gcm',
  )
  const busiest = full.at(-1)?.figures
  if (busiest !== undefined) {
    const rate = Math.round(busiest.offeredPerSecond / 1_000)
    atMost(`1 → 16 at ${rate},000/s`, busiest.cpuUsPerPacket, targets.cpuUsPerPacket, 'µs/packet', 1)
  }
  const { joining } = network
  atMost('memory per link', joining.kilobytesPerLink, targets.kilobytesPerLink, 'kB')
  atMost('control thread per join', joining.controlCpuMsPerJoin, targets.cpuMsPerJoin, 'ms', 1)
  const { p50, p99 } = hopOf(network)
  atMost('added by the hop, p50', p50.added, targets.hopP50Ms, 'ms', 2)
  atMost('added by the hop, p99', p99.added, targets.hopP99Ms, 'ms', 2)
  const relayed = availableAt(browsers.relayUplink, 2_000)
  const direct = availableAt(browsers.meshUplink, 2_000)
  verdicts.push({
    target: `publisher’s estimate after 2 s ≥ ${targets.uplinkShare} of peer to peer`,
    figure: `${kbps(relayed)} against ${kbps(direct)}`,
    met: relayed >= targets.uplinkShare * direct,
  })
  const frame = (joins: readonly FirstFrame[]): number => median(joins.map((join) => join.firstFrameMs))
  atMost('click → first frame, mesh p50', frame(browsers.mesh), targets.meshFrameMs, 'ms')
  atMost('click → first frame, relay p50', frame(browsers.relay), targets.relayFrameMs, 'ms')
  return verdicts
}

function frameLine(name: string, joins: readonly FirstFrame[]): string {
  const frames = joins.map((join) => join.firstFrameMs)
  const [p50, least, most] = [0.5, 0, 1].map((share) => Math.round(percentile(frames, share)))
  return `${name.padEnd(6)} p50 ${p50} ms  (${least} to ${most}, ${joins.length} joins)`
}

export function relayReport(result: RelayResult): { readonly text: string; readonly data: object } {
  const { network, browsers, load, cores } = result
  const { joining } = network
  const hop = hopOf(network)
  const legs = relayLegs(browsers.relay)
  const verdicts = judge(result)
  const text = [
    `One machine, ${cores} cores, load ${load.map((value) => value.toFixed(1)).join(' before, ')} after; back end node; packets of 1,200 bytes`,
    '',
    ...forwardingTable(network),
    '',
    `Joining: ${joining.controlCpuMsPerJoin.toFixed(1)} ms of CPU on the control thread, ${joining.cpuMsPerJoin.toFixed(1)} ms on all threads with compiling and collecting (${joining.joins} joins); floor, the handshake’s asymmetric cryptography alone: ${ms(joining.floorCpuMs)}`,
    `Memory: ${Math.round(joining.kilobytesPerLink)} kB per link between ${joining.fewLinks} and ${joining.manyLinks} links; ${Math.round(joining.emptyMegabytes)} MB with none`,
    '',
    `Delay, sealed → opened, ${network.delay.packetsPerSecond} packets/s, ${hop.count} of ${hop.sent} through the relay`,
    ...(['p50', 'p99'] as const).map(
      (which) =>
        `${which}    relay ${ms(hop[which].relay)}   loopback alone ${ms(hop[which].direct)}   the hop adds ${ms(hop[which].added)}`,
    ),
    '',
    'Publisher’s estimate of its way out (Chromium, 720p)',
    ...uplinkLines('mesh', browsers.meshUplink),
    ...uplinkLines('relay', browsers.relayUplink),
    '',
    'Click on Join → first remote frame on screen, in turns',
    frameLine('mesh', browsers.mesh),
    frameLine('relay', browsers.relay),
    `relay: click → ticket ${Math.round(legs.clickToTicketMs)} ms · ticket → connected ${Math.round(legs.ticketToConnectedMs)} ms · connected → first frame ${Math.round(legs.connectedToFrameMs)} ms`,
    '',
    ...verdicts.map(({ target, figure, met }) => `${met ? 'met   ' : 'MISSED'}  ${target}: ${figure}`),
  ].join('\n')
  return { text, data: { ...result, hop, legs, verdicts } }
}
