/**
 * Decides: what of wire/ is fuzzed, and with which samples.
 * Does not decide: how inputs are made and what counts as a finding (fuzz.ts).
 * Invariants: every parser of wire/ is here.
 */
import { assert } from '@video-room/shared/lang.ts'
import { codecNames } from '@video-room/shared/sdp/facts.ts'
import { readLatin1, readUint8 } from '../bytes.ts'
import { isKeyFrame } from '../codecs.ts'
import {
  ExtensionWriter,
  readAudioLevel,
  readExtensionText,
  readTransportSequence,
} from '../header-extensions.ts'
import { formatUfrag, parseUfrag } from '../ice-credentials.ts'
import { parseIpAddress } from '../ip-address.ts'
import { RtpView } from '../rtp.ts'
import { readRtcp } from '../rtcp.ts'
import { readWants, WantWriter } from '../rtcp-want.ts'
import { unwrapRtx, wrapRtx } from '../rtx.ts'
import { readSrtcpIndex, srtpHeaderLength, SrtpStreams } from '../srtp.ts'
import { parseStunAnswer } from '../stun-ask.ts'
import { verifyIntegrity } from '../stun-message.ts'
import { parseStunRequest, writeBindingError, writeBindingSuccess } from '../stun.ts'
import { readTransportFeedback, TransportFeedbackWriter } from '../transport-cc.ts'
import { rewriteVp8, Vp8Descriptor } from '../vp8.ts'
import { Digest, type FuzzTarget } from './fuzz.ts'
import { fromHex } from './hex.ts'

const out = new Uint8Array(2_000)
const view = new RtpView()
const second = new RtpView()

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const rtpSamples = [
  // One-byte extensions, two-byte extensions, CSRCs, padding, a probe, VP8 with everything.
  '90e0 1234 00000064 deadbeef bede0003 10 aa 21 bbbb 00 00 33 cccccccc b3f09234 56a70102',
  '90e0 1234 00000064 deadbeef 10000003 01 00 02 01 bb 00 ff 04 cccccccc 12340102030405',
  'a260 0001 00000000 00000001 0000000a 0000000b 10 00 aabbcc 000003',
  'b1e1 0001 00000064 00000002 0000000a bede0001 10aa20bb 1234 0102 000003',
  'a060 0001 00000000 00000001 000003',
].map(fromHex)

const rtcpSamples = [
  `81c8000c 00000001 e0000000 80000000 00000003 00000004 00000005 00000006 40fffffe 00010007 00000008 00000009 0000000a
   81ca0003 00000001 01057265 6c617900 81cb0001 00000001`,
  '81c90007 00000001 00000006 40fffffe 00010007 00000008 00000009 0000000a 81cd0003 00000001 00000002 fffe8005',
  '81ce0002 00000001 00000002 84ce0004 00000001 00000000 00000002 ff000000',
  '8fce0006 00000001 00000000 52454d42 0212625a 0000000a 0000000b',
  '82ca0006 00000001 02036162 63010178 00000000 00000002 01017900',
  'afcd0005 00000001 00000002 00050001 00000100 20011001 80c90001 00000001',
  '80cc0005 00000001 57414e54 01023163 07033263 41000000 80c90001 00000001',
].map(fromHex)

const wantSamples = [
  '80cc0005 00000001 57414e54 01023163 07033263 41000000',
  '80cc0003 00000001 57414e54 00023163',
  '80cc0002 00000001 57414e54',
].map(fromHex)

const feedbackSamples = [
  '8fcd0006 00000001 00000002 ffff0004 00000200 d180 08 14 0190 0002',
  '8fcd0006 00000001 00000002 fffe0005 00000207 0003 4002 7fff ffff',
  '8fcd0005 00000001 00000002 fffe0004 00000207 a803 0102',
  '8fcd0006 00000001 00000002 fffe0010 00000207 8801 2002 01020304',
].map(fromHex)

function digestView(packet: RtpView): Digest {
  const digest = new Digest().add(
    packet.marker,
    packet.payloadType,
    packet.sequenceNumber,
    packet.timestamp,
    packet.ssrc,
    packet.csrcCount,
    packet.headerLength,
    packet.payloadLength,
    packet.paddingLength,
  )
  for (let id = 0; id < 256; id += id < 16 ? 1 : 15) {
    digest.add(packet.extensionOffset(id), packet.extensionLength(id))
  }
  return digest
}

