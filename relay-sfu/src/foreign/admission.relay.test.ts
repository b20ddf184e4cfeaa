/** Who gets in, as a browser sees it; the same on bare sockets stands in io/start-transport.relay.test.ts. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { limits } from '@video-room/shared/limits.ts'
import type { OfferFacts } from '@video-room/shared/sdp/facts.ts'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeDtlsIdentity, type DtlsIdentity } from '../io/dtls-identity.ts'
import { Guest } from '../io/testing/guest.ts'
import { mintTicket, nowS, randomLinkId } from '../io/testing/tickets.ts'
import { inboundOf, type BrowserGuest } from './testing/browser-guest.ts'
import type { Seat } from './testing/lab-room.ts'
import { LossyShim } from '../io/testing/lossy-shim.ts'
import { machineAddress } from './testing/machine-address.ts'
import { RelayLab } from './testing/relay-lab.ts'
import { setStage, smallPicture } from './testing/stage.ts'
import { until } from './testing/until.ts'

const stage = setStage(3)
let identity: DtlsIdentity
beforeAll(async () => {
  identity = await makeDtlsIdentity()
})
const rawGuests: Guest[] = []
afterEach(() => {
  for (const guest of rawGuests.splice(0)) guest.close()
})

const guest = (at: number): BrowserGuest => {
  const found = stage.guests[at]
  if (!found) throw new Error('not so many pages')
  return found
}
const drops = async (why: string): Promise<number> => (await stage.lab.report()).droppedPackets[why] ?? 0

/** Chromium checks again and again for 15 s; so many refusals leave no doubt. */
async function refused(visitor: BrowserGuest, why: string): Promise<void> {
  const before = await drops(why)
  await until(`${why} for the browser`, async () => (await drops(why)) >= before + 8)
  expect(await visitor.look()).toMatchObject({ stunReplies: 0, receivedBytes: 0, dtls: 'new' })
}

/** Ann publishes, Bob watches. */
async function call(ticket?: (seat: Seat) => ReturnType<Seat['ticket']>): Promise<readonly [Seat, Seat]> {
  const [ann, bob] = [stage.lab.room.seat('a', 'camera'), stage.lab.room.seat('b')]
  await guest(0).join(ann, {
    picture: smallPicture('red'),
    ...(ticket ? { ticket: ticket(ann) } : {}),
  })
  await guest(1).join(bob)
  await guest(1).shows(ann)
  return [ann, bob]
}

const packetsOf = async (viewer: BrowserGuest, of: Seat): Promise<number> =>
  inboundOf(await viewer.look(), of, 'camera')?.packets ?? 0

async function goesOn(viewer: BrowserGuest, of: Seat): Promise<void> {
  const before = await packetsOf(viewer, of)
  await until('media goes on', async () => (await packetsOf(viewer, of)) > before + 20)
}

