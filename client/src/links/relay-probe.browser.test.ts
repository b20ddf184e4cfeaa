import { limits } from '@video-room/shared/limits.ts'
import { afterEach, expect, test } from 'vitest'
import { notReached, relayProbes, type RelayProbed } from './relay-probe.ts'
import { cleanUp, HelpedConnection, ticket, WatchedConnection } from './testing/helped-connection.ts'

afterEach(cleanUp)

const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

function probe(RTCPeerConnection: typeof WatchedConnection, wait = after): Promise<RelayProbed> {
  const webRtc = { RTCPeerConnection, RTCSessionDescription, RTCIceCandidate, RTCRtpReceiver }
  const measure = relayProbes({ webRtc, after: wait, iceTransportPolicy: 'all', preferredCodec: 'auto' })
  return measure({ ticket: ticket(), iceServers: [] })
}

test('CH5 a relay that answers: how far it is, how many checks went and came back; and it hangs up', async () => {
  const probed = await probe(HelpedConnection)
  expect(probed.rttMs).toBeGreaterThan(0)
  expect(probed.rttMs).toBeLessThan(limits.chainProbeMs)
  expect(probed.answered).toBeGreaterThan(0)
  expect(probed.answered).toBeLessThanOrEqual(probed.asked)
  expect(WatchedConnection.last?.connectionState).toBe('closed')
})

test('CH5 where the time is over before anything was counted, how far it is counts still', async () => {
  let isFirst = true
  // The probe's own end comes as soon as it begins to listen.
  const ends: (() => void)[] = []
  const probed = await probe(HelpedConnection, (ms, run) => {
    if (isFirst) ends.push(run)
    else for (const end of ends.splice(0)) end()
    isFirst = false
    return after(ms, run)
  })
  expect(probed).toEqual({ rttMs: expect.any(Number), asked: 0, answered: 0 })
})

test('CH5 one that nobody answers for is not reached, in bounded time', async () => {
  const waits: number[] = []
  const probed = await probe(WatchedConnection, (ms, run) => {
    waits.push(ms)
    return after(ms, run)
  })
  expect(probed).toEqual(notReached)
  // The room judges what came by then.
  expect(waits).toEqual([expect.any(Number)])
  expect(waits[0]).toBeLessThan(limits.chainProbeMs)
  expect(WatchedConnection.last?.connectionState).toBe('closed')
})

test('CH5 a browser that throws is as far as one without a network: nothing is measured, and nothing rejects', async () => {
  class Refusing extends WatchedConnection {
    override setLocalDescription(): Promise<void> {
      return Promise.reject(new DOMException('no', 'OperationError'))
    }
  }
  expect(await probe(Refusing)).toEqual(notReached)
  expect(WatchedConnection.last?.connectionState).toBe('closed')
})
