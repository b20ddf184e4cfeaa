import { randomBytes } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import type { MediaEvent, SrtpKeys } from '../media/boundary.ts'
import { makeDtlsIdentity } from './dtls-identity.ts'
import { startMediaWorker, type MediaThread } from './media-thread.ts'
import { startTransport } from './start-transport.ts'
import { Guest } from './testing/guest.ts'
import { stunRequest } from './testing/stun-request.ts'
import { mintTicket, randomLinkId } from './testing/tickets.ts'
import { openWire, within } from './testing/wire.ts'

const backEnd = { udpPort: 0, tcpPort: 0, bindAddresses: ['127.0.0.1'] }
const threads: MediaThread[] = []
afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.stop()))
})

async function startThread(onEvent: (event: MediaEvent) => void): Promise<MediaThread> {
  const thread = await startMediaWorker({ backEnd, onEvent, onCrash: (error) => expect.fail(error.message) })
  threads.push(thread)
  return thread
}

it('what comes in at the socket of the worker comes out here, and the other way round', async () => {
  let onDatagram = (_event: MediaEvent): void => {}
  const thread = await startThread((event) => onDatagram(event))
  expect(thread.ports.map(({ protocol }) => protocol)).toEqual(['udp', 'tcp'])
  const datagram = new Promise<MediaEvent>((resolve) => {
    onDatagram = resolve
  })
  let onAnswer = (_bytes: Uint8Array): void => {}
  const answer = new Promise<Uint8Array>((resolve) => {
    onAnswer = resolve
  })
  const [udp] = thread.ports
  const wire = await openWire({ protocol: 'udp', address: '127.0.0.1', port: udp!.port }, (bytes) =>
    onAnswer(bytes),
  )
  const request = stunRequest()
  wire.send(request)
  const event = await within(5_000, 'datagram', datagram)
  if (event.type !== 'datagram') throw new Error(event.type)
  expect(event).toMatchObject({ kind: 'stun', link: null, from: { socket: 0, port: wire.localPort } })
  expect(Buffer.from(event.bytes)).toEqual(request)
  thread.post({ type: 'send', to: event.from, bytes: Uint8Array.of(1, 2, 3) })
  expect([...(await within(5_000, 'answer', answer))]).toEqual([1, 2, 3])
  wire.close()
})

it('a port that is taken is told at once', async () => {
  const thread = await startThread(() => {})
  const taken = thread.ports[0]!.port
  const again = startMediaWorker({
    backEnd: { ...backEnd, udpPort: taken },
    onEvent: () => {},
    onCrash: () => {},
  })
  await expect(again).rejects.toThrow('could not start')
})

it('a thread that ends by itself is told loudly, once', async () => {
  const crashes: Error[] = []
  const crashed = new Promise<void>((resolve) => {
    void startMediaWorker({
      backEnd,
      onEvent: () => {},
      onCrash: (error) => {
        crashes.push(error)
        resolve()
      },
    }).then((thread) => {
      thread.post({ type: 'open-link', link: 0 })
      // Nothing that control would ever say: a bug there or here.
      thread.post({ type: 'set-keys', link: 0, keys: null as unknown as SrtpKeys })
    })
  })
  await within(5_000, 'crash', crashed)
  expect(crashes).toHaveLength(1)
  expect(crashes[0]?.cause).toBeInstanceOf(TypeError)
})

it('the whole transport on a worker: handshake, report, goodbye', async () => {
  const iceKey = randomBytes(32)
  const identity = await makeDtlsIdentity()
  let onSecured = (_fingerprint: string): void => {}
  const secured = new Promise<string>((resolve) => {
    onSecured = resolve
  })
  const transport = await startTransport(
    { iceKey, udpPort: 0, tcpPort: null, bindAddresses: ['127.0.0.1'], publicAddresses: [] },
    { onSecured: (_, fingerprint) => onSecured(fingerprint), onLost: () => {}, onSpeakers: () => {} },
  )
  expect(transport.candidates).toHaveLength(1)
  const ticket = mintTicket(iceKey, randomLinkId())
  transport.open(ticket.linkId)
  const guest = await Guest.open(transport.candidates[0]!, ticket, { identity })
  await guest.connect()
  expect(await within(5_000, 'proof', secured)).toBe(identity.fingerprint)
  expect((await transport.report()).links).toBe(1)
  const goodbye = new Promise<void>((resolve) => guest.dtls.werift.onClose.once(() => resolve()))
  await transport.stop()
  await within(5_000, 'close_notify', goodbye)
  guest.close()
})

it('two transports, each on a worker: one dials the other', async () => {
  const iceKey = randomBytes(32)
  const proofs: string[] = []
  let onProved = (): void => {}
  const proved = new Promise<void>((resolve) => {
    onProved = () => {
      if (proofs.length === 2) resolve()
    }
  })
  const options = { iceKey, udpPort: 0, tcpPort: null, bindAddresses: ['127.0.0.1'], publicAddresses: [] }
  const start = () =>
    startTransport(options, {
      onSecured: (_, fingerprint) => {
        proofs.push(fingerprint)
        onProved()
      },
      onLost: () => {},
      onSpeakers: () => {},
    })
  const [near, far] = await Promise.all([start(), start()])
  const { linkId, ufrag, password } = mintTicket(iceKey, randomLinkId())
  const { candidates, fingerprint } = far
  far.open(linkId, { isTrunk: true })
  near.dial(linkId, { iceUfrag: ufrag, icePwd: password, fingerprint, candidates: [...candidates] })
  await within(5_000, 'proof at both ends', proved)
  expect(new Set(proofs)).toEqual(new Set([near.fingerprint, far.fingerprint]))
  expect((await near.report()).links).toBe(1)
  expect(near.roundTripMs(linkId)).toBeGreaterThan(0)
  expect((await near.probe(candidates)).rttMs).toBeGreaterThan(0)
  await Promise.all([near.stop(), far.stop()])
})
