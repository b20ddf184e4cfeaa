import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import type { BackEnd, BackEndOptions } from './back-end.ts'
import { dialSocketOf } from './dial-sockets.ts'
import { openNodeBackEnd } from './node-back-end.ts'
import { openWire, within, type TestWire } from './testing/wire.ts'

interface Received {
  readonly bytes: Buffer
  readonly from: RemoteAddress
}

class Network {
  readonly received: Received[] = []
  readonly gone: number[] = []
  backEnd!: BackEnd
  readonly #wires: TestWire[] = []
  #look = (): void => {}

  async open(options: Partial<BackEndOptions> = {}): Promise<this> {
    this.backEnd = await openNodeBackEnd(
      { udpPort: 0, tcpPort: 0, bindAddresses: ['127.0.0.1'], ...options },
      {
        onDatagram: (bytes, from) => {
          this.received.push({ bytes: Buffer.from(bytes), from: { ...from } })
          this.#look()
        },
        onSocketGone: (socket) => {
          this.gone.push(socket)
          this.#look()
        },
      },
    )
    return this
  }

  portOf(protocol: 'udp' | 'tcp', index = 0): number {
    return this.backEnd.ports.filter((one) => one.protocol === protocol)[index]!.port
  }

  async wire(
    protocol: 'udp' | 'tcp',
    onPacket: (bytes: Uint8Array) => void = () => {},
    address = '127.0.0.1',
    index = 0,
  ): Promise<TestWire> {
    const wire = await openWire({ protocol, address, port: this.portOf(protocol, index) }, onPacket)
    this.#wires.push(wire)
    return wire
  }

  until(what: string, isSo: () => boolean): Promise<void> {
    const happened = new Promise<void>((resolve) => {
      this.#look = () => {
        if (isSo()) resolve()
      }
      this.#look()
    })
    return within(8_000, what, happened)
  }

  send(bytes: Uint8Array, to: RemoteAddress): void {
    const slot = this.backEnd.acquire()
    slot.set(bytes)
    this.backEnd.queue(slot, bytes.length, to)
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) wire.close()
    await this.backEnd.close()
  }
}

const networks: Network[] = []
async function open(options?: Partial<BackEndOptions>): Promise<Network> {
  const network = await new Network().open(options)
  networks.push(network)
  return network
}
afterEach(async () => {
  await Promise.all(networks.splice(0).map((network) => network.close()))
})

function echo(): {
  readonly packets: Buffer[]
  readonly onPacket: (bytes: Uint8Array) => void
  wait(count: number): Promise<void>
} {
  const packets: Buffer[] = []
  let look = (): void => {}
  return {
    packets,
    onPacket: (bytes) => {
      packets.push(Buffer.from(bytes))
      look()
    },
    wait: (count) =>
      within(
        5_000,
        `${count} packets`,
        new Promise<void>((resolve) => {
          look = () => {
            if (packets.length >= count) resolve()
          }
          look()
        }),
      ),
  }
}

