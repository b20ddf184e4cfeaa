import { CipherContext } from 'werift'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { SrtpKeys } from '../media/boundary.ts'
import { DtlsClientSession } from './dtls-client.ts'
import { makeDtlsIdentity, type DtlsIdentity } from './dtls-identity.ts'
import { contentTypes, handshakeTypes, recordsOf, writeRecord, type DtlsRecord } from './dtls-records.ts'
import { DtlsSession, type DtlsEvents, type DtlsFailure } from './dtls.ts'
import { within } from './testing/wire.ts'

let relay: DtlsIdentity
let dialler: DtlsIdentity
let thief: DtlsIdentity

beforeAll(async () => {
  ;[relay, dialler, thief] = await Promise.all([makeDtlsIdentity(), makeDtlsIdentity(), makeDtlsIdentity()])
})

type Path = (datagram: Uint8Array) => readonly Uint8Array[]

interface Options {
  readonly identity?: DtlsIdentity
  /** What becomes of a datagram on its way. */
  readonly toRelay?: Path
  readonly toDialler?: Path
}

interface Said {
  readonly secured: { readonly fingerprint: string; readonly keys: SrtpKeys }[]
  readonly failures: DtlsFailure[]
  closedCount: number
}

const same: Path = (datagram) => [datagram]

/** Both of our own ends, with a network in between that the test may be. */
class Pair {
  readonly atRelay: Said = { secured: [], failures: [], closedCount: 0 }
  readonly atDialler: Said = { secured: [], failures: [], closedCount: 0 }
  readonly fromDialler: Uint8Array[] = []
  readonly fromRelay: Uint8Array[] = []
  readonly server: DtlsSession
  readonly client: DtlsClientSession
  readonly #watchers = new Set<() => void>()

  constructor({ identity = relay, toRelay = same, toDialler = same }: Options = {}) {
    this.server = new DtlsSession(
      identity,
      this.#events(this.atRelay, (datagram) => {
        this.fromRelay.push(datagram.slice())
        for (const one of toDialler(datagram)) this.client.receive(one)
      }),
    )
    this.client = new DtlsClientSession(
      dialler,
      this.#events(this.atDialler, (datagram) => {
        this.fromDialler.push(datagram.slice())
        for (const one of toRelay(datagram)) this.server.receive(one)
      }),
    )
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const happened = new Promise<void>((resolve) => {
      const look = (): void => {
        if (isSo()) resolve()
      }
      this.#watchers.add(look)
      look()
    })
    await within(5_000, what, happened)
  }

  async connect(): Promise<this> {
    this.client.begin()
    await this.until('handshake', () => this.atDialler.secured.length > 0 && this.atRelay.secured.length > 0)
    return this
  }

  async fail(): Promise<DtlsFailure | undefined> {
    this.client.begin()
    await this.until('refusal', () => this.atDialler.failures.length > 0)
    expect(this.atDialler.secured).toHaveLength(0)
    return this.atDialler.failures[0]
  }

  stop(): void {
    this.client.close()
    this.server.close()
  }

  #events(said: Said, send: (datagram: Uint8Array) => void): DtlsEvents {
    const tell = (): void => {
      for (const look of this.#watchers) look()
    }
    return {
      // In a later turn, as over a network.
      send: (datagram) => void setImmediate(send, datagram),
      onSecured: (fingerprint, keys) => {
        said.secured.push({ fingerprint, keys })
        tell()
      },
      onFailed: (why) => {
        said.failures.push(why)
        tell()
      },
      onClosed: () => {
        said.closedCount += 1
        tell()
      },
    }
  }
}

const pairs: Pair[] = []
const pair = (options?: Options): Pair => {
  const made = new Pair(options)
  pairs.push(made)
  return made
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  for (const one of pairs.splice(0)) one.stop()
})

const isOf = (record: DtlsRecord, type: number): boolean =>
  record.type === contentTypes.handshake && record.epoch === 0 && record.fragment[0] === type

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Each record in a datagram of its own. */
const apart: Path = (datagram) => recordsOf(datagram).map(({ bytes }) => bytes)

/** Changes the message of one type, in a datagram of any. */
const changing =
  (type: number, change: (record: DtlsRecord) => Uint8Array): Path =>
  (datagram) =>
    recordsOf(datagram).map((record) => (isOf(record, type) ? change(record) : record.bytes))

/** A handshake message in clear, whatever it says. */
function clear(type: number, sequence: number, body: Uint8Array): Uint8Array {
  const header = Buffer.alloc(12)
  header.writeUInt8(type, 0)
  header.writeUIntBE(body.length, 1, 3)
  header.writeUInt16BE(sequence, 4)
  header.writeUIntBE(body.length, 9, 3)
  const fragment = Buffer.concat([header, body])
  return writeRecord({ type: contentTypes.handshake, version: 0xfe_fd, epoch: 0, sequence: 500, fragment })
}

