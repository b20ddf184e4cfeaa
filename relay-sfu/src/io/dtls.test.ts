import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { SrtpKeys, SrtpProfile } from '../media/boundary.ts'
import { makeDtlsIdentity, type DtlsIdentity } from './dtls-identity.ts'
import { contentTypes, handshakeTypes, recordsOf, writeRecord, type DtlsRecord } from './dtls-records.ts'
import { DtlsSession, type DtlsFailure } from './dtls.ts'
import { TestDtlsClient } from './testing/dtls-client.ts'

let relay: DtlsIdentity
let guest: DtlsIdentity
let thief: DtlsIdentity

beforeAll(async () => {
  ;[relay, guest, thief] = await Promise.all([makeDtlsIdentity(), makeDtlsIdentity(), makeDtlsIdentity()])
})

interface Options {
  readonly identity?: Pick<DtlsIdentity, 'certPem' | 'keyPem' | 'signatureHash'>
  readonly profiles?: readonly SrtpProfile[]
  /** What becomes of a datagram on its way to the relay. */
  readonly toRelay?: (datagram: Uint8Array) => readonly Uint8Array[]
  readonly toGuest?: (datagram: Uint8Array) => readonly Uint8Array[]
}

const same = (datagram: Uint8Array): readonly Uint8Array[] => [datagram]

class Pair {
  readonly secured: { readonly fingerprint: string; readonly keys: SrtpKeys }[] = []
  readonly failures: DtlsFailure[] = []
  closedCount = 0
  readonly sent: Uint8Array[] = []
  readonly session: DtlsSession
  readonly guest: TestDtlsClient
  readonly ended: Promise<void>

  constructor({ identity = guest, profiles, toRelay = same, toGuest = same }: Options = {}) {
    let end = (): void => {}
    this.ended = new Promise((resolve) => {
      end = resolve
    })
    this.session = new DtlsSession(relay, {
      send: (datagram) => {
        this.sent.push(datagram)
        for (const one of toGuest(datagram)) this.guest.receive(one)
      },
      onSecured: (fingerprint, keys) => {
        this.secured.push({ fingerprint, keys })
        end()
      },
      onFailed: (why) => {
        this.failures.push(why)
        end()
      },
      onClosed: () => {
        this.closedCount += 1
        end()
      },
    })
    this.guest = new TestDtlsClient(
      identity,
      (datagram) => {
        for (const one of toRelay(datagram)) this.session.receive(one)
      },
      profiles,
    )
  }

  async run(): Promise<this> {
    this.guest.connect()
    await this.ended
    return this
  }

  async connect(): Promise<this> {
    await this.run()
    await this.guest.connected
    return this
  }

  stop(): void {
    this.guest.stop()
    this.session.close()
  }
}

const pairs: Pair[] = []
const pair = (options?: Options): Pair => {
  const made = new Pair(options)
  pairs.push(made)
  return made
}

afterEach(() => {
  for (const one of pairs.splice(0)) one.stop()
})

const isHandshake = (datagram: Uint8Array, type: number): boolean =>
  recordsOf(datagram).some(
    (record) => record.type === contentTypes.handshake && record.epoch === 0 && record.fragment[0] === type,
  )

const isEncrypted = (datagram: Uint8Array): boolean => recordsOf(datagram)[0]?.epoch === 1

/** The one message of a record, in pieces of `size`, each a record of its own. */
function pieces(record: DtlsRecord, size: number): Uint8Array[] {
  const header = record.fragment.subarray(0, 12)
  const body = record.fragment.subarray(12)
  const made: Uint8Array[] = []
  for (let start = 0; start < body.length; start += size) {
    const part = body.subarray(start, start + size)
    const fragment = Buffer.concat([header, part])
    fragment.writeUIntBE(start, 6, 3)
    fragment.writeUIntBE(part.length, 9, 3)
    made.push(writeRecord({ ...record, sequence: record.sequence * 100 + made.length, fragment }))
  }
  return made
}

