/** The same bytes in other hands: werift's codecs read what we write, and write what we read. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  GenericNack,
  parseMessage,
  PictureLossIndication,
  ReceiverEstimatedMaxBitrate,
  RtcpHeader,
  RtcpPacketConverter,
  RtcpPayloadSpecificFeedback,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSenderInfo,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
  RtpPacket,
  TransportWideCC,
} from 'werift'
import { ExtensionWriter } from './header-extensions.ts'
import { writeCname, writeNack, writePli, writeReportBlock, writeSenderReport } from './rtcp-write.ts'
import { readRtcp } from './rtcp.ts'
import { RtpView, writeRtpHeader } from './rtp.ts'
import { writeConnectivityCheck } from './stun-ask.ts'
import { writeBindingError, writeBindingSuccess } from './stun.ts'
import { recordingRtcpHandler } from './testing/rtcp-recorder.ts'
import { TransportFeedbackWriter } from './transport-cc.ts'

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

function said(...packets: readonly { serialize(): Buffer }[]): readonly unknown[] {
  const bytes = Buffer.concat(packets.map((packet) => packet.serialize()))
  const recorder = recordingRtcpHandler()
  expect(readRtcp(bytes, bytes.length, recorder.handler)).toBe(true)
  return recorder.said
}

describe('RTCP that we write', () => {
  /** Alone in its datagram: werift's SDES and NACK read on into the packet after them. */
  function theyRead(write: (out: Uint8Array) => number): unknown {
    const out = Buffer.alloc(500)
    return RtcpPacketConverter.deSerialize(out.subarray(0, write(out)))
  }

  it('a report', () => {
    const report = theyRead((out) => {
      const end = writeSenderReport(out, 0, 1, 2, 0x80000000, 4, 5, 6)
      return writeReportBlock(out, 0, end, 7, 8, 9, 10, 11, 12, 13)
    })
    const senderInfo = { ntpTimestamp: 0x2_8000_0000n, rtpTimestamp: 4, packetCount: 5, octetCount: 6 }
    const block = {
      ssrc: 7,
      fractionLost: 8,
      packetsLost: 9,
      highestSequence: 10,
      jitter: 11,
      lsr: 12,
      dlsr: 13,
    }
    expect(report).toMatchObject([{ ssrc: 1, senderInfo, reports: [block] }])
  })

  it('a description', () => {
    expect(theyRead((out) => writeCname(out, 0, 1, ascii('relay')))).toMatchObject([
      { chunks: [{ source: 1, items: [{ type: 1, text: 'relay' }] }] },
    ])
  })

  it('NACK and PLI', () => {
    const lost = [65_500, 65_501, 65_516, 65_517, 65_530]
    const feedback = { senderSsrc: 1, mediaSourceSsrc: 7, lost }
    expect(theyRead((out) => writeNack(out, 0, 1, 7, lost, lost.length))).toMatchObject([{ feedback }])
    expect(theyRead((out) => writePli(out, 0, 1, 7))).toMatchObject([
      { feedback: { senderSsrc: 1, mediaSsrc: 7 } },
    ])
  })

  it('transport-cc feedback', () => {
    const out = Buffer.alloc(500)
    // 20 in a row, six of them lost at the end of it, one late.
    const arrivalsUs = Float64Array.from({ length: 20 }, (_, index) =>
      index > 12 && index < 19 ? -1 : 64_000 + index * 1_000,
    )
    arrivalsUs[19] = 400_000
    const end = new TransportFeedbackWriter().write(out, 0, 1, 2, 3, 65_530, arrivalsUs, 0, 20)
    const header = RtcpHeader.deSerialize(out.subarray(0, 4))
    const report = TransportWideCC.deSerialize(out.subarray(4, end), header)
    expect(report).toMatchObject({
      senderSsrc: 1,
      mediaSourceSsrc: 2,
      baseSequenceNumber: 65_530,
      packetStatusCount: 20,
      referenceTime: 1,
      fbPktCount: 3,
    })
    expect(report.recvDeltas.map(({ delta }) => delta)).toEqual([
      0,
      ...Array.from({ length: 12 }, () => 1_000),
      324_000,
    ])
  })
})