function runRtp(bytes: Uint8Array, length: number): number {
  if (!view.set(bytes, length)) return 0
  assert(view.headerLength + view.payloadLength + view.paddingLength === length, 'parts fill the packet')
  const digest = digestView(view).add(readAudioLevel(view, 1), readTransportSequence(view, 2))
  return digest.addText(readExtensionText(view, 3)).value
}

const writer = new ExtensionWriter()

function runExtensions(bytes: Uint8Array, length: number): number {
  if (!view.set(bytes, length)) return 0
  out.set(bytes.subarray(0, 12))
  out[0] = 0x80
  writer.begin(out, 12, (readUint8(bytes, 1) & 1) === 1)
  for (const [index, id] of [1, 2, 3, 5, 255].entries()) writer.copy(view, id, 1 + 3 * index)
  const end = writer.end()
  assert(second.set(out, end) && second.headerLength === end, 'what is written is read')
  return digestView(second).value
}

function runRtx(bytes: Uint8Array, length: number): number {
  if (!view.set(bytes, length)) return 0
  const wrappedLength = wrapRtx(out, view, 97, 7, 8)
  const original = new Digest()
    .addBytes(bytes, view.payloadOffset, view.payloadLength)
    .add(view.sequenceNumber)
  const wrapped = out.subarray(0, wrappedLength)
  assert(second.set(wrapped, wrappedLength), 'a retransmission is a packet')
  const unwrappedLength = unwrapRtx(second, view.payloadType, view.ssrc)
  assert(second.set(wrapped, unwrappedLength), 'what comes out is a packet')
  const again = new Digest()
    .addBytes(wrapped, second.payloadOffset, second.payloadLength)
    .add(second.sequenceNumber)
  assert(original.value === again.value, 'what comes out is what went in')
  // And as if the input itself were a retransmission, in place.
  return new Digest().add(unwrapRtx(view, 96, 9)).addBytes(bytes, 0, length).value
}

function runRtcp(bytes: Uint8Array, length: number): number {
  const digest = new Digest()
  const isGood = readRtcp(bytes, length, {
    onSenderReport: (...facts) => digest.add(1, ...facts),
    onReportBlock: (...facts) => digest.add(2, ...facts),
    onCname: (ssrc, all, offset, count) => digest.add(3, ssrc).addBytes(all, offset, count),
    onBye: (ssrc) => digest.add(4, ssrc),
    onNack: (...facts) => digest.add(5, ...facts),
    onPli: (mediaSsrc) => digest.add(6, mediaSsrc),
    onFir: (...facts) => digest.add(7, ...facts),
    onRemb: (...facts) => digest.add(8, ...facts),
    onTransportFeedback: (all, offset, count) => digest.add(9, readFeedback(all, offset, count)),
    onApplication: (all, offset, count) => {
      digest.add(
        10,
        readWants(all, offset, count, (mid, mask) => digest.addText(mid).add(mask)),
      )
    },
  })
  assert(isGood || digest.value === 0, 'a malformed compound says nothing')
  return digest.add(isGood).value
}

const wantWriter = new WantWriter()

/** Reads, and writes again what was read. */
function runWants(bytes: Uint8Array, length: number): number {
  const digest = new Digest()
  const again = new Digest()
  wantWriter.begin(out, 1)
  const isGood = readWants(bytes, 0, length, (mid, mask) => {
    digest.addText(mid).add(mask)
    assert(wantWriter.add(ascii(mid), mask), 'what was read can be written')
  })
  assert(isGood || digest.value === 0, 'a malformed packet says nothing')
  const end = wantWriter.end()
  if (end > 0) readWants(out, 0, end, (mid, mask) => again.addText(mid).add(mask))
  assert(digest.value === again.value, 'what is written is read')
  return digest.add(isGood).value
}

