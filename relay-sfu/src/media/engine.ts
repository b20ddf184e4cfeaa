/**
 * Decides: the way of a packet through a media thread: whose it is, decrypted once, handed to its link; and the rounds of
 * decisions and reports.
 * Does not decide: anything about sockets, cryptography or rooms (ports.ts, boundary.ts).
 * Invariants: per packet nothing is allocated but two windows onto its bytes; what is unauthentic changes nothing; after
 * `close-link` nothing here refers to the link.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { readUint8 } from '../wire/bytes.ts'
import { RtpView } from '../wire/rtp.ts'
import { ActiveSpeaker } from './active-speaker.ts'
import type { LinkIndex, MediaCommand } from './boundary.ts'
import { Counters } from './counters.ts'
import { sendSenderReports } from './downstream-reports.ts'
import type { Egress, EgressShared } from './egress.ts'
import type { IngressShared } from './ingress.ts'
import { applyChange, planLink, type LinkChange } from './link-changes.ts'
import { LinkTable } from './link-table.ts'
import { MediaLink } from './media-link.ts'
import { MediaPacket } from './media-packet.ts'
import { srtpFailures, type MediaPorts } from './ports.ts'
import type { PublisherClock } from './publisher-clock.ts'
import { reportOf } from './report.ts'
import { RtcpInbox } from './rtcp-inbox.ts'
import { planTrunk } from './trunk-layers.ts'
import type { Trunk } from './trunk.ts'
import { sendReceptionReport } from './upstream-reports.ts'

/** Layers that died and speakers who began are noticed within this. */
const roundMs = 100
/**
 * Links take turns within it. A link without media hears nothing but these reports, and one of them may be lost: after 2 s of
 * silence a client takes its link for broken (LK3).
 */
const roundsPerReport = 5
/** More often nobody asks whether a link lives. */
const heardEveryMs = 1_000

export class MediaEngine {
  readonly #ports: MediaPorts
  readonly #links = new LinkTable()
  readonly #counters = new Counters()
  readonly #speaker = new ActiveSpeaker()
  readonly #shared: IngressShared & EgressShared
  readonly #view = new RtpView()
  readonly #inbox = new RtcpInbox()
  readonly #clockOf = (slot: Egress): PublisherClock | null =>
    this.#links.get(slot.publication?.link ?? -1)?.ingress.clock ?? null
  #roundAtMs = Infinity
  #rounds = 0
  #serveAtMs = Infinity
  /** What is wanted over trunks may have changed. */
  #wantsAtMs = Infinity

  constructor(ports: MediaPorts) {
    this.#ports = ports
    this.#shared = {
      counters: this.#counters,
      speaker: this.#speaker,
      packet: new MediaPacket(),
      storedPacket: new MediaPacket(),
      random32: ports.random32,
      wakeAt: (atMs) => {
        if (atMs < this.#serveAtMs) this.#serveAtMs = atMs
      },
    }
  }

  /** All commands but `send` and `stop`, and those of addresses, which are the loop's. */
  handle(command: MediaCommand, nowMs: number): void {
    switch (command.type) {
      case 'open-link':
        return this.#open(command.link, command.isTrunk === true, nowMs)
      case 'close-link':
        return this.#close(command.link, nowMs)
      case 'ask-report':
        return this.#ports.emit({ type: 'report', report: reportOf(this.#links.all, this.#counters) })
      case 'set-keys':
      case 'set-sections':
      case 'set-admitted':
      case 'set-forwarded':
      case 'set-slot':
      case 'set-want':
      case 'set-trunk':
        return this.#change(command, nowMs)
      case 'add-address':
      case 'set-address':
      case 'send':
      case 'stop':
        return
      default:
        assertNever(command)
    }
  }

