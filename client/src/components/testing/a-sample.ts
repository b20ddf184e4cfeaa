/** One look at a link, of someone who is directly connected and says nothing. */
import type { LinkSample } from '../../core/view.ts'
import { occupantId } from './fake-session.ts'

export const aSample = (more: Partial<LinkSample> = {}): LinkSample => ({
  endpointId: occupantId('g'),
  via: 'direct',
  isStandby: false,
  atMs: 0,
  localCandidate: 'host',
  remoteCandidate: 'prflx',
  rttMs: 12,
  receivedPackets: 0,
  receivedBytes: 0,
  sentBytes: 0,
  lostPackets: 0,
  jitterMs: null,
  framesDecoded: 0,
  received: [],
  isUplinkLimited: false,
  freezeCount: 0,
  availableOutgoingBps: null,
  heard: [],
  ...more,
})
