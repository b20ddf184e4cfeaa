/**
 * CPU per forwarded packet of the packet logic alone: one publisher of VP8 in one layer, sixteen viewers, SRTP that changes
 * nothing, no network. What SRTP and sockets add is measured by the other benchmarks.
 *
 *     node relay-sfu/bench/engine.ts [viewers] [seconds]
 */
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { MediaReport, SrtpKeys } from '../src/media/boundary.ts'
import { MediaEngine } from '../src/media/engine.ts'
import type { SrtpLink } from '../src/media/ports.ts'
import { packetBytes, Vp8Stream } from './vp8-stream.ts'

const viewers = Number(process.argv[2] ?? 16)
const seconds = Number(process.argv[3] ?? 3)
const slotBytes = 1_500
const packetsPerSecond = 1_200

const identity: SrtpLink = {
  protectRtp: (_bytes, length) => length,
  protectRtcp: (_bytes, length) => length,
  unprotectRtp: (_bytes, length) => length,
  unprotectRtcp: (_bytes, length) => length,
}
const noKeys: SrtpKeys = {
  profile: 'aead-aes-128-gcm',
  localKey: new Uint8Array(16),
  localSalt: new Uint8Array(12),
  remoteKey: new Uint8Array(16),
  remoteSalt: new Uint8Array(12),
}
const codecs: SectionFacts['codecs'] = [{ name: 'vp8', payloadType: 96, rtxPayloadType: 97 }]
const camera: SectionFacts = {
  mid: '0',
  kind: 'video',
  direction: 'send',
  source: 'camera',
  codecs,
  extensions: { mid: 1, 'transport-wide-cc': 4 },
  rids: [],
}
const slot: SectionFacts = {
  mid: '1',
  kind: 'video',
  direction: 'receive',
  source: null,
  codecs,
  extensions: {},
  rids: [],
}

let report: MediaReport | null = null
const freeSlots: Uint8Array[] = Array.from({ length: 64 }, () => new Uint8Array(slotBytes))
const engine = new MediaEngine({
  acquire: () => freeSlots.pop() ?? new Uint8Array(slotBytes),
  queue: (bytes) => freeSlots.push(bytes),
  release: (bytes) => freeSlots.push(bytes),
  makeSrtp: () => identity,
  random32: () => 12_345,
  wallClockMs: (nowMs) => nowMs,
  emit: (event) => {
    if (event.type === 'report') ({ report } = event)
  },
})

for (let link = 0; link <= viewers; link += 1) {
  engine.handle({ type: 'open-link', link }, 0)
  engine.handle({ type: 'set-keys', link, keys: noKeys }, 0)
  engine.handle({ type: 'set-sections', link, sections: link === 0 ? [camera] : [camera, slot] }, 0)
  engine.handle({ type: 'set-admitted', link, isAdmitted: true }, 0)
  const publication = { link: 0, source: 'camera' } as const
  if (link > 0) engine.handle({ type: 'set-slot', link, slot: 1, publication }, 0)
}

const stream = new Vp8Stream({ ssrc: 7, packetsPerSecond, framesPerKey: 0 })

/** By the engine's time, which is not the machine's: as many packets as a publisher may send. */
let nowMs = 0
function pump(packets: number): void {
  for (let count = 0; count < packets; count += 1) {
    nowMs += 1_000 / packetsPerSecond
    stream.write()
    engine.receive(0, stream.packet, packetBytes, nowMs)
    if (engine.nextDeadlineMs() <= nowMs) engine.tick(nowMs)
  }
}

const forwardedPackets = (): number => {
  engine.handle({ type: 'ask-report' }, nowMs)
  return report?.forwardedPackets ?? 0
}

pump(5_000)
const forwardedBefore = forwardedPackets()
const before = process.cpuUsage()
const from = stream.written
const endMs = performance.now() + seconds * 1_000
while (performance.now() < endMs) pump(2_000)
const { user, system } = process.cpuUsage(before)
const received = stream.written - from
const forwarded = forwardedPackets() - forwardedBefore
const perPacketUs = (user + system) / forwarded
console.log(`1 → ${viewers}, ${packetBytes} B, identity SRTP, no network`)
console.log(`${(perPacketUs * 1_000).toFixed(0)} ns CPU per forwarded packet (${perPacketUs.toFixed(3)} us)`)
console.log(
  `${((user + system) / received).toFixed(2)} us CPU per received packet; ${forwarded} packets forwarded`,
)
console.log(`${Math.round(process.memoryUsage().heapUsed / 1_024)} kB of heap in use`)