  /** SRTP or SRTCP of a link (RFC 5761, section 4): the first `length` bytes, which are decrypted in place. */
  receive(index: LinkIndex, bytes: Uint8Array, length: number, nowMs: number): void {
    const counters = this.#counters
    counters.receivedPackets += 1
    counters.receivedBytes += length
    const link = this.#links.get(index)
    if (!link) return counters.drop('unknown-link')
    const { srtp } = link.sender
    if (!srtp) return counters.drop('no-keys')
    const type = readUint8(bytes, 1)
    const isRtcp = type >= 192 && type <= 223
    const plainLength = isRtcp ? srtp.unprotectRtcp(bytes, length) : srtp.unprotectRtp(bytes, length)
    if (plainLength < 0) return this.#dropUnauthentic(plainLength)
    link.receivedPackets += 1
    if (nowMs - link.heardMs >= heardEveryMs) {
      link.heardMs = nowMs
      this.#ports.emit({ type: 'heard', link: index })
    }
    if (!link.sender.isAdmitted) return counters.drop('not-admitted')
    if (isRtcp) {
      const isGood = this.#inbox.read(link, bytes, plainLength, nowMs, this.#ports.wallClockMs(nowMs))
      if (!isGood) counters.drop('malformed')
      if (link.trunk?.hasNews) this.#heedWants(link, link.trunk, nowMs)
      return
    }
    if (!this.#view.set(bytes, plainLength)) return counters.drop('malformed')
    link.ingress.receive(this.#view, nowMs)
    if (link.ingress.isOverBitrate || link.ingress.ssrcs.isFlooded) this.#reportMisbehaviour(link)
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#roundAtMs) this.#round(nowMs)
    if (nowMs >= this.#wantsAtMs) this.#tellWants(nowMs)
    if (nowMs < this.#serveAtMs) return
    this.#serveAtMs = Infinity
    for (const link of this.#links.all) if (link) this.#shared.wakeAt(link.serve(nowMs))
  }

  nextDeadlineMs(): number {
    return Math.min(this.#roundAtMs, this.#serveAtMs, this.#wantsAtMs)
  }

  #open(index: LinkIndex, isTrunk: boolean, nowMs: number): void {
    if (this.#links.get(index)) return
    this.#links.add(new MediaLink(index, this.#ports, this.#shared, isTrunk))
    this.#roundAtMs = Math.min(this.#roundAtMs, nowMs + roundMs)
  }

  #close(index: LinkIndex, nowMs: number): void {
    const link = this.#links.get(index)
    if (link) {
      link.close()
      this.#links.remove(link, nowMs)
    }
    this.#wantsAtMs = nowMs
    if (this.#links.isEmpty) {
      this.#roundAtMs = Infinity
      this.#serveAtMs = Infinity
      this.#wantsAtMs = Infinity
    }
    this.#ports.emit({ type: 'link-closed', link: index })
  }

  #change(command: LinkChange, nowMs: number): void {
    const link = this.#links.get(command.link)
    if (!link) return
    applyChange(link, command, this.#links, nowMs)
    this.#wantsAtMs = nowMs
  }

  /** At once, since every hop on the way to the publisher has to. */
  #heedWants(link: MediaLink, trunk: Trunk, nowMs: number): void {
    trunk.hasNews = false
    planTrunk(trunk, link.sender, nowMs)
    this.#wantsAtMs = nowMs
  }

  #tellWants(nowMs: number): void {
    this.#wantsAtMs = Infinity
    for (const link of this.#links.all) link?.trunk?.told.tell(link.trunk.sources, link.sender, nowMs)
  }

  #round(nowMs: number): void {
    this.#roundAtMs = nowMs + roundMs
    this.#rounds += 1
    const wallMs = this.#ports.wallClockMs(nowMs)
    for (const link of this.#links.all)
      for (const one of link?.ingress.publications ?? []) one?.measure(nowMs)
    for (const link of this.#links.all) {
      if (!link) continue
      link.trunk?.heard.forgetOld(nowMs)
      planLink(link, nowMs)
      if ((this.#rounds + link.index) % roundsPerReport !== 0) continue
      sendReceptionReport(link.ingress, link.sender, nowMs)
      sendSenderReports(link.slots, this.#clockOf, link.sender, wallMs)
    }
    this.#tellWants(nowMs)
    const speakers = this.#speaker.take(nowMs)
    if (speakers) this.#ports.emit({ type: 'speakers', speakers })
  }

  #dropUnauthentic(failure: number): void {
    if (failure === srtpFailures.replay) return this.#counters.drop('replay')
    this.#counters.drop(failure === srtpFailures.badTag ? 'bad-tag' : 'malformed')
  }

  #reportMisbehaviour(link: MediaLink): void {
    if (link.hasMisbehaved) return
    link.hasMisbehaved = true
    const why = link.ingress.isOverBitrate ? 'bitrate' : 'ssrcs'
    this.#ports.emit({ type: 'misbehaved', link: link.index, why })
  }
}
