import { slotSsrc } from '@video-room/shared/sdp/facts.ts'
import { expect, test } from 'vitest'
import { writeReceiverReport, writeReportBlock } from '../wire/rtcp-write.ts'
import { ActiveSpeaker } from './active-speaker.ts'
import { Counters } from './counters.ts'
import { MediaLink } from './media-link.ts'
import { MediaPacket } from './media-packet.ts'
import { RtcpInbox } from './rtcp-inbox.ts'
import { sendSection, slotSection } from './testing/facts.ts'

function viewer(): MediaLink {
  const ports = {
    acquire: () => new Uint8Array(1_500),
    queue: () => undefined,
    release: () => undefined,
    makeSrtp: () => {
      throw new Error('nothing is sent')
    },
    random32: () => 0,
    wallClockMs: (nowMs: number) => nowMs,
    emit: () => undefined,
  }
  const link = new MediaLink(0, ports, {
    counters: new Counters(),
    speaker: new ActiveSpeaker(),
    packet: new MediaPacket(),
    storedPacket: new MediaPacket(),
    random32: () => 0,
    wakeAt: () => undefined,
  })
  link.setSections([sendSection('0', 'microphone'), slotSection('1', 'video')])
  return link
}

/** Says so many packets came to be expected, and so many of them are missing in all; true: the downlink is bounded now. */
function reporting(): (packets: number, cumulativeLost: number, nowMs: number) => boolean {
  const link = viewer()
  const inbox = new RtcpInbox()
  const bytes = new Uint8Array(100)
  let highest = 1_000
  return (packets, cumulativeLost, nowMs) => {
    const end = writeReceiverReport(bytes, 0, 1)
    highest += packets
    const length = writeReportBlock(bytes, 0, end, slotSsrc(1), 0, cumulativeLost, highest, 0, 0, 0)
    expect(inbox.read(link, bytes, length, nowMs, nowMs)).toBe(true)
    return link.sender.downlink.budgetBps(nowMs) < Infinity
  }
}

/** One report a second, of so many packets each; answers whether the downlink is ever bounded. */
function isBounded(packetsPerReport: number, lostShares: readonly number[]): boolean {
  const report = reporting()
  let lost = 0
  return lostShares
    .map((share, at) => report(packetsPerReport, (lost += Math.round(share * packetsPerReport)), at * 1_000))
    .includes(true)
}

test('loss of a few packets in a row is chance, not an overflowing queue', () => {
  expect(isBounded(30, [0, 0.17, 0, 0.03, 0.13, 0, 0.07, 0, 0, 0.1, 0.17, 0, 0, 0.03])).toBe(false)
})

test('loss above a tenth over two hundred packets bounds the downlink, within a second of a fast one', () => {
  expect(
    isBounded(
      30,
      Array.from({ length: 8 }, () => 0.15),
    ),
  ).toBe(true)
  expect(isBounded(250, [0, 0.15])).toBe(true)
})

test('T4 a browser that reports with every question for a packet does not count what is on its way each time', () => {
  const report = reporting()
  // One packet in five is late, and comes in the end.
  for (let at = 0; at < 200; at += 1) {
    expect(report(3, 1, at * 100)).toBe(false)
    expect(report(2, 0, at * 100 + 50)).toBe(false)
  }
})