function readFeedback(bytes: Uint8Array, offset: number, length: number): number {
  const digest = new Digest()
  let left = 0
  const isGood = readTransportFeedback(bytes, offset, length, {
    onFeedback: (mediaSsrc, feedbackCount, base, statusCount, referenceTimeUs) => {
      left = statusCount
      digest.add(mediaSsrc, feedbackCount, base, statusCount, referenceTimeUs)
    },
    onPacketStatus: (...status) => {
      left -= 1
      digest.add(...status)
    },
  })
  assert(left === 0, 'every packet has a status')
  return digest.add(isGood).value
}

const feedbackWriter = new TransportFeedbackWriter()

/** Takes the input for gaps between arrivals, and reads what was written about them. */
function runFeedbackWriter(bytes: Uint8Array, length: number): number {
  const digest = new Digest()
  const arrivalsUs = new Float64Array(length)
  let nowUs = 0
  for (let at = 0; at < length; at += 1) {
    const byte = readUint8(bytes, at)
    nowUs += byte > 250 ? 3_000_000 * (byte - 250) : byte * 400
    arrivalsUs[at] = byte % 5 === 0 ? -1 : nowUs
  }
  const room = 60 + (length % 900)
  for (let from = 0; from < length; from += feedbackWriter.covered) {
    const end = feedbackWriter.write(out.subarray(0, room), 0, 1, 2, 3, from, arrivalsUs, from, length)
    assert(end <= room && feedbackWriter.covered > 0, 'a report fits, and covers something')
    const padding = (readUint8(out, 0) & 0x20) === 0 ? 0 : readUint8(out, end - 1)
    let atUs = 0
    let index = from
    const isGood = readTransportFeedback(out, 0, end - padding, {
      onFeedback: (_mediaSsrc, _count, _base, _statuses, referenceTimeUs) => (atUs = referenceTimeUs),
      onPacketStatus: (_sequenceNumber, isReceived, deltaUs) => {
        atUs += deltaUs
        const arrivalUs = arrivalsUs[index] ?? -1
        assert(isReceived === arrivalUs >= 0, 'received is received')
        assert(!isReceived || Math.abs(atUs - arrivalUs) <= 125, 'within half a tick')
        index += 1
      },
    })
    assert(isGood && index === from + feedbackWriter.covered, 'what is written is read')
    digest.add(end)
  }
  return digest.value
}

const key = ascii('VOkJxbRl1RmTxUk/WvJxBt')

/** Not a MAC: as many bytes as one, made of what is covered. */
function mixed(_key: Uint8Array, data: Uint8Array): Uint8Array {
  const code = new Uint8Array(20)
  for (const [at, byte] of data.entries()) code[at % 20] = (code[at % 20] ?? 0) * 3 + byte
  return code
}

function runStun(bytes: Uint8Array, length: number): number {
  const datagram = bytes.subarray(0, length)
  const request = parseStunRequest(datagram)
  if (request === null) return 0
  const { transactionId, username, useCandidate, priority, iceRole, integrityOffset } = request
  const isGenuine = verifyIntegrity(datagram, request, key, mixed)
  const digest = new Digest().add(useCandidate, priority, integrityOffset, isGenuine)
  digest.addText(username).addText(iceRole).addBytes(transactionId, 0, 12)
  digest.add(writeBindingSuccess(out, transactionId, '2001:db8::1', 40_000, key, mixed))
  return digest.add(writeBindingError(out, transactionId, 487, key, mixed)).value
}

function runStunAnswer(bytes: Uint8Array, length: number): number {
  const datagram = bytes.subarray(0, length)
  const answer = parseStunAnswer(datagram)
  if (answer === null) return 0
  const { transactionId, isSuccess, integrityOffset } = answer
  const isGenuine = verifyIntegrity(datagram, answer, key, mixed)
  const digest = new Digest().add(isSuccess, integrityOffset, isGenuine)
  return digest.addBytes(transactionId, 0, 12).value
}

function runText(bytes: Uint8Array, length: number): number {
  const text = readLatin1(bytes, 0, length)
  const parts = parseUfrag(text)
  assert(parts === null || formatUfrag(parts) === text, 'a username fragment has one spelling')
  const address = parseIpAddress(text)
  assert(address === null || address.length === 4 || address.length === 16, 'an address has 4 or 16 bytes')
  const digest = new Digest().addText(text).add(parts?.expiresAtS ?? null)
  return address === null ? digest.value : digest.addBytes(address, 0, address.length).value
}

