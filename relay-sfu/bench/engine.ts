/**
 * CPU per forwarded packet of the packet logic alone: one publisher of VP8 in one layer, sixteen viewers, SRTP that changes
 * nothing, no network. What SRTP and sockets add is measured by the other benchmarks.
 *
 *     node relay-sfu/bench/engine.ts [viewers] [seconds]
 */
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { writeUint16, writeUint32 } from '../src/wire/bytes.ts'
import { ExtensionWriter } from '../src/wire/header-extensions.ts'
import { writeRtpHeader } from '../src/wire/rtp.ts'
import type { MediaReport, SrtpKeys } from '../src/media/boundary.ts'
import { MediaEngine } from '../src/media/engine.ts'
import type { SrtpLink } from '../src/media/ports.ts'

const viewers = Number(process.argv[2] ?? 16)
const seconds = Number(process.argv[3] ?? 3)
const packetBytes = 1_200
const slotBytes = 1_500
const packetsPerFrame = 8

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

const packet = new Uint8Array(slotBytes)
const extensions = new ExtensionWriter()

/** VP8 with a 15-bit picture id and TL0PICIDX, as browsers send it; the first frame is a key frame. */
function writePacket(number: number): void {
  const frame = Math.floor(number / packetsPerFrame)
  const inFrame = number % packetsPerFrame
  const isLast = inFrame === packetsPerFrame - 1
  const at = writeRtpHeader(packet, isLast, 96, number & 0xff_ff, (frame * 3_000) >>> 0, 7)
  extensions.begin(packet, at, false)
  if (number < 10) extensions.addUint8(1, 0x30)
  extensions.addUint16(4, number & 0xff_ff)
  const payload = extensions.end()
  packet[payload] = 0x80 | (inFrame === 0 ? 0x10 : 0)
  packet[payload + 1] = 0xe0
  writeUint16(packet, payload + 2, 0x80_00 | (frame & 0x7f_ff))
  packet[payload + 4] = frame & 0xff
  packet[payload + 5] = 0
  writeUint32(packet, payload + 6, frame === 0 ? 0 : 0x01_00_00_00)
}

/** 12 Mbit/s at most: 1,200 packets a second of the engine's time. */
let nowMs = 0
let number = 0
function pump(packets: number): void {
  for (let count = 0; count < packets; count += 1, number += 1) {
    nowMs += 0.85
    writePacket(number)
    engine.receive(0, packet, packetBytes, nowMs)
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
const from = number
const endMs = performance.now() + seconds * 1_000
while (performance.now() < endMs) pump(2_000)
const { user, system } = process.cpuUsage(before)
const received = number - from
const forwarded = forwardedPackets() - forwardedBefore
const perPacketUs = (user + system) / forwarded
console.log(`1 → ${viewers}, ${packetBytes} B, identity SRTP, no network`)
console.log(`${(perPacketUs * 1_000).toFixed(0)} ns CPU per forwarded packet (${perPacketUs.toFixed(3)} us)`)
console.log(
  `${((user + system) / received).toFixed(2)} us CPU per received packet; ${forwarded} packets forwarded`,
)
console.log(`${Math.round(process.memoryUsage().heapUsed / 1_024)} kB of heap in use`)
