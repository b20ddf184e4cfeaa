/**
 * The loop of a media thread: sockets in front, the media logic behind, and between them which link a datagram belongs to
 * and where a link is now. Runs in a worker (media-worker.ts) or, in tests, wherever it is called.
 */
import { randomBytes } from 'node:crypto'
import type { Log } from '../log.ts'
import { logBug } from '../log.ts'
import { relayLimits } from '../limits.ts'
import type { LinkIndex, MediaCommand, MediaEvent, MediaReport, RemoteAddress } from '../media/boundary.ts'
import type { MediaPorts } from '../media/ports.ts'
import { parseStunAnswer } from '../wire/stun-ask.ts'
import { parseStunRequest } from '../wire/stun.ts'
import type { BackEnd, BackEndOptions } from './back-end.ts'
import { FloodBudget } from './demux-budget.ts'
import { AddressTable, kindOf } from './demux.ts'
import { openNodeBackEnd } from './node-back-end.ts'
import { makeNodeSrtp } from './srtp-node.ts'

/** What the loop drives: media/engine.ts, or a stand-in. */
export interface MediaLogic {
  handle(command: MediaCommand, nowMs: number): void
  /** `bytes` may be changed in place. */
  receive(link: LinkIndex, bytes: Uint8Array, length: number, nowMs: number): void
  tick(nowMs: number): void
  /** Null or infinite: nothing is due. */
  nextDeadlineMs(): number | null
}

export interface MediaLoopOptions {
  readonly backEnd: BackEndOptions
  readonly makeLogic: (ports: MediaPorts) => MediaLogic
  readonly emit: (event: MediaEvent) => void
  readonly log: Log
}

type DropReason = 'flood' | 'stun-malformed' | 'unknown-address' | 'unknown-kind' | 'bug'

