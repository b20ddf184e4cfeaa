import { afterEach, describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import type { MediaEvent, RemoteAddress } from '../media/boundary.ts'
import type { MediaPorts } from '../media/ports.ts'
import { MediaLoop, type MediaLogic } from './media-loop.ts'
import { EchoLogic } from './testing/echo-logic.ts'
import { stunRequest } from './testing/stun-request.ts'
import { openWire, within, type TestWire } from './testing/wire.ts'

interface Opened {
  readonly loop: MediaLoop
  readonly events: MediaEvent[]
  readonly logged: string[]
  readonly ports: MediaPorts
  /** The next event of this type. */
  next<T extends MediaEvent['type']>(type: T): Promise<Extract<MediaEvent, { type: T }>>
  wire(onPacket?: (bytes: Uint8Array) => void, protocol?: 'udp' | 'tcp'): Promise<TestWire>
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})

async function open(makeLogic: (ports: MediaPorts) => MediaLogic): Promise<Opened> {
  const events: MediaEvent[] = []
  const logged: string[] = []
  const waiting = new Map<string, (event: MediaEvent) => void>()
  let ports: MediaPorts
  const loop = await MediaLoop.open({
    backEnd: { udpPort: 0, tcpPort: 0, bindAddresses: ['127.0.0.1'] },
    makeLogic: (given) => {
      ports = given
      return makeLogic(given)
    },
    emit: (event) => {
      events.push(event)
      waiting.get(event.type)?.(event)
    },
    log: (_level, event) => logged.push(event),
  })
  cleanups.push(() => loop.stop())
  const [bound] = events
  return {
    loop,
    events,
    logged,
    ports: ports!,
    next: (type) => within(5_000, type, new Promise((resolve) => waiting.set(type, resolve as never))),
    wire: async (onPacket = () => {}, protocol = 'udp') => {
      if (bound?.type !== 'bound') throw new Error('not bound')
      const { port } = bound.ports.find((one) => one.protocol === protocol)!
      const wire = await openWire({ protocol, address: '127.0.0.1', port }, onPacket)
      cleanups.push(() => wire.close())
      return wire
    },
  }
}

const addressOf = (wire: TestWire): RemoteAddress => ({
  socket: 0,
  address: '127.0.0.1',
  port: wire.localPort,
})

/** Answers what the logic heard, in a promise that has an end. */
function hearing(): {
  readonly logic: (ports: MediaPorts) => MediaLogic
  heard(count: number): Promise<number[]>
} {
  const heard: number[] = []
  let look = (): void => {}
  return {
    logic: () => ({
      handle: () => {},
      tick: () => {},
      nextDeadlineMs: () => null,
      receive: (link, bytes) => {
        heard.push(link)
        look()
        if (bytes[1] === 0xee) throw new Error('a bug')
      },
    }),
    heard: (count) =>
      within(
        5_000,
        'packets',
        new Promise((resolve) => {
          look = () => {
            if (heard.length >= count) resolve(heard)
          }
          look()
        }),
      ),
  }
}

describe('packets', () => {
  it('reach the link of their address; a bug that one of them finds ends nothing', async () => {
    const { logic, heard } = hearing()
    const opened = await open(logic)
    const [first, second, stranger] = [await opened.wire(), await opened.wire(), await opened.wire()]
    opened.loop.handle({ type: 'add-address', link: 3, from: addressOf(first) })
    opened.loop.handle({ type: 'add-address', link: 4, from: addressOf(second) })
    stranger.send(Uint8Array.of(0x80, 0))
    first.send(Uint8Array.of(0x80, 0xee))
    await heard(1)
    second.send(Uint8Array.of(0x80, 0))
    expect(await heard(2)).toEqual([3, 4])
    expect(opened.logged).toEqual(['bug'])
  })

  it('leave together at the end of a turn, and at once when many wait', async () => {
    const opened = await open((ports) => new EchoLogic(ports))
    const sizes: number[] = []
    let look = (): void => {}
    const wire = await opened.wire((bytes) => {
      sizes.push(bytes.length)
      look()
    })
    const arrived = (count: number): Promise<void> =>
      within(
        5_000,
        'packets',
        new Promise((resolve) => {
          look = () => {
            if (sizes.length >= count) resolve()
          }
          look()
        }),
      )
    const queue = (): void => opened.ports.queue(opened.ports.acquire(), 100, 1)
    // Nobody knows where the link is: swallowed.
    queue()
    opened.loop.handle({ type: 'set-address', link: 1, to: addressOf(wire) })
    queue()
    await arrived(1)
    for (let count = 0; count < relayLimits.flushPackets + 3; count += 1) queue()
    await arrived(1 + relayLimits.flushPackets + 3)
    expect(sizes).toHaveLength(1 + relayLimits.flushPackets + 3)
  })
})