function runSrtp(bytes: Uint8Array, length: number): number {
  const streams = new SrtpStreams(2)
  const digest = new Digest()
  for (const tagBytes of [10, 16]) {
    const headerLength = srtpHeaderLength(bytes, length, tagBytes)
    assert(headerLength === -1 || headerLength + tagBytes <= length, 'header and tag fit')
    digest.add(headerLength)
  }
  for (let at = 0; at + 4 <= length; at += 4) {
    const word = readSrtcpIndex(bytes, at)
    const index = streams.indexOf(word & 1, Math.abs(word) & 0xff_ff)
    if (index !== -1) {
      streams.accept(word & 1, index)
      assert(!streams.isFresh(word & 1, index), 'an index is accepted once')
    }
    digest.add(word, index)
  }
  return digest.value
}

const vp8 = new Vp8Descriptor()

function runPayload(bytes: Uint8Array, length: number): number {
  const digest = new Digest()
  for (const codec of codecNames) digest.add(isKeyFrame(codec, bytes, 0, length))
  if (!vp8.set(bytes, 0, length)) return digest.value
  assert(vp8.dataOffset < length, 'a descriptor is followed by data')
  digest.add(
    vp8.pictureId,
    vp8.tl0PictureIndex,
    vp8.temporalLayer,
    vp8.keyIndex,
    vp8.dataOffset,
    vp8.isLayerSync,
  )
  rewriteVp8(bytes, vp8, 0x1234, 0x56)
  return digest.addBytes(bytes, 0, length).value
}

export const fuzzTargets: readonly FuzzTarget[] = [
  { name: 'stun', samples: stunSamples(), run: runStun },
  { name: 'stun-answer', samples: stunAnswers(), run: runStunAnswer },
  { name: 'rtp', samples: rtpSamples, run: runRtp },
  { name: 'header-extensions', samples: rtpSamples, run: runExtensions },
  { name: 'rtcp', samples: [...rtcpSamples, ...feedbackSamples], run: runRtcp },
  { name: 'rtcp-want', samples: wantSamples, run: runWants },
  { name: 'transport-cc', samples: feedbackSamples, run: (bytes, length) => readFeedback(bytes, 0, length) },
  { name: 'transport-cc-write', samples: [fromHex('0102fb03040506fffa'.repeat(9))], run: runFeedbackWriter },
  { name: 'rtx', samples: rtpSamples, run: runRtx },
  {
    name: 'payload',
    samples: [
      'b3f09234 56a701',
      '1000',
      '90a0344001',
      'ac92340001',
      '7800026742 000168 00026588',
      '7c8588',
      '20020a013000',
    ].map(fromHex),
    run: runPayload,
  },
  {
    name: 'srtp',
    samples: [...rtpSamples, fromHex(`9160${'00'.repeat(14)}bede000100000000aa${'80'.repeat(40)}`)],
    run: runSrtp,
  },
  {
    name: 'ufrag-and-address',
    samples: ['AWkogSMKGyw9Tl/erb7v', '192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1', 'fe80::1%eth0'].map(
      ascii,
    ),
    run: runText,
  },
]

/** RFC 5769, section 2.1, and a nomination as browsers send it. */
function stunSamples(): readonly Uint8Array[] {
  const head = '2112a442 b7e7a701 bc34d686 fa87dfae'
  const username = '00060009 6576746a 3a683676 59202020'
  const integrity = '00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2'
  return [
    `00010058 ${head} 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff 80290008 932ff9b1 51263b36
     ${username} ${integrity} 80280004 e57a3bcf`,
    `00010040 ${head} ${username} 00250000 802a0008 00000000 00000001 00240004 6e0001ff ${integrity}`,
    `00010000 ${head}`,
  ].map(fromHex)
}

/** RFC 5769, section 2.2, and a refusal with an integrity. */
function stunAnswers(): readonly Uint8Array[] {
  const head = '2112a442 b7e7a701 bc34d686 fa87dfae'
  const integrity = '00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7'
  return [
    `0101003c ${head} 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643 ${integrity}
     80280004 c07d4c96`,
    `01110020 ${head} 00090004 00000400 ${integrity}`,
  ].map(fromHex)
}
