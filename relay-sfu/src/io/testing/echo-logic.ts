/** Stands in for the media engine: opens what a link sends and sends it back sealed. Everything is told. */
import type { LinkIndex, MediaCommand } from '../../media/boundary.ts'
import type { MediaPorts, SrtpLink } from '../../media/ports.ts'
import type { MediaLogic } from '../media-loop.ts'

export class EchoLogic implements MediaLogic {
  readonly commands: MediaCommand[] = []
  readonly drops: Record<string, number> = {}
  received = 0
  readonly packets: Buffer[] = []
  ticks = 0
  deadlineMs: number | null = null
  readonly #ports: MediaPorts
  readonly #srtp = new Map<LinkIndex, SrtpLink>()

  constructor(ports: MediaPorts) {
    this.#ports = ports
  }

  handle(command: MediaCommand): void {
    this.commands.push(command)
    if (command.type === 'set-keys') this.#srtp.set(command.link, this.#ports.makeSrtp(command.keys))
    if (command.type === 'close-link') {
      this.#srtp.delete(command.link)
      this.#ports.emit({ type: 'link-closed', link: command.link })
    }
    if (command.type === 'ask-report') this.#report()
  }

  receive(link: LinkIndex, bytes: Uint8Array, length: number): void {
    const srtp = this.#srtp.get(link)
    const opened = srtp?.unprotectRtp(bytes, length) ?? 0
    if (!srtp || opened <= 0) {
      const why = srtp ? (['', 'malformed', 'bad-tag', 'replay'][-opened] ?? '') : 'no-keys'
      this.drops[why] = (this.drops[why] ?? 0) + 1
      return
    }
    this.received += 1
    this.packets.push(Buffer.from(bytes.subarray(0, opened)))
    const slot = this.#ports.acquire()
    slot.set(bytes.subarray(0, opened))
    this.#ports.queue(slot, srtp.protectRtp(slot, opened), link)
    this.#ports.emit({ type: 'heard', link })
  }

  /** Sends an RTP packet of its own; the far end's echo of it comes back, and is not sent a second time: a replay. */
  say(link: LinkIndex, packet: Uint8Array): void {
    const slot = this.#ports.acquire()
    slot.set(packet)
    this.#ports.queue(slot, this.#srtp.get(link)?.protectRtp(slot, packet.length) ?? 0, link)
  }

  tick(): void {
    this.ticks += 1
    this.deadlineMs = null
  }

  nextDeadlineMs(): number | null {
    return this.deadlineMs
  }

  #report(): void {
    this.#ports.emit({
      type: 'report',
      report: {
        links: this.#srtp.size,
        publications: 0,
        filledSlots: 0,
        receivedPackets: this.received,
        receivedBytes: 0,
        forwardedPackets: this.received,
        forwardedBytes: 0,
        droppedPackets: this.drops,
        retransmittedPackets: 0,
        sentNacks: 0,
        sentKeyFrameRequests: 0,
        byLink: [],
      },
    })
  }
}