describe('UDP', () => {
  it.each([
    ['127.0.0.1', 0],
    ['::1', 1],
  ])('packets of %s come in and go out through socket %i', async (address, index) => {
    const network = await open({ bindAddresses: ['127.0.0.1', '::1'] })
    const far = echo()
    const wire = await network.wire('udp', far.onPacket, address, index)
    wire.send(Uint8Array.of(1, 2, 3))
    await network.until('packet', () => network.received.length === 1)
    const [{ bytes, from }] = network.received as [Received]
    expect(from).toEqual({ socket: index, address, port: wire.localPort })
    expect([...bytes]).toEqual([1, 2, 3])
    network.send(Uint8Array.of(4, 5), from)
    expect(far.packets).toHaveLength(0)
    network.backEnd.flush()
    await far.wait(1)
    expect([...far.packets[0]!]).toEqual([4, 5])
  })

  it('a burst leaves whole and unmixed: no slot is used again before its packet is gone', async () => {
    const network = await open()
    const far = echo()
    const wire = await network.wire('udp', far.onPacket)
    wire.send(Uint8Array.of(0))
    await network.until('packet', () => network.received.length === 1)
    const { from } = network.received[0]!
    for (let batch = 0; batch < 10; batch += 1) {
      for (let index = 0; index < 20; index += 1) network.send(Buffer.alloc(100, batch * 20 + index), from)
      network.backEnd.flush()
    }
    await far.wait(200)
    const values = far.packets.map((packet) => {
      expect(new Set(packet).size).toBe(1)
      return packet[0]
    })
    expect(values).toEqual(Array.from({ length: 200 }, (_, index) => index))
  })

  it('more packets than there are slots: the rest is dropped and counted, and slots come back', async () => {
    const network = await open()
    const wire = await network.wire('udp')
    const to = { socket: 0, address: '127.0.0.1', port: wire.localPort }
    for (let index = 0; index < relayLimits.sendSlotsMax + 5; index += 1) network.send(Uint8Array.of(1), to)
    expect(network.backEnd.drops['no-slot']).toBe(5)
    network.backEnd.flush()
    await new Promise((resolve) => setImmediate(resolve))
    network.send(Uint8Array.of(1), to)
    network.backEnd.flush()
    expect(network.backEnd.drops['no-slot']).toBe(5)
  })

  it('ports where nobody is, ports that are none, and addresses that are none harm nobody', async () => {
    const network = await open()
    const far = echo()
    const wire = await network.wire('udp', far.onPacket)
    for (const to of [
      { socket: 0, address: '127.0.0.1', port: 9 },
      { socket: 0, address: '127.0.0.1', port: 0 },
      { socket: 0, address: '0.0.0.0', port: 9 },
      { socket: 0, address: '255.255.255.255', port: 9 },
      { socket: 0, address: 'nowhere', port: 9 },
      { socket: 0, address: '::1', port: 9 },
      { socket: 99, address: '127.0.0.1', port: 9 },
    ]) {
      network.send(Uint8Array.of(7), to)
    }
    network.send(Uint8Array.of(8), { socket: 0, address: '127.0.0.1', port: wire.localPort })
    network.backEnd.flush()
    await far.wait(1)
    expect(far.packets.map((packet) => packet[0])).toEqual([8])
  })

  it('what is larger than a datagram of ours is not looked at', async () => {
    const network = await open()
    const wire = await network.wire('udp')
    wire.send(new Uint8Array(1_501))
    wire.send(new Uint8Array(1_500))
    await network.until('packet', () => network.received.length > 0)
    expect(network.received.map(({ bytes }) => bytes.length)).toEqual([1_500])
  })
})

