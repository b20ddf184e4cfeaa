/** How far a relay is and what the way loses, measured as its links will be: by ICE's own checks, over a connection that carries nothing (CH5). */
import { limits } from '@video-room/shared/limits.ts'
import type { IceServer } from '@video-room/shared/protocol/http.ts'
import { answerFor } from '@video-room/shared/sdp/answer.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import { forRelays } from './ice-servers.ts'
import type { MeshPorts } from './mesh-link.ts'
import type { StatsEntry } from './stats.ts'

export interface RelayProbeOptions {
  readonly ticket: RelayTicket
  readonly iceServers: readonly IceServer[]
}

export interface RelayProbed {
  /** Milliseconds; null: the relay was not reached in time. */
  readonly rttMs: number | null
  /** Checks that were sent on the way that was found, and answers to them. */
  readonly asked: number
  readonly answered: number
}

export const notReached: RelayProbed = { rttMs: null, asked: 0, answered: 0 }

/** Never rejects. */
export type ProbeRelay = (options: RelayProbeOptions) => Promise<RelayProbed>

/** The room judges a moment later than this what came (shared/limits.ts, chainProbeMs). */
const probeMs = limits.chainProbeMs - 500
/** A way that was found is listened to for so long: browsers go on checking it, and each check that is lost is news. */
const listenMs = 800
/** Until then an answer is on its way still. */
const answerMs = 400

export const relayProbes =
  ({
    webRtc,
    after,
    iceTransportPolicy,
    preferredCodec,
  }: Pick<MeshPorts, 'webRtc' | 'after' | 'iceTransportPolicy' | 'preferredCodec'>): ProbeRelay =>
  async ({ ticket, iceServers }) => {
    const connection = new webRtc.RTCPeerConnection({
      iceServers: forRelays(iceServers),
      iceTransportPolicy,
      bundlePolicy: 'max-bundle',
    })
    let stop = (): void => {}
    let soFar = notReached
    const late = new Promise<RelayProbed>((resolve) => {
      stop = after(probeMs, () => resolve(soFar))
    })
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void after(ms, resolve))
    const measured = async (): Promise<RelayProbed> => {
      // The first section of any relay link: the microphone's, here without one (RL6).
      connection.addTransceiver('audio', { direction: 'sendonly' })
      await connection.setLocalDescription()
      const answer = answerFor(connection.localDescription?.sdp ?? '', ticket, preferredCodec)
      if (!answer.ok) return notReached
      const connected = reached(connection)
      await connection.setRemoteDescription({ type: 'answer', sdp: answer.value })
      if (!(await connected)) return notReached
      // A slow way leaves no time to count.
      soFar = { ...notReached, rttMs: (await checksOf(connection)).rttMs }
      await wait(listenMs)
      const { asked } = await checksOf(connection)
      await wait(answerMs)
      const { rttMs, answered } = await checksOf(connection)
      return { rttMs, asked, answered: Math.min(asked, answered) }
    }
    try {
      return await Promise.race([measured(), late])
    } catch {
      // Not what a browser says, or it was closed: there is nothing to be measured.
      return notReached
    } finally {
      stop()
      connection.close()
    }
  }

/** False: it failed. */
const reached = (connection: RTCPeerConnection): Promise<boolean> =>
  new Promise((resolve) => {
    connection.addEventListener('iceconnectionstatechange', () => {
      const state = connection.iceConnectionState
      if (state === 'connected' || state === 'completed') resolve(true)
      if (state === 'failed' || state === 'closed') resolve(false)
    })
  })

/** Of all the checks that were answered the shortest: one alone may have waited for a busy page. Counted where most were. */
async function checksOf(connection: RTCPeerConnection): Promise<RelayProbed> {
  const found: number[] = []
  let [asked, answered] = [0, 0]
  const report = await connection.getStats()
  report.forEach((entry: StatsEntry) => {
    if (entry['type'] !== 'candidate-pair') return
    const [questions, answers, total, newest] = [
      entry['requestsSent'],
      entry['responsesReceived'],
      entry['totalRoundTripTime'],
      entry['currentRoundTripTime'],
    ].map((value) => (typeof value === 'number' ? value : 0))
    if (newest) found.push(newest)
    if (answers && total) found.push(total / answers)
    if (answers && questions && answers > answered)
      [asked, answered] = [questions, Math.min(questions, answers)]
  })
  return { rttMs: found.length === 0 ? null : Math.min(...found) * 1_000, asked, answered }
}
