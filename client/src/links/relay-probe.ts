/** How far a relay is, measured as its links will be: by ICE's own checks, over a connection that carries nothing (CH5). */
import { limits } from '@video-room/shared/limits.ts'
import type { IceServer } from '@video-room/shared/protocol/http.ts'
import { answerFor } from '@video-room/shared/sdp/answer.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import { forRelays } from './ice-servers.ts'
import type { RelayLinkPorts } from './relay-link.ts'
import type { MeshPorts } from './mesh-link.ts'
import type { StatsEntry } from './stats.ts'

export interface RelayProbeOptions {
  readonly ticket: RelayTicket
  readonly iceServers: readonly IceServer[]
}

/** Answers with the round trip in milliseconds; null: the relay was not reached in time. Never rejects. */
export type ProbeRelay = (options: RelayProbeOptions) => Promise<number | null>

/** The room judges a moment later than this what came (shared/limits.ts, chainProbeMs). */
const probeMs = limits.chainProbeMs - 500

export const relayProbes =
  ({
    webRtc,
    after,
    iceTransportPolicy,
    preferredCodec,
  }: RelayLinkPorts & Pick<MeshPorts, 'after'>): ProbeRelay =>
  async ({ ticket, iceServers }) => {
    const connection = new webRtc.RTCPeerConnection({
      iceServers: forRelays(iceServers),
      iceTransportPolicy,
      bundlePolicy: 'max-bundle',
    })
    let stop = (): void => {}
    const late = new Promise<null>((resolve) => {
      stop = after(probeMs, () => resolve(null))
    })
    const measured = async (): Promise<number | null> => {
      // The first section of any relay link: the microphone's, here without one (RL6).
      connection.addTransceiver('audio', { direction: 'sendonly' })
      await connection.setLocalDescription()
      const answer = answerFor(connection.localDescription?.sdp ?? '', ticket, preferredCodec)
      if (!answer.ok) return null
      const connected = reached(connection)
      await connection.setRemoteDescription({ type: 'answer', sdp: answer.value })
      return (await connected) ? roundTripMs(connection) : null
    }
    try {
      return await Promise.race([measured(), late])
    } catch {
      // Not what a browser says, or it was closed: there is nothing to be measured.
      return null
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

/** Of all the checks that were answered: one alone may have waited for a busy page. */
async function roundTripMs(connection: RTCPeerConnection): Promise<number | null> {
  const found: number[] = []
  const report = await connection.getStats()
  report.forEach((entry: StatsEntry) => {
    if (entry['type'] !== 'candidate-pair') return
    const [answers, total, newest] = [
      entry['responsesReceived'],
      entry['totalRoundTripTime'],
      entry['currentRoundTripTime'],
    ].map((value) => (typeof value === 'number' ? value : 0))
    if (newest) found.push(newest)
    if (answers && total) found.push(total / answers)
  })
  return found.length === 0 ? null : Math.min(...found) * 1_000
}