describe('TCP', () => {
  it('each connection is a socket of its own, until it is closed', async () => {
    const network = await open()
    const far = echo()
    const wire = await network.wire('tcp', far.onPacket)
    const other = await network.wire('tcp')
    wire.send(Uint8Array.of(1))
    await network.until('packet', () => network.received.length === 1)
    other.send(Uint8Array.of(2))
    await network.until('packet', () => network.received.length === 2)
    const [first, second] = network.received as [Received, Received]
    expect(first.from.socket).not.toBe(second.from.socket)
    network.send(Uint8Array.of(3), first.from)
    network.backEnd.flush()
    await far.wait(1)
    expect([...far.packets[0]!]).toEqual([3])
    wire.close()
    await network.until('end', () => network.gone.includes(first.from.socket))
    network.send(Uint8Array.of(3), first.from)
    network.backEnd.flush()
    expect(network.backEnd.drops['tcp-slow']).toBe(1)
  })

  it('who proves nothing in time is shown out; who did stays', async () => {
    const network = await open()
    const silent = await network.wire('tcp')
    const known = await network.wire('tcp')
    known.send(Uint8Array.of(1))
    await network.until('packet', () => network.received.length === 1)
    const { socket } = network.received[0]!.from
    network.backEnd.keep(socket)
    await within(8_000, 'end of the silent one', silent.closed)
    known.send(Uint8Array.of(2))
    await network.until('packet', () => network.received.length === 2)
    expect(network.gone).not.toContain(socket)
    network.backEnd.drop(socket)
    await within(8_000, 'end of the other', known.closed)
  })

  it('one address gets so many connections and no more', async () => {
    const network = await open()
    for (let index = 0; index < relayLimits.tcpConnectionsPerAddressMax; index += 1) {
      const wire = await network.wire('tcp')
      wire.send(Uint8Array.of(1))
    }
    await network.until('all', () => network.received.length === relayLimits.tcpConnectionsPerAddressMax)
    const tooMany = await network.wire('tcp')
    await within(5_000, 'end of the last', tooMany.closed)
  })

  it('a far end that does not read loses packets, not our memory', async () => {
    const network = await open()
    const raw: Socket = connect({ host: '127.0.0.1', port: network.portOf('tcp') })
    raw.on('error', () => {})
    raw.pause()
    await new Promise<void>((resolve) => raw.once('connect', () => resolve()))
    raw.write(Uint8Array.of(0, 1, 7))
    await network.until('packet', () => network.received.length === 1)
    const { from } = network.received[0]!
    const packet = new Uint8Array(1_200)
    for (let turn = 0; turn < 400 && network.backEnd.drops['tcp-slow'] === 0; turn += 1) {
      for (let index = 0; index < 100; index += 1) network.send(packet, from)
      network.backEnd.flush()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(network.backEnd.drops['tcp-slow']).toBeGreaterThan(0)
    raw.destroy()
  })
})

describe('sockets of dialled links', () => {
  const bindAddresses = ['127.0.0.1', '::1']

  /** Two back ends: what one sends to the other's `at`th address from such a socket. */
  async function dialled(link: number, at: number): Promise<{ near: Network; far: Network; from: Received }> {
    const [near, far] = [await open({ bindAddresses }), await open({ bindAddresses })]
    const socket = dialSocketOf(link, bindAddresses, at)
    near.send(Uint8Array.of(link), { socket, address: bindAddresses[at]!, port: far.portOf('udp', at) })
    near.backEnd.flush()
    await far.until('packet', () => far.received.length === 1)
    return { near, far, from: far.received[0]! }
  }

  it.each([0, 1])('are each a port of its own, for both ways, at address %i', async (at) => {
    const { near, far, from } = await dialled(5, at)
    expect(from.from.address).toBe(bindAddresses[at])
    expect(from.from.port).not.toBe(near.portOf('udp', at))
    far.send(Uint8Array.of(9), from.from)
    far.backEnd.flush()
    await near.until('answer', () => near.received.length === 1)
    const socket = dialSocketOf(5, bindAddresses, at)
    expect(near.received[0]!.from).toEqual({
      socket,
      address: bindAddresses[at],
      port: far.portOf('udp', at),
    })
  })

  it('are two for two links, and another one once it was dropped', async () => {
    const { near, far } = await dialled(5, 0)
    const to = (link: number): RemoteAddress => ({
      socket: dialSocketOf(link, bindAddresses, 0),
      address: '127.0.0.1',
      port: far.portOf('udp'),
    })
    near.send(Uint8Array.of(6), to(6))
    near.send(Uint8Array.of(5), to(5))
    near.backEnd.flush()
    near.backEnd.drop(to(5).socket)
    near.backEnd.drop(to(5).socket)
    await far.until('packets', () => far.received.length === 3)
    near.send(Uint8Array.of(5), to(5))
    near.backEnd.flush()
    await far.until('packets', () => far.received.length === 4)
    const [first, second, third, last] = far.received.map(({ from }) => from.port)
    expect(second).not.toBe(first)
    expect(third).toBe(first)
    expect([first, second]).not.toContain(last)
  })
})