describe('an honest client', () => {
  it('is known by the fingerprint of its certificate, and both ends have the same keys', async () => {
    const { secured, guest: far } = await pair().connect()
    expect(secured).toHaveLength(1)
    expect(secured[0]?.fingerprint).toBe(guest.fingerprint)
    const keys = far.keys()
    expect(Buffer.from(secured[0]!.keys.localKey)).toEqual(keys.remoteKey)
    expect(Buffer.from(secured[0]!.keys.remoteSalt)).toEqual(keys.localSalt)
    expect(secured[0]?.keys.profile).toBe('aead-aes-128-gcm')
  })

  it('gets AES-CM when it has nothing else', async () => {
    const { secured } = await pair({ profiles: ['aes128-cm-hmac-sha1-80'] }).connect()
    expect(secured[0]?.keys.profile).toBe('aes128-cm-hmac-sha1-80')
    expect(secured[0]?.keys.localSalt).toHaveLength(14)
  })

  it('is refused without any profile of ours', async () => {
    const { failures, secured } = await pair({
      profiles: [],
      // It would go on asking for half a minute.
      toRelay: (datagram) => Array.from({ length: 8 }, () => datagram),
    }).run()
    expect(failures).toEqual(['unsuited'])
    expect(secured).toHaveLength(0)
  })

  it('gets flight 4 in one datagram', async () => {
    const { sent } = await pair().connect()
    expect(recordsOf(sent[1]!).map((record) => record.fragment[0])).toEqual([2, 11, 12, 13, 14])
  })
})

describe('who one is must be proved', () => {
  it("a victim's certificate with another private key is refused before the relay says Finished", async () => {
    const stolen = { ...guest, keyPem: thief.keyPem }
    const { failures, secured, sent } = await pair({ identity: stolen }).run()
    expect(failures).toEqual(['bad-signature'])
    expect(secured).toHaveLength(0)
    expect(sent.some(isEncrypted)).toBe(false)
  })

  it('another certificate shows as another fingerprint', async () => {
    const { secured } = await pair({ identity: thief }).connect()
    expect(secured[0]?.fingerprint).toBe(thief.fingerprint)
  })

  it('a signature of another handshake is refused', async () => {
    let recorded: Uint8Array | undefined
    await pair({
      toRelay: (datagram) => {
        if (isHandshake(datagram, handshakeTypes.certificateVerify)) recorded = datagram.slice()
        return [datagram]
      },
    }).connect()
    const { failures } = await pair({
      toRelay: (datagram) =>
        isHandshake(datagram, handshakeTypes.certificateVerify) ? [recorded!] : [datagram],
    }).run()
    expect(failures).toEqual(['bad-signature'])
  })

  it('a certificate that is none is refused', async () => {
    const { failures } = await pair({
      toRelay: (datagram) => {
        if (!isHandshake(datagram, handshakeTypes.certificate)) return [datagram]
        const bytes = datagram.slice()
        return [bytes.fill(0xff, 13 + 12 + 6)]
      },
    }).run()
    expect(failures).toEqual(['no-certificate'])
  })

  it('an empty list of certificates gets no Finished', async () => {
    const far = pair({
      toRelay: (datagram) => {
        if (!isHandshake(datagram, handshakeTypes.certificate)) return [datagram]
        const [record] = recordsOf(datagram)
        const fragment = Buffer.from([11, 0, 0, 3, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0])
        return [writeRecord({ ...record!, fragment })]
      },
    })
    const { failures } = await far.run()
    expect(failures).toEqual(['no-certificate'])
  })

  it('a Finished in clear is passed over', async () => {
    const far = pair({
      toRelay: (datagram) => {
        if (!isEncrypted(datagram)) return [datagram]
        const fragment = Buffer.concat([
          Buffer.from([20, 0, 0, 12, 0, 5, 0, 0, 0, 0, 0, 12]),
          Buffer.alloc(12),
        ])
        const clear = writeRecord({ type: 22, version: 0xfe_fd, epoch: 0, sequence: 9, fragment })
        return [clear, datagram]
      },
    })
    await far.connect()
    expect(far.secured).toHaveLength(1)
  })
})

