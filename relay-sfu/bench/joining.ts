/** What a link costs the relay before it carries anything: CPU of its handshake, and memory that stays. */
import { diffieHellman, generateKeyPairSync, sign, verify } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { makeDtlsIdentity } from '../src/io/dtls-identity.ts'
import { randomLinkId } from '../src/io/testing/tickets.ts'
import { fullSections } from '../src/media/testing/facts.ts'
import { probeOptions } from '../src/io/testing/held-memory.ts'
import { LoadLink } from './load-link.ts'
import { startRelay, type RelayChild } from './load-room.ts'
import type { LinkPlan } from './relay-process.ts'

export interface JoiningFigures {
  readonly joins: number
  /** Of all threads, without what the relay uses anyway. */
  readonly cpuMsPerJoin: number
  readonly controlCpuMsPerJoin: number
  readonly emptyMegabytes: number
  readonly fewLinks: number
  readonly manyLinks: number
  /** Between few and many. */
  readonly kilobytesPerLink: number
  /** The asymmetric cryptography of one handshake alone, by node:crypto, in this run. */
  readonly floorCpuMs: number
}

const occupantsPerRoom = 4
const idleMs = 1_000
const floorRounds = 200

export async function measureJoining(fewLinks: number, manyLinks: number): Promise<JoiningFigures> {
  const relay = await startRelay(probeOptions)
  const empty = await relay.ask({ type: 'collect' })
  const links = await join(relay, fewLinks)
  const few = await relay.ask({ type: 'collect' })
  const idleBefore = await usageOf(relay, () => pause(idleMs))
  const startMs = performance.now()
  const busy = await usageOf(relay, async () => {
    links.push(...(await join(relay, manyLinks - fewLinks)))
  })
  const joinedMs = performance.now() - startMs
  const idleAfter = await usageOf(relay, () => pause(idleMs))
  const many = await relay.ask({ type: 'collect' })
  for (const link of links) link.close()
  await relay.end()
  const joins = manyLinks - fewLinks
  /** While they join there are fewer links than after, and more than before: what they use anyway is the mean of both. */
  const perJoinMs = (of: 'cpuUs' | 'controlCpuUs'): number => {
    const idleUsPerMs = (idleBefore[of] + idleAfter[of]) / 2 / idleMs
    return (busy[of] - idleUsPerMs * joinedMs) / joins / 1_000
  }
  return {
    joins,
    cpuMsPerJoin: perJoinMs('cpuUs'),
    controlCpuMsPerJoin: perJoinMs('controlCpuUs'),
    emptyMegabytes: empty.rssBytes / 2 ** 20,
    fewLinks,
    manyLinks,
    kilobytesPerLink: (many.rssBytes - few.rssBytes) / 1_000 / joins,
    floorCpuMs: floorOfHandshake(),
  }
}

async function usageOf(relay: RelayChild, act: () => Promise<void>) {
  const before = await relay.ask({ type: 'look' })
  await act()
  const after = await relay.ask({ type: 'look' })
  return {
    cpuUs: after.cpuUs - before.cpuUs,
    controlCpuUs: after.controlCpuUs - before.controlCpuUs,
  }
}

/** Rooms of four as browsers offer them: four sources, a face and a voice of each other. */
async function join(relay: RelayChild, count: number): Promise<LoadLink[]> {
  const identity = await makeDtlsIdentity()
  const { candidate, iceKey } = relay.hello
  const links: LoadLink[] = []
  while (links.length < count) {
    const plans = plansOfRoom(Math.min(occupantsPerRoom, count - links.length))
    await relay.ask({ type: 'open', links: plans })
    for (const { linkId } of plans)
      links.push(await LoadLink.connect(candidate, iceKey, linkId, identity, 'aead-aes-128-gcm'))
  }
  return links
}

const firstSlot = 4

function plansOfRoom(occupants: number): readonly LinkPlan[] {
  const ids = Array.from({ length: occupants }, () => randomLinkId())
  return ids.map((linkId) => {
    const others = ids.filter((id) => id !== linkId)
    return {
      linkId,
      sections: fullSections(others.flatMap(() => ['audio', 'video'] as const)),
      slots: others.flatMap((other, at) => [
        { slot: firstSlot + 2 * at, linkId: other, source: 'microphone' as const },
        { slot: firstSlot + 2 * at + 1, linkId: other, source: 'camera' as const },
      ]),
    }
  })
}

/** Server's end of ECDHE-ECDSA with a client's certificate: a key pair, a shared secret, one signature made, one checked. */
function floorOfHandshake(): number {
  const far = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const said = Buffer.alloc(64, 7)
  const signature = sign('sha256', said, far.privateKey)
  const handshake = (): boolean => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    diffieHellman({ privateKey, publicKey: far.publicKey })
    sign('sha256', said, own.privateKey)
    return verify('sha256', said, far.publicKey, signature)
  }
  handshake()
  const before = process.cpuUsage()
  for (let round = 0; round < floorRounds; round += 1) handshake()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / floorRounds / 1_000
}