export class MediaLoop {
  readonly #backEnd: BackEnd
  readonly #logic: MediaLogic
  readonly #emit: (event: MediaEvent) => void
  readonly #log: Log
  readonly #addresses = new AddressTable()
  readonly #budget = new FloodBudget(randomBytes(4).readUInt32BE())
  /** Where each link is now. */
  readonly #sendTo = new Map<LinkIndex, RemoteAddress>()
  readonly #drops: Record<DropReason, number> = {
    flood: 0,
    'stun-malformed': 0,
    'unknown-address': 0,
    'unknown-kind': 0,
    bug: 0,
  }
  #queuedPackets = 0
  #flush: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #timerAtMs = Infinity
  #tickedAtMs = -Infinity
  #isStopped = false

  static async open(options: MediaLoopOptions): Promise<MediaLoop> {
    let loop: MediaLoop | null = null
    const backEnd = await openNodeBackEnd(options.backEnd, {
      onDatagram: (bytes, from) => loop?.receive(bytes, from),
      onSocketGone: (socket) => loop?.forgetSocket(socket),
    })
    loop = new MediaLoop(backEnd, options)
    options.emit({ type: 'bound', ports: backEnd.ports })
    return loop
  }

  private constructor(backEnd: BackEnd, options: MediaLoopOptions) {
    this.#backEnd = backEnd
    this.#emit = options.emit
    this.#log = options.log
    this.#logic = options.makeLogic({
      acquire: () => backEnd.acquire(),
      release: (slot) => backEnd.release(slot),
      queue: (slot, length, link) => this.#queue(slot, length, link),
      makeSrtp: makeNodeSrtp,
      random32: () => randomBytes(4).readUInt32BE(),
      wallClockMs: (nowMs) => performance.timeOrigin + nowMs,
      emit: (event) => this.#forward(event),
    })
  }

  handle(command: MediaCommand): void {
    if (command.type === 'send') return this.#send(command.bytes, command.to)
    if (command.type === 'set-address') {
      this.#sendTo.set(command.link, command.to)
      return
    }
    if (command.type === 'add-address') {
      const { link, from } = command
      const gone = this.#addresses.add(link, from, this.#sendTo.get(link) ?? null)
      this.#backEnd.keep(from.socket)
      // A connection that is nobody's any more would stay as long as its far end likes.
      if (gone !== null) this.#backEnd.drop(gone.socket)
      return
    }
    if (command.type === 'close-link') this.#closeAddresses(command.link)
    this.#logic.handle(command, performance.now())
    this.#arm()
  }

  receive(bytes: Uint8Array, from: RemoteAddress): void {
    const kind = kindOf(bytes[0] ?? 255)
    const link = this.#addresses.get(from.socket, from.address, from.port)
    if (kind === 'media') {
      if (link === undefined) this.#drop('unknown-address')
      else this.#receiveMedia(link, bytes)
    } else if (kind === 'stun') this.#receiveStun(link, bytes, from)
    else if (kind === 'dtls') this.#receiveDtls(link, bytes, from)
    else this.#drop('unknown-kind')
  }

  forgetSocket(socket: number): void {
    this.#addresses.removeSocket(socket)
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    if (this.#flush !== null) clearImmediate(this.#flush)
    if (this.#timer !== null) clearTimeout(this.#timer)
    // What was queued last are goodbyes.
    this.#backEnd.flush()
    await this.#backEnd.close()
  }

  #receiveMedia(link: LinkIndex, bytes: Uint8Array): void {
    try {
      this.#logic.receive(link, bytes, bytes.length, performance.now())
    } catch (error) {
      // A bug that somebody's packet finds must not end the calls of all others. The first ones are told.
      if (this.#drops.bug < 10) logBug(this.#log, 'media-receive', error)
      this.#drop('bug')
    }
    this.#arm()
  }

  #receiveStun(link: LinkIndex | undefined, bytes: Uint8Array, from: RemoteAddress): void {
    const isPlain = isPlainStun(bytes)
    if (isPlain === null) return this.#drop('stun-malformed')
    const nowMs = performance.now()
    const isAllowed =
      link === undefined
        ? this.#budget.allowsStranger(from.address, from.port, isPlain, nowMs)
        : this.#budget.allowsAcquaintance(link, nowMs)
    if (isAllowed) this.#hand('stun', link, bytes, from)
    else this.#drop('flood')
  }

  #receiveDtls(link: LinkIndex | undefined, bytes: Uint8Array, from: RemoteAddress): void {
    if (link === undefined) this.#drop('unknown-address')
    else if (this.#budget.allowsAcquaintance(link, performance.now())) this.#hand('dtls', link, bytes, from)
    else this.#drop('flood')
  }

  #hand(kind: 'stun' | 'dtls', link: LinkIndex | undefined, bytes: Uint8Array, from: RemoteAddress): void {
    this.#emit({
      type: 'datagram',
      kind,
      link: link ?? null,
      from: { ...from },
      bytes: new Uint8Array(bytes),
    })
  }

  #queue(slot: Uint8Array, length: number, link: LinkIndex): void {
    const to = this.#sendTo.get(link)
    if (to === undefined) this.#backEnd.release(slot)
    else this.#queueTo(slot, length, to)
  }

  #queueTo(slot: Uint8Array, length: number, to: RemoteAddress): void {
    this.#backEnd.queue(slot, length, to)
    this.#queuedPackets += 1
    if (this.#queuedPackets >= relayLimits.flushPackets) this.#flushNow()
    // At the end of the turn: what arrived together leaves together.
    else this.#flush ??= setImmediate(() => this.#flushNow())
  }

  #flushNow(): void {
    if (this.#flush !== null) clearImmediate(this.#flush)
    this.#flush = null
    this.#queuedPackets = 0
    this.#backEnd.flush()
  }

  #send(bytes: Uint8Array, to: RemoteAddress): void {
    const slot = this.#backEnd.acquire()
    slot.set(bytes.subarray(0, slot.length))
    this.#queueTo(slot, Math.min(bytes.length, slot.length), to)
  }

  /** A TCP connection ends with the link that it carried; the logic may still have a goodbye to send. */
  #closeAddresses(link: LinkIndex): void {
    this.#flushNow()
    this.#sendTo.delete(link)
    for (const { socket } of this.#addresses.removeLink(link)) this.#backEnd.drop(socket)
  }

  /** The logic counts what reached it; what did not is counted here. */
  #forward(event: MediaEvent): void {
    if (event.type === 'report') this.#emit({ type: 'report', report: this.#completed(event.report) })
    else this.#emit(event)
  }

  #completed(report: MediaReport): MediaReport {
    const dropped: Record<string, number> = { ...report.droppedPackets }
    for (const counts of [this.#drops, this.#backEnd.drops]) {
      for (const [reason, count] of Object.entries(counts)) dropped[reason] = (dropped[reason] ?? 0) + count
    }
    return { ...report, droppedPackets: dropped }
  }

  #drop(reason: DropReason): void {
    this.#drops[reason] += 1
  }

  /** One timer, at the next deadline of the logic. An earlier one that is armed already only looks again. */
  #arm(): void {
    const deadlineMs = this.#logic.nextDeadlineMs() ?? Infinity
    const atMs = Math.max(deadlineMs, this.#tickedAtMs + relayLimits.tickMinMs)
    if (atMs >= this.#timerAtMs || atMs === Infinity || this.#isStopped) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAtMs = atMs
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, atMs - performance.now()))
  }

  #tick(): void {
    this.#timer = null
    this.#timerAtMs = Infinity
    this.#tickedAtMs = performance.now()
    this.#logic.tick(this.#tickedAtMs)
    this.#arm()
  }
}

/** Of a request or an answer that may reach the control thread: is it without a credential? Null: it may not. */
function isPlainStun(bytes: Uint8Array): boolean | null {
  const request = parseStunRequest(bytes)
  if (request === null) {
    const answer = parseStunAnswer(bytes)
    return answer === null ? null : answer.integrityOffset === null
  }
  const isPlain = request.username === null
  // Half a credential is none.
  return isPlain === (request.integrityOffset === null) ? isPlain : null
}