describe('what goes to the control thread', () => {
  it('STUN of anybody, DTLS of those who are known', async () => {
    const opened = await open((ports) => new EchoLogic(ports))
    const wire = await opened.wire()
    const hello = Buffer.alloc(20, 22)
    wire.send(hello)
    const asked = opened.next('datagram')
    wire.send(stunRequest({ username: 'a:b', password: 'secret' }))
    expect(await asked).toMatchObject({ kind: 'stun', link: null, from: addressOf(wire) })
    opened.loop.handle({ type: 'add-address', link: 7, from: addressOf(wire) })
    const said = opened.next('datagram')
    wire.send(hello)
    expect(await said).toMatchObject({ kind: 'dtls', link: 7 })
    const report = opened.next('report')
    opened.loop.handle({ type: 'ask-report' })
    expect((await report).report.droppedPackets['unknown-address']).toBe(1)
  })

  it('answers to STUN that may be ours; what is neither question nor answer is dropped here', async () => {
    const opened = await open((ports) => new EchoLogic(ports))
    const wire = await opened.wire()
    const answer = Buffer.from(`010100002112a442${'5a'.repeat(12)}`, 'hex')
    const indication = Buffer.from(answer)
    indication[0] = 0x00
    indication[1] = 0x11
    const asked = opened.next('datagram')
    wire.send(indication)
    wire.send(answer)
    const { kind, bytes } = await asked
    expect({ kind, bytes: Buffer.from(bytes) }).toEqual({ kind: 'stun', bytes: answer })
    const report = opened.next('report')
    opened.loop.handle({ type: 'ask-report' })
    expect((await report).report.droppedPackets['stun-malformed']).toBe(1)
  })

  it("a stranger's answers no more often than their questions", async () => {
    const opened = await open((ports) => new EchoLogic(ports))
    const wire = await opened.wire()
    const answer = Buffer.from(`010100002112a442${'5a'.repeat(12)}`, 'hex')
    const sent = relayLimits.strangerBurst + 20
    for (let count = 0; count < sent; count += 1) wire.send(answer)
    const flooded = async (): Promise<number> => {
      const report = opened.next('report')
      opened.loop.handle({ type: 'ask-report' })
      return (await report).report.droppedPackets['flood'] ?? 0
    }
    await expect.poll(flooded, { timeout: 5_000 }).toBeGreaterThan(10)
    const heard = opened.events.filter(({ type }) => type === 'datagram')
    expect(heard.length).toBeGreaterThanOrEqual(relayLimits.strangerBurst)
    expect(heard.length).toBeLessThan(sent)
  })

  it('nothing of a link that is closed; its TCP connection ends', async () => {
    const opened = await open((ports) => new EchoLogic(ports))
    const wire = await opened.wire(() => {}, 'tcp')
    const asked = opened.next('datagram')
    wire.send(stunRequest({ username: 'a:b', password: 'secret' }))
    const { from } = await asked
    opened.loop.handle({ type: 'open-link', link: 7 })
    opened.loop.handle({ type: 'add-address', link: 7, from })
    opened.loop.handle({ type: 'close-link', link: 7 })
    expect(opened.events.at(-1)).toEqual({ type: 'link-closed', link: 7 })
    await within(5_000, 'end of the connection', wire.closed)
  })
})

it('a TCP connection whose address had to go for newer ones is closed', async () => {
  const opened = await open((ports) => new EchoLogic(ports))
  const wires = []
  opened.loop.handle({ type: 'open-link', link: 7 })
  for (let count = 0; count <= relayLimits.linkAddressesMax; count += 1) {
    const wire = await opened.wire(() => {}, 'tcp')
    wires.push(wire)
    const asked = opened.next('datagram')
    wire.send(stunRequest({ username: 'a:b', password: 'secret' }))
    const { from } = await asked
    opened.loop.handle({ type: 'add-address', link: 7, from })
    if (count === 0) opened.loop.handle({ type: 'set-address', link: 7, to: from })
  }
  await within(5_000, 'end of the oldest that is not in use', wires[1]!.closed)
  const media = opened.next('datagram')
  wires[0]!.send(stunRequest({ username: 'a:b', password: 'secret' }))
  expect(await media).toMatchObject({ link: 7 })
})

it('the logic is woken at its deadline, once for each', async () => {
  let logic: EchoLogic
  const opened = await open((ports) => {
    logic = new EchoLogic(ports)
    return logic
  })
  const ticked = async (count: number): Promise<void> => {
    await expect.poll(() => logic.ticks, { timeout: 5_000 }).toBe(count)
  }
  logic!.deadlineMs = performance.now() + 20
  opened.loop.handle({ type: 'open-link', link: 1 })
  // An earlier one replaces it; the first must not fire as well.
  logic!.deadlineMs = performance.now() + 5
  opened.loop.handle({ type: 'open-link', link: 2 })
  await ticked(1)
  logic!.deadlineMs = performance.now()
  opened.loop.handle({ type: 'open-link', link: 3 })
  await ticked(2)
  expect(logic!.deadlineMs).toBeNull()
})
