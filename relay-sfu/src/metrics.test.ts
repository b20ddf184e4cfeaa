import { expect, it } from 'vitest'
import { metricsText } from './metrics.ts'

const relay = {
  status: 'serving',
  rooms: 2,
  trunks: 1,
  links: 5,
  capacityLinks: 100,
  lostLinks: { silent: 3, 'a "quoted"\nreason\\': 1 },
} as const
const media = {
  links: 5,
  publications: 7,
  filledSlots: 9,
  receivedPackets: 11,
  receivedBytes: 12_000,
  forwardedPackets: 22,
  forwardedBytes: 24_000,
  droppedPackets: { muted: 4, replay: 1 },
  retransmittedPackets: 6,
  sentNacks: 8,
  sentKeyFrameRequests: 10,
  byLink: [
    { link: 1, receivedPackets: 11, forwardedPackets: 22, rttMs: 30, lossShare: 0, estimateBps: null },
  ],
}
const own = { cpuSeconds: 1.5, residentBytes: 90_000_000, uptimeSeconds: 60 }

it('speaks the text format of Prometheus: help, type, samples, a newline at the end', () => {
  const text = metricsText(relay, media, own)
  expect(text.endsWith('\n')).toBe(true)
  for (const line of text.trimEnd().split('\n')) {
    expect(line).toMatch(
      /^(# HELP [a-z_]+ \S.*|# TYPE [a-z_]+ (counter|gauge)|[a-z_]+(\{reason="([^"\\\n]|\\.)*"\})? [\d.]+)$/,
    )
  }
  expect(text).toContain('\nvideo_room_relay_links 5\n')
  expect(text).toContain('\nvideo_room_relay_dropped_packets_total{reason="muted"} 4\n')
  expect(text).toContain('{reason="a \\"quoted\\"\\nreason\\\\"} 1\n')
})

it('names every metric once', () => {
  const names = [...metricsText(relay, media, own).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1])
  expect(new Set(names).size).toBe(names.length)
  expect(names.filter((name) => name?.endsWith('_total')).length).toBeGreaterThan(5)
})

it('counts a relay that drains as not registered for new rooms', () => {
  const text = metricsText({ ...relay, status: 'draining' }, media, own)
  expect(text).toContain('video_room_relay_registered 0\n')
  expect(text).toContain('video_room_relay_draining 1\n')
})