describe('RTCP that we read', () => {
  it('reports', () => {
    const block = new RtcpReceiverInfo({
      ssrc: 7,
      fractionLost: 8,
      packetsLost: 9,
      highestSequence: 10,
      jitter: 11,
      lsr: 12,
      dlsr: 13,
    })
    const senderInfo = new RtcpSenderInfo({
      ntpTimestamp: 0x2_8000_0000n,
      rtpTimestamp: 4,
      packetCount: 5,
      octetCount: 6,
    })
    const blockSaid = ['report-block', 1, 7, 8, 9, 10, 11, 12, 13]
    expect(
      said(
        new RtcpSrPacket({ ssrc: 1, senderInfo, reports: [block] }),
        new RtcpRrPacket({ ssrc: 1, reports: [block] }),
      ),
    ).toEqual([['sender-report', 1, 2, 0x80000000, 4, 5, 6], blockSaid, blockSaid])
  })

  it('feedback', () => {
    const nack = new GenericNack({ senderSsrc: 1, mediaSourceSsrc: 7, lost: [3, 4, 20, 90] })
    const pli = new PictureLossIndication({ senderSsrc: 1, mediaSsrc: 7 })
    const remb = new ReceiverEstimatedMaxBitrate({
      senderSsrc: 1,
      mediaSsrc: 0,
      ssrcNum: 1,
      brExp: 4,
      brMantissa: 156_250,
      ssrcFeedbacks: [7],
    })
    expect(
      said(
        new RtcpTransportLayerFeedback({ feedback: nack }),
        new RtcpPayloadSpecificFeedback({ feedback: pli }),
        new RtcpPayloadSpecificFeedback({ feedback: remb }),
      ),
    ).toEqual([
      ['nack', 7, 3],
      ['nack', 7, 4],
      ['nack', 7, 20],
      ['nack', 7, 90],
      ['pli', 7],
      ['remb', 7, 2_500_000],
    ])
  })
})

describe('RTP', () => {
  it('any header and extensions are read alike', () => {
    const elements = fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 14 }),
        data: fc.uint8Array({ minLength: 1, maxLength: 16 }),
      }),
      { selector: ({ id }) => id, minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(fc.boolean(), uint(7), uint(16), uint(32), uint(32), elements, (...[marker, ...rest]) => {
        const [payloadType, sequenceNumber, timestamp, ssrc, added] = rest
        const out = Buffer.alloc(300)
        const writer = new ExtensionWriter()
        writer.begin(out, writeRtpHeader(out, marker, payloadType, sequenceNumber, timestamp, ssrc), false)
        for (const { id, data } of added) out.set(data, writer.add(id, data.length))
        const end = writer.end()
        const { header, payload } = RtpPacket.deSerialize(out.subarray(0, end + 5))
        expect(header).toMatchObject({
          marker,
          payloadType,
          sequenceNumber,
          timestamp,
          ssrc,
          payloadOffset: end,
        })
        expect(payload).toHaveLength(5)
        expect(header.extensions.map(({ id, payload: data }) => [id, Uint8Array.from(data)])).toEqual(
          added.map(({ id, data }) => [id, data]),
        )
        const again = new RtpPacket(header, payload).serialize()
        const view = new RtpView()
        expect(view.set(again, again.length)).toBe(true)
        expect(view).toMatchObject({ marker, payloadType, sequenceNumber, timestamp, ssrc, payloadLength: 5 })
        for (const { id, data } of added) expect(view.extensionLength(id)).toBe(data.length)
      }),
    )
  })
})

describe('STUN', () => {
  const key = ascii('VOkJxbRl1RmTxUk/WvJxBt')
  const transactionId = Uint8Array.from({ length: 12 }, (_, index) => index)
  const hmacSha1 = (secret: Uint8Array, data: Uint8Array) => createHmac('sha1', secret).update(data).digest()

  it.each(['192.0.2.1', '2001:db8::11'])(
    'the answer with %s passes their checks of integrity and fingerprint',
    (address) => {
      const out = Buffer.alloc(200)
      const length = writeBindingSuccess(out, transactionId, address, 40_000, key, hmacSha1)
      const message = parseMessage(out.subarray(0, length), Buffer.from(key))
      expect(message?.transactionIdHex).toBe(Buffer.from(transactionId).toString('hex'))
      const [host, port] = message?.getAttributeValue('XOR-MAPPED-ADDRESS') ?? []
      expect(port).toBe(40_000)
      expect(host.replace(/(:0+)+:/, '::')).toBe(address)
    },
  )

  it('a role conflict does, too', () => {
    const out = Buffer.alloc(200)
    const length = writeBindingError(out, transactionId, 487, key, hmacSha1)
    const message = parseMessage(out.subarray(0, length), Buffer.from(key))
    expect(message?.getAttributeValue('ERROR-CODE')).toEqual([487, 'Role Conflict'])
  })
  it('a connectivity check does, too', () => {
    const out = Buffer.alloc(200)
    const tieBreaker = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    const check = { username: 'evtj:h6vY', key, priority: 0x6e_00_01_ff, tieBreaker, useCandidate: true }
    const length = writeConnectivityCheck(out, transactionId, check, hmacSha1)
    const message = parseMessage(out.subarray(0, length), Buffer.from(key))
    expect(message?.getAttributeValue('USERNAME')).toBe('evtj:h6vY')
    expect(message?.getAttributeValue('PRIORITY')).toBe(0x6e_00_01_ff)
    expect(message?.getAttributeValue('ICE-CONTROLLING')).toBe(0x01_02_03_04_05_06_07_08n)
    expect(message?.attributesKeys).toContain('USE-CANDIDATE')
  })
})