describe('an honest relay', () => {
  it('is known by the fingerprint of its certificate, and knows ours', async () => {
    const { atDialler, atRelay } = await pair().connect()
    expect(atDialler.secured.map(({ fingerprint }) => fingerprint)).toEqual([relay.fingerprint])
    expect(atRelay.secured.map(({ fingerprint }) => fingerprint)).toEqual([dialler.fingerprint])
  })

  it('has the keys that we have, the other way round, for the cheaper cipher', async () => {
    const { atDialler, atRelay } = await pair().connect()
    const ours = atDialler.secured[0]!.keys
    const theirs = atRelay.secured[0]!.keys
    expect(ours.profile).toBe('aead-aes-128-gcm')
    expect(theirs).toEqual({
      profile: ours.profile,
      localKey: ours.remoteKey,
      localSalt: ours.remoteSalt,
      remoteKey: ours.localKey,
      remoteSalt: ours.localSalt,
    })
    expect(ours.localKey).not.toEqual(ours.remoteKey)
  })

  it('hears our second flight in one datagram, and nothing twice', async () => {
    const { fromDialler } = await pair().connect()
    expect(fromDialler).toHaveLength(3)
    const types = recordsOf(fromDialler[2]!).map(({ type, epoch }) => `${type} ${epoch}`)
    expect(types).toEqual(['22 0', '22 0', '22 0', '20 0', '22 1'])
  })
})

describe('who the relay is must be proved', () => {
  it('another certificate shows as another fingerprint', async () => {
    const { atDialler } = await pair({ identity: thief }).connect()
    expect(atDialler.secured[0]?.fingerprint).toBe(thief.fingerprint)
  })

  it("RFC 5246 7.4.3: the victim's certificate with another private key is refused before we say Finished", async () => {
    const parsed = { ...relay.parsed, localPrivateKey: thief.parsed.localPrivateKey }
    const far = pair({ identity: { ...relay, parsed } })
    expect(await far.fail()).toBe('bad-signature')
    const epochs = far.fromDialler.flatMap(recordsOf).map(({ epoch }) => epoch)
    expect(epochs.some((epoch) => epoch > 0)).toBe(false)
  })

  it('a signature of another handshake is refused', async () => {
    const recorded: Uint8Array[] = []
    await pair({
      toDialler: changing(handshakeTypes.serverKeyExchange, ({ bytes }) => {
        recorded.push(bytes.slice())
        return bytes
      }),
    }).connect()
    const replayed = pair({ toDialler: changing(handshakeTypes.serverKeyExchange, () => recorded[0]!) })
    expect(await replayed.fail()).toBe('bad-signature')
  })

  it.each([
    ['the point', 13 + 12 + 6],
    ['its length', 13 + 12 + 3],
    ['the curve', 13 + 12 + 2],
    ['the kind of curve', 13 + 12],
    ['the scheme', 13 + 12 + 4 + 32],
    ['the signature', 13 + 12 + 4 + 32 + 20],
  ])('any changed bit of the key exchange is noticed: %s', async (_, at) => {
    const far = pair({
      toDialler: changing(handshakeTypes.serverKeyExchange, ({ bytes }) => {
        const changed = bytes.slice()
        changed[at]! ^= 1
        return changed
      }),
    })
    expect(await far.fail()).toBe('bad-signature')
  })

  it('a random that was changed on the way is noticed', async () => {
    const far = pair({
      toDialler: changing(handshakeTypes.serverHello, ({ bytes }) => {
        const changed = bytes.slice()
        changed[13 + 12 + 20]! ^= 1
        return changed
      }),
    })
    expect(await far.fail()).toBe('bad-signature')
  })

  it.each([
    ['a certificate that is none', 0xff],
    ['an empty list of certificates', 0],
  ])('%s is refused', async (_, filler) => {
    const far = pair({
      toDialler: changing(handshakeTypes.certificate, ({ bytes }) => bytes.slice().fill(filler, 13 + 12)),
    })
    expect(await far.fail()).toBe('no-certificate')
  })

  it('another version of DTLS is refused', async () => {
    const far = pair({
      toDialler: changing(handshakeTypes.serverHello, ({ bytes }) => {
        const changed = bytes.slice()
        changed[13 + 12 + 1] = 0xff
        return changed
      }),
    })
    expect(await far.fail()).toBe('unsuited')
  })

  it('RFC 5246 7.4.9: a Finished of another handshake is refused', async () => {
    const ofServer = 2
    const genuine = CipherContext.prototype.verifyData
    vi.spyOn(CipherContext.prototype, 'verifyData').mockImplementation(function forged(
      this: CipherContext,
      transcript: Buffer,
    ) {
      const data = genuine.call(this, transcript)
      if (this.sessionType === ofServer) data[11]! ^= 1
      return data
    })
    expect(await pair().fail()).toBe('bad-finished')
  })

  it('a Finished in clear is passed over', async () => {
    const far = pair({
      toDialler: (datagram) => [clear(handshakeTypes.finished, 6, Buffer.alloc(12)), datagram],
    })
    await far.connect()
    expect(far.atDialler.failures).toHaveLength(0)
  })

  it('nothing is secured without the Finished of the relay', async () => {
    const far = pair({
      toDialler: (datagram) => (recordsOf(datagram).some(({ epoch }) => epoch === 1) ? [] : [datagram]),
    })
    far.client.begin()
    await far.until('proof of the dialler', () => far.atRelay.secured.length > 0)
    expect(far.client.isSecured).toBe(false)
    expect(far.atDialler.secured).toHaveLength(0)
  })
})

