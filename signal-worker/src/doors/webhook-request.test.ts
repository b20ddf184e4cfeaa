import { createHmac } from 'node:crypto'
import { occupantIdSchema, roomIdSchema } from '@video-room/shared/ids.ts'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { webhookBody, webhookHeaders } from './webhook-request.ts'

const roomId = v.parse(roomIdSchema, '01886fde-e43b-8e5e-b834-5a4cd28b96ef')
const occupantId = v.parse(occupantIdSchema, 'o_aaaaaaaaaaaaaaaa')

it('WH2 the body says what happened, where, when and to whom', () => {
  const notice = { type: 'occupant.joined', atMs: 0, occupancyCount: 2, occupantId, isHost: false } as const
  expect(JSON.parse(webhookBody(roomId, notice))).toEqual({
    type: 'occupant.joined',
    timestamp: '1970-01-01T00:00:00.000Z',
    data: { roomId, occupancyCount: 2, occupantId, isHost: false },
  })
})

it('WH1 each secret signs id, time and body, as a receiver would check it', async () => {
  const secrets = [new Uint8Array(24).fill(7), new Uint8Array(32).fill(9)]
  const event = { id: 'msg_1', body: '{"a":"ä"}' }
  const headers = await webhookHeaders({ url: 'https://x.example', secrets }, event, 1_700_000_000_999)
  const expected = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update('msg_1.1700000000.{"a":"ä"}').digest('base64')}`,
  )
  expect(headers.get('webhook-signature')).toBe(expected.join(' '))
  expect(headers.get('webhook-id')).toBe('msg_1')
  expect(headers.get('webhook-timestamp')).toBe('1700000000')
})

it('WH1 signs the example of the Standard Webhooks specification alike', async () => {
  const secret = Uint8Array.from(atob('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), (letter) => letter.charCodeAt(0))
  const event = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' }
  const headers = await webhookHeaders(
    { url: 'https://x.example', secrets: [secret] },
    event,
    1_614_265_330_000,
  )
  expect(headers.get('webhook-signature')).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})
