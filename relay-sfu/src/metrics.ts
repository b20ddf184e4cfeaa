/** What an operator's Prometheus reads (text format 0.0.4). Counts and sizes only: no addresses, no ids of rooms or people. */
import type { MediaReport } from './media/boundary.ts'
import type { RelayFigures } from './relay-driver.ts'

export interface ProcessFigures {
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly uptimeSeconds: number
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/** Label values are codes of ours, but a quote in one would break the whole page. */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: number | readonly Sample[],
): string {
  const rows: readonly Sample[] = typeof samples === 'number' ? [[{}, samples]] : samples
  const lines = rows.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
    return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`
  })
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

const byReason = (counts: Readonly<Record<string, number>>): readonly Sample[] =>
  Object.entries(counts).map(([reason, count]): Sample => [{ reason }, count])

export function metricsText(relay: RelayFigures, media: MediaReport, own: ProcessFigures): string {
  const is = (status: RelayFigures['status']): number => (relay.status === status ? 1 : 0)
  return [
    metric('video_room_relay_registered', 'gauge', '1 while the registry knows this relay.', is('serving')),
    metric('video_room_relay_draining', 'gauge', '1 while it takes no more rooms.', is('draining')),
    metric('video_room_relay_rooms', 'gauge', 'Rooms it serves.', relay.rooms),
    metric('video_room_relay_trunks', 'gauge', 'Links to other relays, of its links.', relay.trunks),
    metric('video_room_relay_links', 'gauge', 'Links it serves.', relay.links),
    metric('video_room_relay_capacity_links', 'gauge', 'Links it may serve.', relay.capacityLinks),
    metric(
      'video_room_relay_lost_links_total',
      'counter',
      'Links that ended from the far side.',
      byReason(relay.lostLinks),
    ),
    metric('video_room_relay_publications', 'gauge', 'Sources that are received.', media.publications),
    metric('video_room_relay_filled_slots', 'gauge', 'Slots that carry a publication.', media.filledSlots),
    metric('video_room_relay_received_packets_total', 'counter', 'Packets of media.', media.receivedPackets),
    metric('video_room_relay_received_bytes_total', 'counter', 'Bytes of media.', media.receivedBytes),
    metric('video_room_relay_forwarded_packets_total', 'counter', 'Packets sent on.', media.forwardedPackets),
    metric('video_room_relay_forwarded_bytes_total', 'counter', 'Bytes sent on.', media.forwardedBytes),
    metric(
      'video_room_relay_dropped_packets_total',
      'counter',
      'Packets that went no further.',
      byReason(media.droppedPackets),
    ),
    metric(
      'video_room_relay_retransmitted_packets_total',
      'counter',
      'Packets sent again on request.',
      media.retransmittedPackets,
    ),
    metric('video_room_relay_nacks_total', 'counter', 'Requests for lost packets.', media.sentNacks),
    metric(
      'video_room_relay_key_frame_requests_total',
      'counter',
      'Key frames asked for.',
      media.sentKeyFrameRequests,
    ),
    metric('process_cpu_seconds_total', 'counter', 'CPU time, user and system.', own.cpuSeconds),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', own.residentBytes),
    metric('process_uptime_seconds', 'gauge', 'Since the start.', own.uptimeSeconds),
  ].join('')
}
