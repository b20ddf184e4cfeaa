import { limits } from '@video-room/shared/limits.ts'
import { expect, it, vi } from 'vitest'
import type { MediaCommand, MediaReport } from '../media/boundary.ts'
import { MediaThreads, type ThreadEvent } from './media-threads.ts'
import type { MediaThread, MediaThreadOptions } from './media-thread.ts'
import type { TransportOptions } from './transport.ts'

const report = (factor: number): MediaReport => ({
  links: factor,
  publications: 2 * factor,
  filledSlots: 3 * factor,
  receivedPackets: 4 * factor,
  receivedBytes: 5 * factor,
  forwardedPackets: 6 * factor,
  forwardedBytes: 7 * factor,
  droppedPackets: { muted: 8 * factor, [`only-${factor}`]: 1 },
  retransmittedPackets: 9 * factor,
  sentNacks: 10 * factor,
  sentKeyFrameRequests: 11 * factor,
  byLink: [
    {
      link: factor,
      receivedPackets: 1,
      forwardedPackets: 1,
      rttMs: null,
      lossShare: 0,
      estimateBps: null,
    },
  ],
})

/** Threads that keep a book of what they are told. */
class Stand {
  readonly started: MediaThreadOptions[] = []
  readonly posted: MediaCommand[][] = []
  readonly stopped: number[] = []
  readonly events: (readonly [ThreadEvent, number])[] = []
  readonly threads = new MediaThreads((event, thread) => this.events.push([event, thread]))
  /** This one cannot bind. */
  #broken: number | null = null

  async start(options: Partial<TransportOptions> = {}, broken: number | null = null): Promise<this> {
    this.#broken = broken
    const rest = { iceKey: new Uint8Array(32), bindAddresses: ['192.0.2.1'], publicAddresses: [] }
    const whole = { udpPort: 3478, tcpPort: null, ...rest, ...options }
    await this.threads.start(whole, (one) => this.#startOne(one))
    return this
  }

  async #startOne(options: MediaThreadOptions): Promise<MediaThread> {
    const thread = this.started.push(options) - 1
    this.posted.push([])
    if (thread === this.#broken) throw new Error('the port is taken')
    const { udpPort, tcpPort, bindAddresses } = options.backEnd
    const ports = (['udp', 'tcp'] as const).flatMap((protocol) => {
      const port = protocol === 'udp' ? udpPort : tcpPort
      return port === null ? [] : bindAddresses.map(() => ({ protocol, port: port || 40_000 + thread }))
    })
    return {
      ports,
      post: (command) => {
        this.posted[thread]?.push(command)
        if (command.type === 'ask-report') options.onEvent({ type: 'report', report: report(10 ** thread) })
      },
      stop: async () => {
        this.stopped.push(thread)
      },
    }
  }
}

it('RG8 each thread has the next ports, which its candidates name', async () => {
  const { started, threads } = await new Stand().start({ threads: 3, udpPort: 3478, tcpPort: 443 })
  expect(started.map(({ backEnd }) => [backEnd.udpPort, backEnd.tcpPort])).toEqual([
    [3478, 443],
    [3479, 444],
    [3480, 445],
  ])
  const address = '192.0.2.1'
  expect(threads.candidates).toEqual([
    { protocol: 'udp', address, port: 3478 },
    { protocol: 'tcp', address, port: 443 },
    { protocol: 'udp', address, port: 3479, thread: 1 },
    { protocol: 'tcp', address, port: 444, thread: 1 },
    { protocol: 'udp', address, port: 3480, thread: 2 },
    { protocol: 'tcp', address, port: 445, thread: 2 },
  ])
})

it('any free port is any for each, and without TCP there is none', async () => {
  const { started } = await new Stand().start({ threads: 2, udpPort: 0 })
  expect(started.map(({ backEnd }) => [backEnd.udpPort, backEnd.tcpPort])).toEqual([
    [0, null],
    [0, null],
  ])
})

it('RG8 of more addresses than a hello holds each thread names the same number', async () => {
  const bindAddresses = Array.from({ length: 5 }, (_, at) => `192.0.2.${at + 1}`)
  const { threads } = await new Stand().start({ threads: limits.relayThreadsMax, bindAddresses })
  expect(threads.candidates).toHaveLength(limits.relayHelloCandidatesMax)
  expect(threads.candidates.filter(({ thread }) => thread === 63)).toHaveLength(4)
})

it('when one cannot start none stays', async () => {
  const stand = new Stand()
  await expect(stand.start({ threads: 3 }, 1)).rejects.toThrow('the port is taken')
  expect(stand.stopped).toEqual([0, 2])
})

it('a command goes to its thread, and an event says of which it is', async () => {
  const { started, posted, threads, events } = await new Stand().start({ threads: 2 })
  threads.post(1, { type: 'close-link', link: 7 })
  threads.send(0, Uint8Array.of(1), { socket: 0, address: '192.0.2.9', port: 9 })
  expect(posted.map((commands) => commands.map(({ type }) => type))).toEqual([['send'], ['close-link']])
  started[1]?.onEvent({ type: 'heard', link: 7 })
  expect(events).toEqual([[{ type: 'heard', link: 7 }, 1]])
})

it('reports are put together; of one thread they are as it made them', async () => {
  const { threads } = await new Stand().start({ threads: 2 })
  const [one, ten] = [report(1), report(10)]
  expect(await threads.report()).toEqual({
    ...report(11),
    droppedPackets: { muted: 88, 'only-1': 1, 'only-10': 1 },
    byLink: [...one.byLink, ...ten.byLink],
  })
  const alone = await new Stand().start()
  expect(await alone.threads.report()).toEqual(one)
})

it('one that ends by itself ends the process, with the error that it ended with', async () => {
  const { started } = await new Stand().start({ threads: 2 })
  const bug = new TypeError('a bug')
  vi.useFakeTimers({ toFake: ['setImmediate'] })
  try {
    started[1]?.onCrash(new Error('the media thread ended', { cause: bug }))
    expect(() => vi.runAllTimers()).toThrow(bug)
  } finally {
    vi.useRealTimers()
  }
})

it('all stop', async () => {
  const { threads, stopped } = await new Stand().start({ threads: 3 })
  await threads.stop()
  expect(stopped).toEqual([0, 1, 2])
})