describe('a network that loses, repeats and reorders', () => {
  it('every record twice, last first', async () => {
    const shaken: Path = (datagram) =>
      apart(datagram)
        .flatMap((record) => [record, record])
        .toReversed()
    const far = await pair({ toRelay: shaken, toDialler: shaken }).connect()
    expect(far.atDialler.secured).toHaveLength(1)
    expect(far.atDialler.failures).toHaveLength(0)
  })

  it('the first datagram of each flight is lost, and said again soon', async () => {
    const seen = new Set<string>()
    const losing: Path = (datagram) => {
      const kind = recordsOf(datagram)
        .map(({ type, epoch, fragment }) => `${type} ${epoch} ${epoch === 0 ? fragment[0] : ''}`)
        .join()
      if (seen.has(kind)) return [datagram]
      seen.add(kind)
      return []
    }
    const far = await pair({ toDialler: losing, toRelay: losing }).connect()
    expect(far.atDialler.secured[0]?.fingerprint).toBe(relay.fingerprint)
  })

  it('a flight is said again after 250 ms, then later each time, and no more once it is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const far = pair({ toRelay: () => [] })
    const saidAtMs: number[] = []
    far.client.begin()
    for (let ms = 0; ms < 8_000; ms += 50) {
      await turn()
      while (saidAtMs.length < far.fromDialler.length) saidAtMs.push(ms)
      vi.advanceTimersByTime(50)
    }
    expect(saidAtMs).toEqual([0, 250, 750, 1_750, 3_750, 5_750, 7_750])
    far.client.close()
    vi.advanceTimersByTime(8_000)
    await turn()
    expect(far.fromDialler).toHaveLength(saidAtMs.length)
  })
})

describe('what anybody may send', () => {
  const alert = Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 2, 40)
  const garbage = [
    new Uint8Array(0),
    Uint8Array.of(22),
    new Uint8Array(1_200).fill(22),
    Uint8Array.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff),
    // A HelloRequest, a request for a cookie without one, and one that is cut off.
    clear(0, 0, new Uint8Array(0)),
    clear(handshakeTypes.helloVerifyRequest, 0, Uint8Array.of(0xfe, 0xfd, 0)),
    clear(handshakeTypes.helloVerifyRequest, 0, Uint8Array.of(0xfe, 0xfd, 20, 1)),
    alert,
  ]

  it('garbage, a HelloRequest and alerts in clear before and between the true messages change nothing', async () => {
    const far = await pair({ toDialler: (datagram) => [...garbage, datagram, ...garbage] }).connect()
    expect(far.atDialler.secured[0]?.fingerprint).toBe(relay.fingerprint)
    expect(far.atDialler.closedCount).toBe(0)
  })

  it('every truncation of every datagram is survived', async () => {
    const cut: Path = (datagram) => [
      ...Array.from({ length: datagram.length }, (_, length) => datagram.subarray(0, length)),
      datagram,
    ]
    const far = await pair({ toDialler: cut }).connect()
    expect(far.atDialler.secured).toHaveLength(1)
  })

  it('the whole handshake once more begins nothing anew', async () => {
    const far = await pair().connect()
    const { length } = far.fromDialler
    for (const datagram of [...far.fromRelay, ...garbage]) far.client.receive(datagram)
    await turn()
    expect(far.client.isSecured).toBe(true)
    expect(far.fromDialler).toHaveLength(length)
    expect(far.atDialler.secured).toHaveLength(1)
  })
})

describe('goodbye', () => {
  it('of the relay closes', async () => {
    const far = await pair().connect()
    far.server.close()
    await far.until('goodbye', () => far.atDialler.closedCount === 1)
    expect(far.client.isSecured).toBe(false)
  })

  it('of ours is heard by the relay, once', async () => {
    const far = await pair().connect()
    far.client.close()
    far.client.close()
    await far.until('goodbye', () => far.atRelay.closedCount === 1)
    expect(far.fromDialler).toHaveLength(4)
  })
})