describe('a ticket', () => {
  it('I1 with one character of the pwd changed never connects: no byte comes back', async () => {
    const ann = stage.lab.room.seat('a', 'camera')
    const { icePwd, ...ticket } = ann.ticket()
    const changed = (icePwd.startsWith('A') ? 'B' : 'A') + icePwd.slice(1)
    await guest(0).join(ann, { ticket: { ...ticket, icePwd: changed }, picture: smallPicture('red') })
    await refused(guest(0), 'stun-forged')
  })

  it('I2 that expired before its first use never connects', async () => {
    const ann = stage.lab.room.seat('a')
    await guest(0).join(ann, { ticket: ann.ticket({ expiresAtS: nowS() - 1 }) })
    await refused(guest(0), 'stun-expired')
  })

  it('I2 that expires during a call does not cut it', async () => {
    const expiresAtS = nowS() + 5
    const [ann] = await call((seat) => seat.ticket({ expiresAtS }))
    await until('the ticket is over', () => nowS() > expiresAtS)
    const { stunReplies } = await guest(0).look()
    await guest(0).sees('checks are answered as before', (view) => view.stunReplies > stunReplies)
    await goesOn(guest(1), ann)
  })

  it('I3 that a browser uses already gets a second one nothing, and the first one stays', async () => {
    const ann = stage.lab.room.seat('a', 'camera')
    const ticket = ann.ticket()
    const bob = stage.lab.room.seat('b')
    await guest(0).join(ann, { ticket, picture: smallPicture('red') })
    await guest(1).join(bob)
    await guest(1).shows(ann)
    await guest(2).join(ann, { ticket, picture: smallPicture('blue'), tell: () => null })
    await refused(guest(2), 'stun-taken')
    await goesOn(guest(1), ann)
    expect(ann.hasFailed).toBe(false)
  })

  it('I4 of someone who was removed: media stops at once, and no ticket of the link opens anything again', async () => {
    const [ann] = await call()
    stage.lab.room.leave('a')
    await until('the link is gone', async () => (await stage.lab.report()).links === 1)
    const { forwardedPackets } = await stage.lab.report()
    // Its connectionState does not say so: ICE is as it was, and a DTLS transport that closed is no failed one.
    await guest(0).sees('the browser hears goodbye', ({ dtls }) => dtls === 'closed')
    await guest(2).join(ann, { picture: smallPicture('blue'), tell: () => null })
    await refused(guest(2), 'stun-expired')
    expect((await stage.lab.report()).forwardedPackets).toBe(forwardedPackets)
  })

  it('I7 behind a 1:1 NAT names the public address and no other, and media passes by it', async () => {
    const publicAddress = '127.0.0.1'
    const lab = await RelayLab.start({ settings: { PUBLIC_IP: publicAddress } })
    const { port } = lab.candidate('udp')
    const inside = { protocol: 'udp', address: machineAddress(), port } as const
    const nat = await LossyShim.start(inside, 1, { address: publicAddress, port })
    try {
      const [ann, bob] = [lab.room.seat('a', 'camera'), lab.room.seat('b')]
      expect(new Set(lab.candidates.map(({ address }) => address))).toEqual(new Set([publicAddress]))
      await guest(0).join(ann, { picture: smallPicture('red') })
      await guest(1).join(bob)
      await guest(1).shows(ann)
      await goesOn(guest(1), ann)
      expect((await guest(1).look()).remoteCandidates).toEqual([`${publicAddress} ${port}`])
      expect(nat.passed).toBeGreaterThan(0)
    } finally {
      await Promise.all([guest(0).leave(), guest(1).leave()])
      await nat.stop()
      await lab.stop()
    }
  })
})

describe('media passes in neither direction', () => {
  const lie = (facts: OfferFacts): OfferFacts => ({
    ...facts,
    fingerprint: facts.fingerprint.replaceAll(/[0-9A-F]/g, (digit) => (digit === 'A' ? 'B' : 'A')),
  })

  /** Bob is in the room and publishes; whoever sits at `ann` is refused: nobody gets anything of the other. */
  async function nothingPasses(ann: Seat, bob: Seat): Promise<void> {
    await until('the room hears that the link failed', () => ann.hasFailed)
    await goesOnSending(guest(1))
    expect((await stage.lab.report()).forwardedPackets).toBe(forwardedBefore)
    expect(bob.hasFailed).toBe(false)
  }
  async function goesOnSending(publisher: BrowserGuest): Promise<void> {
    const sent = async (): Promise<number> =>
      (await publisher.look()).outbound.reduce((total, { packets }) => total + packets, 0)
    const before = await sent()
    await until('the other one goes on sending', async () => (await sent()) > before + 20)
  }

  it('RL6 when the facts name another certificate', async () => {
    const [ann, bob] = await fresh()
    await guest(0).join(ann, { picture: smallPicture('red'), tell: lie })
    await nothingPasses(ann, bob)
  })

  it('RL6 when a stolen ice-pwd comes with another certificate', async () => {
    const [ann, bob] = await fresh()
    const ticket = ann.ticket()
    const nowhere = [{ protocol: 'udp', address: '203.0.113.7', port: 9 }] as const
    // The thief is quicker than the browser, whose facts arrive all the same.
    await guest(0).join(ann, { ticket: { ...ticket, candidates: [...nowhere] } })
    const stolen = { linkId: ann.linkId, ufrag: ticket.iceUfrag, password: ticket.icePwd }
    const thief = await Guest.open(stage.lab.candidate('udp'), stolen, { identity })
    rawGuests.push(thief)
    await thief.connect()
    await nothingPasses(ann, bob)
    expect(thief.media).toEqual([])
  })

  it('RL6 when someone says the facts of another: only their own link is refused', async () => {
    const [ann, bob] = await fresh()
    const carl = stage.lab.room.seat('c')
    await guest(2).join(carl)
    const { fingerprint } = await factsOf(bob)
    await guest(0).join(ann, { tell: (facts) => ({ ...facts, fingerprint }) })
    await until('the room hears that the link failed', () => ann.hasFailed)
    await guest(2).shows(bob)
    expect([bob.hasFailed, carl.hasFailed]).toEqual([false, false])
  })

  /** Two seats; at the second one somebody publishes already. */
  const told = new Map<Seat, OfferFacts>()
  let forwardedBefore = 0
  async function fresh(): Promise<readonly [Seat, Seat]> {
    await until('the relay is empty', async () => (await stage.lab.report()).links === 0)
    forwardedBefore = (await stage.lab.report()).forwardedPackets
    const [ann, bob] = [stage.lab.room.seat('a', 'camera'), stage.lab.room.seat('b', 'camera')]
    await guest(1).join(bob, {
      picture: smallPicture('blue'),
      tell: (facts) => {
        told.set(bob, facts)
        return facts
      },
    })
    await guest(1).connected()
    return [ann, bob]
  }
  const factsOf = async (seat: Seat): Promise<OfferFacts> => until('its facts', () => told.get(seat))
})

