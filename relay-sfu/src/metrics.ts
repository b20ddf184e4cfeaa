/** What an operator's Prometheus reads (text format 0.0.4). Counts and sizes only: no addresses, no ids of rooms or people. */
import { metricText, type MetricSample } from '@video-room/shared/metrics-text.ts'
import type { MediaReport } from './media/boundary.ts'
import type { RelayFigures } from './relay-driver.ts'

export interface ProcessFigures {
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly uptimeSeconds: number
}

const byReason = (counts: Readonly<Record<string, number>>): readonly MetricSample[] =>
  Object.entries(counts).map(([reason, count]): MetricSample => [{ reason }, count])

export function metricsText(relay: RelayFigures, media: MediaReport, own: ProcessFigures): string {
  const is = (status: RelayFigures['status']): number => (relay.status === status ? 1 : 0)
  return [
    metricText(
      'video_room_relay_registered',
      'gauge',
      '1 while the registry knows this relay.',
      is('serving'),
    ),
    metricText('video_room_relay_draining', 'gauge', '1 while it takes no more rooms.', is('draining')),
    metricText('video_room_relay_rooms', 'gauge', 'Rooms it serves.', relay.rooms),
    metricText('video_room_relay_trunks', 'gauge', 'Links to other relays, of its links.', relay.trunks),
    metricText('video_room_relay_links', 'gauge', 'Links it serves.', relay.links),
    metricText('video_room_relay_capacity_links', 'gauge', 'Links it may serve.', relay.capacityLinks),
    metricText(
      'video_room_relay_lost_links_total',
      'counter',
      'Links that ended from the far side.',
      byReason(relay.lostLinks),
    ),
    metricText('video_room_relay_publications', 'gauge', 'Sources that are received.', media.publications),
    metricText(
      'video_room_relay_filled_slots',
      'gauge',
      'Slots that carry a publication.',
      media.filledSlots,
    ),
    metricText(
      'video_room_relay_received_packets_total',
      'counter',
      'Packets of media.',
      media.receivedPackets,
    ),
    metricText('video_room_relay_received_bytes_total', 'counter', 'Bytes of media.', media.receivedBytes),
    metricText(
      'video_room_relay_forwarded_packets_total',
      'counter',
      'Packets sent on.',
      media.forwardedPackets,
    ),
    metricText('video_room_relay_forwarded_bytes_total', 'counter', 'Bytes sent on.', media.forwardedBytes),
    metricText(
      'video_room_relay_dropped_packets_total',
      'counter',
      'Packets that went no further.',
      byReason(media.droppedPackets),
    ),
    metricText(
      'video_room_relay_retransmitted_packets_total',
      'counter',
      'Packets sent again on request.',
      media.retransmittedPackets,
    ),
    metricText('video_room_relay_nacks_total', 'counter', 'Requests for lost packets.', media.sentNacks),
    metricText(
      'video_room_relay_key_frame_requests_total',
      'counter',
      'Key frames asked for.',
      media.sentKeyFrameRequests,
    ),
    metricText('process_cpu_seconds_total', 'counter', 'CPU time, user and system.', own.cpuSeconds),
    metricText('process_resident_memory_bytes', 'gauge', 'Resident memory.', own.residentBytes),
    metricText('process_uptime_seconds', 'gauge', 'Since the start.', own.uptimeSeconds),
  ].join('')
}
