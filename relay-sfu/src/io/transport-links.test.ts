import { describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { makeDtlsIdentity } from './dtls-identity.ts'
import { DtlsSession } from './dtls.ts'
import { randomLinkId } from './testing/tickets.ts'
import { TransportLinks } from './transport-links.ts'

describe('links', () => {
  it('that wait for the room are bounded; those of the room are not', () => {
    const links = new TransportLinks()
    for (let count = 0; count < relayLimits.pendingLinksMax; count += 1) {
      expect(links.add(randomLinkId(), false, 0)).not.toBeNull()
    }
    expect(links.add(randomLinkId(), false, 0)).toBeNull()
    expect(links.add(randomLinkId(), true, 0)).not.toBeNull()
    const [first] = links.all()
    links.adopt(first!)
    expect(links.add(randomLinkId(), false, 0)).not.toBeNull()
    const [, second] = links.all()
    links.remove(second!)
    expect(links.add(randomLinkId(), false, 0)).not.toBeNull()
  })

  it('get the index of another one only after the media thread let go of it', () => {
    const links = new TransportLinks()
    const first = links.add(randomLinkId(), true, 0)!
    links.remove(first)
    expect(links.add(randomLinkId(), true, 0)?.index).not.toBe(first.index)
    links.freeIndex(first.index)
    expect(links.add(randomLinkId(), true, 0)?.index).toBe(first.index)
  })

  it('are over after a silence, heard or not', () => {
    const links = new TransportLinks()
    const link = links.add(randomLinkId(), true, 1_000)!
    expect(links.due(link, 1_000 + relayLimits.linkSilentMs - 1)).toBeNull()
    expect(links.due(link, 1_000 + relayLimits.linkSilentMs)).toBe('silent')
    link.heardAtMs = 5_000
    expect(links.due(link, 1_000 + relayLimits.linkSilentMs)).toBeNull()
  })

  it('that the room never asks for are let go', () => {
    const links = new TransportLinks()
    const link = links.add(randomLinkId(), false, 0)!
    link.heardAtMs = relayLimits.pendingLinkMs
    expect(links.due(link, relayLimits.pendingLinkMs)).toBe('unasked')
    links.adopt(link)
    expect(links.due(link, relayLimits.pendingLinkMs)).toBeNull()
  })
})

it('a handshake that does not end is refused in time, however lively its far end', async () => {
  const links = new TransportLinks()
  const link = links.add(randomLinkId(), true, 0)!
  const session = new DtlsSession(await makeDtlsIdentity(), {
    send: () => {},
    onSecured: () => {},
    onFailed: () => {},
    onClosed: () => {},
  })
  link.dtls = { session, startedAtMs: 1_000 }
  const dueMs = 1_000 + relayLimits.handshakeMs
  link.heardAtMs = dueMs
  expect(links.handshakes()).toBe(1)
  expect([links.due(link, dueMs - 1), links.due(link, dueMs)]).toEqual([null, 'refused'])
  link.fingerprint = 'proved meanwhile'
  expect(links.due(link, dueMs)).toBeNull()
  links.remove(link)
  expect(links.handshakes()).toBe(0)
})

describe('barred links', () => {
  it('stay so until the room opens them again', () => {
    const links = new TransportLinks()
    const id = randomLinkId()
    links.bar(id, 0)
    expect(links.isBarred(id)).toBe(true)
    links.unbar(id)
    expect(links.isBarred(id)).toBe(false)
  })

  it('are forgotten when no ticket of theirs can be good any more, and when they are too many', () => {
    const links = new TransportLinks()
    const old = randomLinkId()
    links.bar(old, 0)
    links.bar(randomLinkId(), relayLimits.barredLinkMs)
    expect(links.isBarred(old)).toBe(false)
    const first = randomLinkId()
    links.bar(first, relayLimits.barredLinkMs)
    for (let count = 0; count < relayLimits.barredLinksMax; count += 1) {
      links.bar(randomLinkId(), relayLimits.barredLinkMs)
    }
    expect(links.isBarred(first)).toBe(false)
  })
})