describe('mute', () => {
  it('H3 RL9 of a publisher that keeps sending: not a packet passes from the command on', async () => {
    const [ann] = await call()
    const mutedBefore = await drops('muted')
    stage.lab.room.mute('a', 'camera', 'host')
    await until('the gate closes', async () => (await drops('muted')) > mutedBefore)
    const { forwardedPackets } = await stage.lab.report()
    const received = await packetsOf(guest(1), ann)
    await until('it keeps sending', async () => (await drops('muted')) > mutedBefore + 30)
    expect((await stage.lab.report()).forwardedPackets).toBe(forwardedPackets)
    expect(await packetsOf(guest(1), ann)).toBe(received)
    stage.lab.room.mute('a', 'camera', null)
    await goesOn(guest(1), ann)
  })
})

describe('one port', () => {
  it('I6 serves 50 links: this process has no UDP socket but the relay’s one and those of the guests', async () => {
    const before = udpPorts()
    const relayPort = stage.lab.candidate('udp').port
    expect(before).toContain(relayPort)
    for (let link = 0; link < 50; link += 1) {
      // As those of a dozen rooms, which have not said a word yet.
      const ticket = mintTicket(stage.lab.iceKey, randomLinkId())
      const raw = await Guest.open(stage.lab.candidate('udp'), ticket, { identity })
      rawGuests.push(raw)
      await raw.connect()
    }
    expect((await stage.lab.report()).links).toBe(50)
    const guests = rawGuests.map(({ wire }) => wire.localPort)
    const ports = udpPorts()
    expect(ports).toHaveLength(before.length + guests.length)
    expect(new Set(ports)).toEqual(new Set([...before, ...guests]))
  })

  /** Of the sockets of this process. */
  function udpPorts(): readonly number[] {
    const inodes = new Set(
      readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []
        } catch {
          return []
        }
      }),
    )
    return ['udp', 'udp6'].flatMap((family) =>
      readFileSync(`/proc/self/net/${family}`, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => inodes.has(fields[9] ?? ''))
        .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)),
    )
  }
})

it('LK3 a link without media hears from the relay, so often that two seconds of silence are the end of it', async () => {
  const ann = stage.lab.room.seat('a')
  await guest(0).join(ann)
  await guest(0).connected()
  let { receivedBytes } = await guest(0).look()
  for (let report = 0; report < 4; report += 1) {
    // Others use this machine, too; a report is due every half second.
    const heard = await until(
      'a report',
      async () => {
        const view = await guest(0).look()
        return view.receivedBytes > receivedBytes && view
      },
      limits.linkSilentMs,
    )
    receivedBytes = heard.receivedBytes
  }
})