describe('a network that loses, repeats, reorders and cuts', () => {
  it('flight 5 in the wrong order', async () => {
    const flight: Uint8Array[] = []
    const far = pair({
      toRelay: (datagram) => {
        if (isHandshake(datagram, handshakeTypes.clientHello)) return [datagram]
        flight.push(datagram)
        return isEncrypted(datagram) ? flight.splice(0).toReversed() : []
      },
    })
    await far.connect()
    expect(far.secured[0]?.fingerprint).toBe(guest.fingerprint)
  })

  it('every datagram twice', async () => {
    const far = await pair({
      toRelay: (datagram) => [datagram, datagram],
      toGuest: (datagram) => [datagram, datagram],
    }).connect()
    expect(far.secured).toHaveLength(1)
    expect(far.failures).toHaveLength(0)
  })

  it('every message in pieces of 40 bytes, last piece first', async () => {
    const far = await pair({
      toRelay: (datagram) =>
        recordsOf(datagram).flatMap((record) =>
          record.type === contentTypes.handshake && record.epoch === 0
            ? pieces(record, 40).toReversed()
            : [record.bytes],
        ),
    }).connect()
    expect(far.secured[0]?.fingerprint).toBe(guest.fingerprint)
  })

  it('a lost flight 6 is sent again when the client says Finished again', async () => {
    let isLost = false
    let finished: Uint8Array | undefined
    const far = pair({
      toRelay: (datagram) => {
        if (isEncrypted(datagram)) finished = datagram.slice()
        return [datagram]
      },
      toGuest: (datagram) => {
        if (isLost || !recordsOf(datagram).some((record) => record.epoch === 1)) return [datagram]
        isLost = true
        return []
      },
    })
    await far.run()
    expect(isLost).toBe(true)
    far.session.receive(finished!)
    await far.guest.connected
    expect(far.secured).toHaveLength(1)
  })

  it('a lost flight 4 is sent again when the client says its hello again', async () => {
    const hellos: Uint8Array[] = []
    let lost = 0
    const far = pair({
      toRelay: (datagram) => {
        hellos.push(datagram.slice())
        return [datagram]
      },
      toGuest: (datagram) => {
        if (lost > 0 || !isHandshake(datagram, 2)) return [datagram]
        lost += 1
        return []
      },
    })
    far.guest.connect()
    await vi.waitFor(() => expect(lost).toBe(1))
    far.session.receive(hellos[1]!)
    await far.guest.connected
    expect(far.secured).toHaveLength(1)
  })
})

describe('what anybody may send', () => {
  const garbage = [
    new Uint8Array(0),
    Uint8Array.of(22),
    Uint8Array.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff),
    new Uint8Array(1_200).fill(22),
    Uint8Array.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4),
    // A ClientHello of 16 MB, of which this is the first byte.
    Uint8Array.of(
      22,
      0xfe,
      0xfd,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      13,
      1,
      0xff,
      0xff,
      0xff,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      7,
    ),
    // An empty ClientHello.
    Uint8Array.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  ]

  it('garbage before and between the true messages changes nothing', async () => {
    const far = await pair({ toRelay: (datagram) => [...garbage.slice(0, 6), datagram] }).connect()
    expect(far.secured[0]?.fingerprint).toBe(guest.fingerprint)
  })

  it('a hello that is none is answered with an alert, and the true one is heard', async () => {
    const far = pair()
    far.session.receive(garbage[6]!)
    await far.connect()
    expect(far.secured).toHaveLength(1)
  })

  it('every truncation of every datagram is survived', async () => {
    const seen: Uint8Array[] = []
    await pair({
      toRelay: (datagram) => {
        seen.push(datagram.slice())
        return [datagram]
      },
    }).connect()
    const far = pair()
    for (const datagram of seen.slice(0, 2)) {
      for (let length = 0; length < datagram.length; length += 1) {
        far.session.receive(datagram.subarray(0, length))
      }
    }
    await far.connect()
    expect(far.secured).toHaveLength(1)
  })

  it('a ClientHello after the handshake does not begin anew', async () => {
    let hello: Uint8Array | undefined
    const far = await pair({
      toRelay: (datagram) => {
        hello ??= datagram.slice()
        return [datagram]
      },
    }).connect()
    const sentBefore = far.sent.length
    far.session.receive(hello!)
    expect(far.sent).toHaveLength(sentBefore)
    expect(far.session.isSecured).toBe(true)
  })

  it('nor does an encrypted one of the client itself', async () => {
    const far = await pair().connect()
    const sentBefore = far.sent.length
    const hello = Buffer.from([1, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0])
    far.session.receive(far.guest.encrypted(contentTypes.handshake, hello, 50))
    expect(far.sent).toHaveLength(sentBefore)
    expect(far.session.isSecured).toBe(true)
  })

  it('a plaintext alert neither stops a handshake nor closes a link', async () => {
    const alert = Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 2, 40)
    const far = await pair({ toRelay: (datagram) => [alert, datagram] }).connect()
    far.session.receive(alert)
    expect(far.session.isSecured).toBe(true)
    expect(far.closedCount).toBe(0)
  })
})

describe('goodbye', () => {
  it('an encrypted close_notify closes', async () => {
    const far = await pair().connect()
    far.session.receive(far.guest.encrypted(contentTypes.alert, Uint8Array.of(1, 0), 60))
    expect(far.closedCount).toBe(1)
    expect(far.session.isSecured).toBe(false)
  })

  it('ours can be read by the far end', async () => {
    const far = await pair().connect()
    let closed = false
    far.guest.werift.onClose.subscribe(() => {
      closed = true
    })
    const sentBefore = far.sent.length
    far.session.close()
    far.session.close()
    expect(far.sent).toHaveLength(sentBefore + 1)
    expect(closed).toBe(true)
  })
})
