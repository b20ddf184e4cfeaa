/**
 * Decides: how a test looks at what an RTCP packet said: one array per statement, its kind first.
 * Does not decide: what should have been said.
 * Invariants: in the order of the packet.
 */
import { readLatin1 } from '../bytes.ts'
import type { RtcpHandler } from '../rtcp.ts'

export function recordingRtcpHandler(): { readonly handler: RtcpHandler; readonly said: unknown[] } {
  const said: unknown[] = []
  const handler: RtcpHandler = {
    onSenderReport: (...facts) => said.push(['sender-report', ...facts]),
    onReportBlock: (...facts) => said.push(['report-block', ...facts]),
    onCname: (ssrc, bytes, offset, length) => said.push(['cname', ssrc, readLatin1(bytes, offset, length)]),
    onBye: (ssrc) => said.push(['bye', ssrc]),
    onNack: (...facts) => said.push(['nack', ...facts]),
    onPli: (mediaSsrc) => said.push(['pli', mediaSsrc]),
    onFir: (...facts) => said.push(['fir', ...facts]),
    onRemb: (...facts) => said.push(['remb', ...facts]),
    onTransportFeedback: (_bytes, offset, length) => said.push(['transport-feedback', offset, length]),
    onApplication: (_bytes, offset, length) => said.push(['application', offset, length]),
  }
  return { handler, said }
}
